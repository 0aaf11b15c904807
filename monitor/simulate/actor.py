"""An organisation of a simulation, ready to call: its name, its phases, its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from monitor.simulate.conduct import Behaviour, Conduct
from monitor.simulate.fleet import Spells


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of days in which an organisation behaves in one way."""

    start: int
    stop: int
    conduct: Conduct
    spells: Spells
    rate: float  # calls on an ordinary weekday, so many times the conduct's as the simulation is scaled
    expected: np.ndarray  # calls expected on each day of the simulation
    front: np.ndarray  # how far down its list it is at the beginning of each day; one entry more


@dataclass(frozen=True, slots=True)
class Declared:
    """An event that explains a change of numbers."""

    event: Literal["merger", "porting", "renumbering"]
    day: int
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """An organisation."""

    index: int
    name: str
    behaviour: Behaviour
    behaviour_name: str
    phases: tuple[Phase, ...]
    feeds: np.ndarray  # int64, the feed's place in the scenario's list, by line
    trunks: tuple[str, ...]  # by line
    account: str
    bureau: str | None
    salt: int  # makes its choices its own
    list_step: int  # its list of people is every so many-th of the population,
    list_begin: int  # from here
    parameters: dict  # as the scenario has them, for the labels
    declared: tuple[Declared, ...]  # what it told beforehand
