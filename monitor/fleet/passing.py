"""Passing numbers: whether those who are called by numbers that do not last know who calls.

A number for each job, house or study, a telephone for each hired hand: they end with their purpose. Two things tell them from numbers
that are changed so that nobody knows them:

- who is called again by such a number sees that one, though several are in use: of the sampled persons whom any of them called in
  four weeks, the share of pairs of calls that show one number, as `recontact.py` has it; beside it the share that there would be,
  were those calls dealt over their numbers whoever is called
- who is called by such a number picks up: the share of the calls from them that was answered, over all that is known of them

Both with Wilson's interval (1927).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from monitor.columns.grouping import groups as by
from monitor.columns.grouping import starts_of
from monitor.fleet.moment import Moment
from monitor.fleet.picked_up import PickedUp, picked_up
from monitor.fleet.recontact import seen
from monitor.fleet.turnover import Turnover
from monitor.remembered.met import DAYS


@dataclass(frozen=True, slots=True)
class Passing:
    """By organisation; of those that were not looked at nobody was called again."""

    again: np.ndarray  # sampled persons whom a passing number called, and who were called more than once
    low: np.ndarray  # bounds of the share of pairs of calls to one of them that show one number
    high: np.ndarray
    chance: np.ndarray  # what that share would be, whoever is called
    picked_up: PickedUp  # of the calls from passing numbers


def passing(moment: Moment, found: Turnover, wanted: np.ndarray) -> Passing:
    """Measure it at a moment, of the organisations chosen by the mask `wanted`.

    Cost: a pass over their sampled persons of four weeks, and over all numbers.
    """
    groups = moment.organisations
    new = (
        found.fresh & (moment.age < moment.policy.tenure.use_term) & wanted[moment.state.tenures.organisation]
    )
    met = _met(moment, new, wanted)
    shown = seen(met, groups)
    return Passing(shown.again, shown.low, shown.high, _chance(met, groups), picked_up(moment, new))


def _met(moment: Moment, new: np.ndarray, wanted: np.ndarray) -> pl.DataFrame:
    """All calls to the sampled persons whom new numbers called, as `Met` has them."""
    codes = pl.Series(np.flatnonzero(wanted), dtype=pl.Int32)
    met = moment.state.met.persons(codes, moment.day - DAYS, moment.day)
    organisation, person, number, _ = (column.to_numpy() for column in met.iter_columns())
    rows = moment.state.rows_of(organisation, number)
    theirs = np.where(rows >= 0, new[rows], False)
    starts = starts_of(organisation, person)
    if not len(starts):
        return met
    called = np.logical_or.reduceat(theirs, starts)
    return met.filter(np.repeat(called, np.diff(starts, append=len(theirs))))


def _chance(met: pl.DataFrame, groups: int) -> np.ndarray:
    """By organisation the chance that two calls show one number, if they are dealt whoever is called."""
    organisation, _, number, calls = (column.to_numpy() for column in met.iter_columns())
    shown = by(organisation, number)
    of = organisation[shown.first]
    # Whole numbers, whose sums do not depend on the order of rows.
    calls = shown.reduce(np.add, calls.astype(np.float64))
    squares, all_ = np.bincount(of, calls**2, groups), np.bincount(of, calls, groups)
    return np.divide(squares, all_**2, out=np.zeros(groups), where=all_ > 0)
