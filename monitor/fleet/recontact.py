"""Re-contact: whether two calls to one person show one number.

Of the sampled persons to whom more than one call of some days showed a number, the share of pairs of such
calls that show the same one: of all pairs, not of each call and the one before it. Each person counts once,
however often they were called. It is one for an office in which everybody has their own number, one over the
pool for a fleet that shows any of its numbers, and none for one that never shows a number twice.

- the persons are a uniform sample with nothing missing (`met.py`), and the interval is Wilson's (1927)
  for as many trials as would vary as much as the persons do (Kish, 1965): one a person where each sees one
  number or ever another, up to one a pair of calls where every call shows any number by chance
- exact where an organisation calls at most `contacts.SAMPLE` persons a day
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from monitor.columns.grouping import starts_of
from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.remembered.met import DAYS


@dataclass(frozen=True, slots=True)
class Recontact:
    """By organisation; those that were not looked at have no persons."""

    same: np.ndarray  # share of pairs of calls to one person that show one number
    low: np.ndarray
    high: np.ndarray
    persons: np.ndarray  # in the sample
    again: np.ndarray  # of these, called more than once


def recontact(moment: Moment, wanted: np.ndarray, days: int = DAYS) -> Recontact:
    """Measure re-contact over the last days, of the organisations chosen by the mask `wanted`.

    Cost: a pass over their sampled persons of those days.
    """
    if not wanted.any():
        return _of_shares(*np.zeros((5, moment.organisations)))
    codes = pl.Series(np.flatnonzero(wanted), dtype=pl.Int32)
    return seen(moment.state.met.persons(codes, moment.day - days, moment.day), moment.organisations)


def seen(met: pl.DataFrame, groups: int) -> Recontact:
    """The same, of rows of `Met`: calls by organisation, person and number, in that order. groups: organisations there are."""
    organisation, person, _, calls = (column.to_numpy() for column in met.iter_columns())
    starts = starts_of(organisation, person)
    calls = calls.astype(np.float64)
    # Whole numbers, and exact.
    in_all, same = (
        np.add.reduceat(each, starts) if len(starts) else each for each in (calls, calls * (calls - 1))
    )
    again = in_all > 1
    pairs = np.where(again, in_all * (in_all - 1), 0)
    share = np.divide(same, pairs, out=np.zeros(len(starts)), where=again)
    of = organisation[starts]
    # By persons in their order, so that sums of fractions do not depend on who else is there.
    sums = [
        np.bincount(of, each, groups) for each in (np.ones(len(starts)), again, share, share**2, pairs / 2)
    ]
    return _of_shares(*sums)


def _of_shares(
    persons: np.ndarray, again: np.ndarray, same: np.ndarray, squares: np.ndarray, pairs: np.ndarray
) -> Recontact:
    """persons, again: as told; same, squares: sums over persons of the share of their pairs of calls that show one number, and
    of its square; pairs: of calls to one person, in all.
    """
    share = np.divide(same, again, out=np.ones(len(again)), where=again > 0)
    low, high = wilson(share, trials(share, again, squares, pairs))
    return Recontact(share, low, high, persons, again)


def trials(share: np.ndarray, again: np.ndarray, squares: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """As many independent pairs of calls as vary as much as the persons' shares: from one a person to all."""
    spread = squares / np.maximum(again, 1) - share**2
    few = spread <= 1e-12  # nobody, or everybody, saw a number again: of how they vary nothing is known
    trials = again * share * (1 - share) / np.where(few, 1, spread)
    return np.where(few, again, np.clip(trials, again, np.maximum(pairs, again)))
