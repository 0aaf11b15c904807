"""Rate: how often new numbers end, before any of them could have become old.

The survival curve (`churn.py`) has to see numbers grow old before it is sure of those that remain. The
rate at which they end is known sooner: ends over the days on which numbers were in use, with the exact
bound of a Poisson count (Byar's, in Breslow and Day, 1987). Were it to go on, the share that lasts the
use term would be exp(-rate * term).

It says less than the curve, since it takes numbers to end as readily when they are old. So it speaks
for an organisation only where ends are separate events, by steps and days of their own, and new numbers came
for those that ended: a migration that borrows some numbers has ends without successors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import Z
from monitor.fleet.turnover import Turnover
from monitor.policy import Churn


@dataclass(frozen=True, slots=True)
class Rate:
    """By organisation; where nothing ended, all survive."""

    survival: np.ndarray  # of the use term, at the rate that was seen
    low: np.ndarray
    high: np.ndarray
    days: np.ndarray  # on which numbers ended
    independent: (
        np.ndarray
    )  # ends that the interval rests on: apart by step and by day, of numbers of equal weight
    successors: np.ndarray  # numbers that are new since the first of them could be taken over from


def rate(moment: Moment, terms: Churn, found: Turnover) -> Rate:
    """Measure it at a moment, over the window. Numbers count by their calls a day of use."""
    tenures, groups = moment.state.tenures, moment.organisations
    where, seen = tenures.organisation, moment.seen
    weight = tenures.calls / np.maximum(tenures.days, 1).astype(np.float64)
    chosen = np.flatnonzero(found.fresh & ~found.past & (tenures.end > seen - terms.window))
    until = np.minimum(tenures.end[chosen], seen)
    exposed = until - np.maximum(tenures.first[chosen], seen - terms.window + 1) + 1
    exposure = np.bincount(where[chosen], weight[chosen] * exposed, groups)
    dead = np.flatnonzero(found.counted)
    ends = np.bincount(where[dead], weight[dead], groups)
    squares = np.bincount(where[dead], weight[dead] ** 2, groups)
    number = np.divide(ends**2, squares, out=np.zeros(groups), where=squares > 0)  # Kish, 1965
    days = np.bincount(
        np.unique(where[dead].astype(np.int64) * 2**20 + tenures.end[dead]) >> 20, minlength=groups
    )
    independent = np.minimum(np.minimum(number, days), found.steps)
    a_day = np.divide(ends, exposure, out=np.zeros(groups), where=exposure > 0)
    few = np.maximum(independent, 1e-9)
    low = a_day * np.where(
        independent >= 1, np.maximum(1 - 1 / (9 * few) - Z / (3 * np.sqrt(few)), 0) ** 3, 0
    )
    more = independent + 1
    high = a_day / few * more * (1 - 1 / (9 * more) + Z / (3 * np.sqrt(more))) ** 3
    term = moment.policy.tenure.use_term

    first = np.full(groups, np.iinfo(np.int32).max, np.int64)
    begun, ended = tenures.first[dead], tenures.end[dead]
    taken_over = np.minimum(np.maximum(begun + 1, ended - terms.overlap), ended - 1)
    np.minimum.at(first, where[dead], taken_over)
    later = found.fresh & (tenures.first >= first[where])
    return Rate(
        survival=np.exp(-a_day * term),
        low=np.exp(-np.minimum(high, 50) * term),
        high=np.exp(-low * term),
        days=days,
        independent=independent,
        successors=np.bincount(where[later], minlength=groups),
    )
