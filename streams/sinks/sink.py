"""The contract of a sink: `add` while reading, `flush` at the checkpoint.

The offset of an alert moves on only when a flush has left nothing behind, so offsets and delivery are
one story. A sink does not retry and keeps no offsets: trying again, dead letters and what was told
before are the runner's (`runner.py`), the same for every sink.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.sinks.state import State


class Taken(OSError):
    """The sink has room for a single worker, and another has it."""


class Refused(NamedTuple):
    """A state that the receiver did not take, and why (a word for a metric's label)."""

    state: State
    reason: str


@dataclass(slots=True)
class Flushed:
    """What became of the states that were held.

    - `delivered`: the receiver has them, durably
    - `refused`: trying again is useless
    - `failed`: sent, and to be tried again; what was not begun is none of it
    - `failure`: why what is still held was not delivered (a word for a metric's label); None: all was
    - `again_in`: seconds that the receiver asks us to wait
    """

    delivered: list[State] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    failed: list[Refused] = field(default_factory=list)
    failure: str | None = None
    again_in: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When a flush that failed is tried again.

    - `first`, `longest`: seconds; the wait doubles from one to the other and is varied by a quarter, so
      that workers do not come back together. `Retry-After` makes it longer, up to `longest`
    - `attempts`: a state that was sent so often becomes a dead letter; None: none does
    """

    first: float = 1.0
    longest: float
    attempts: int | None = None


class Sink(ABC):
    """Takes alert states to a receiver.

    name: of the sink in settings, metrics and what was told; lower case letters, digits and dashes.
    """

    def __init__(self, name: str, retry: Retry) -> None:
        self.name, self.retry = name, retry
        self.held: list[State] = []
        #: Asked before anything is begun. No: the states belong to another worker, or will in a moment. What is under way is finished.
        self.may_begin: Callable[[], bool] = lambda: True

    async def open(self) -> None:  # noqa: B027 -- not every sink has something to open
        """Get ready. Raises what makes delivery impossible, so that the worker says so at its start."""

    def add(self, state: State) -> bool:
        """Hold a state until the next flush; False when the receiver is known to have it already."""
        self.held.append(state)
        return True

    @abstractmethod
    async def flush(self) -> Flushed:
        """Deliver what is held, states of one alert in their order; afterwards only what failed, or was not begun, is held.

        Returns rather than raises when the receiver fails. A state may reach the receiver more than
        once (a lost answer), so a receiver knows states by their `key`.
        """

    def drop(self, states: Collection[State]) -> None:
        """Hold some no longer."""
        self.held = [state for state in self.held if state not in states]

    def give_up(self) -> list[State]:
        """Hold nothing any longer; returns what was held."""
        left, self.held = self.held, []
        return left

    async def close(self) -> None:  # noqa: B027 -- nor to close
        """Let go of files and connections."""
