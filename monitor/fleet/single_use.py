"""Single use: whether numbers that were used once are used again later.

A number that called once or twice has no pace, so nobody can say that it ended. But of a pool that
stays, two calls at different times show the same number as often as its size says: once in N, or more
often where some are used more. So the pairs of calls that show one number bound the pool from below,
and a pool in which each number would be used once in years is none: numbers are used and thrown away.

Looked at twice: over days for those that call much, over weeks for those that call little. Only pairs
that lie at least two days or weeks apart count, and at least `Churn.once_spans` of them must have calls: so a fleet
that was renumbered once still has pairs on one side of it.

The calls are taken for draws from that pool. Who lends telephones, or tests alarms, by the month uses each number in
its turn, which no draw does; so it is also asked how many of the numbers that are old enough were used again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import Z
from monitor.policy import Churn
from monitor.tenure import RECENT

#: A day or week with less than this share of the busiest one's calls is none with calls (`Churn.once_spans`): a matter of what is
#: counted, as a weekend's few calls, and no threshold.
_CALM = 0.1


@dataclass(frozen=True, slots=True)
class SingleUse:
    """By organisation."""

    pool: np.ndarray  # numbers that a pool that stays would at least have (95 %); 1 where nothing is known
    calls: np.ndarray  # from which it is seen
    again: (
        np.ndarray
    )  # share of the numbers that are old enough which were used again of late; 0 where none is

    @property
    def ratio(self) -> np.ndarray:
        """Numbers for each call."""
        return self.pool / np.maximum(self.calls, 1)


def single_use(moment: Moment, terms: Churn) -> SingleUse:
    """Measure it at a moment. Cost: a pass over the numbers for each of 28 days and 13 weeks."""
    tenures = moment.state.tenures
    days = ((rows, calls) for _, rows, calls in tenures.recent(moment.day - RECENT, moment.day))
    weeks = ((np.flatnonzero(week), week[week > 0]) for week in tenures.weeks(moment.day))
    again = _again(moment, terms.once_after)
    short, long = (SingleUse(*_least(moment, spans, terms.once_spans), again) for spans in (days, weeks))
    better = short.ratio > long.ratio
    pool, calls = np.where(better, (short.pool, short.calls), (long.pool, long.calls))
    return SingleUse(pool, calls, again)


def _again(moment: Moment, days: int) -> np.ndarray:
    """Of each organisation's numbers that were first used before the last so many days, the share that called in these."""
    tenures, begin = moment.state.tenures, moment.seen - days
    old = tenures.first <= begin
    numbers, used = (
        np.bincount(tenures.organisation[those], minlength=moment.organisations)
        for those in (old, old & (tenures.last > begin))
    )
    return np.divide(used, numbers, out=np.zeros(moment.organisations), where=numbers > 0)


def _least(
    moment: Moment, spans: Iterable[tuple[np.ndarray, np.ndarray]], enough: int
) -> tuple[np.ndarray, np.ndarray]:
    """The least pool, and the calls from which it is seen, from spans of time in their order: rows of numbers and their calls.

    Pairs that are at least two spans apart: each span with the sum of all but the one before it. enough: spans with calls.
    """
    where, size, groups = moment.state.tenures.organisation, moment.state.tenures.size, moment.organisations
    earlier, last = np.zeros(size), None  # calls by number, of all spans but the last
    all_before, last_total = np.zeros(groups), np.zeros(groups)
    pairs, same, calls, active, most = (np.zeros(groups) for _ in range(5))
    for rows, made in spans:
        made = made.astype(np.float64)
        group = where[rows]
        total = np.bincount(group, made, groups)
        pairs += total * all_before
        same += np.bincount(group, made * earlier[rows], groups)
        if last is not None:
            earlier[last[0]] += last[1]
        all_before += last_total
        last, last_total = (rows, made), total
        calls += total
        most = np.maximum(most, total)
        active += total > _CALM * most
    # The upper bound of a Poisson mean of which `same` were seen (Byar's, in Breslow and Day, 1987).
    seen = same + 1
    upper = seen * (1 - 1 / (9 * seen) + Z / (3 * np.sqrt(seen))) ** 3
    pool = np.where(active >= enough, np.maximum(pairs / upper, 1), 1)
    return pool, calls
