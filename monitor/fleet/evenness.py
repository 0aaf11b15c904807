"""Evenness: whether a day's calls are dealt over the day's numbers more evenly than chance would.

Calls that fall to numbers by chance vary by Poisson's law: the squared differences from the mean, over
the mean, add up to about the numbers less one (Fisher's index of dispersion, 1925). People at desks
differ more. A dialler that takes its numbers in turn, or holds each below a daily cap, differs less.

Only numbers that called are seen, so that few calls look even by themselves: what Poisson's law gives without its zeroes
(Plackett, 1953) is taken for chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import Z
from monitor.tenure import RECENT

#: Of the iteration below: it comes as near as a hundredth from 1.3 calls on, and from above for fewer.
_STEPS = 30


@dataclass(frozen=True, slots=True)
class Evenness:
    """By organisation."""

    index: np.ndarray  # 1 by chance, 0 when all numbers of a day make as many calls; 1 where nothing is known
    high: np.ndarray  # its upper bound (95 %), were the calls dealt by chance
    freedom: np.ndarray  # numbers less one, added up over the days
    calls: np.ndarray  # a day from each number, on average


def evenness(moment: Moment, days: int = RECENT) -> Evenness:
    """Measure it over the last days, at most four weeks. Cost: a pass over the numbers that called on each of them."""
    where, groups = moment.state.tenures.organisation, moment.organisations
    spread, freedom, made, used = (np.zeros(groups) for _ in range(4))
    #: Of each day: numbers less one, and calls of each on average.
    counted: list[tuple[np.ndarray, np.ndarray]] = []
    for _, rows, calls in moment.state.tenures.recent(moment.day - days, moment.day):
        group, calls = where[rows], calls.astype(np.float64)
        numbers = np.bincount(group, minlength=groups)
        total = np.bincount(group, calls, groups)
        mean = np.divide(total, numbers, out=np.ones(groups), where=numbers > 0)
        spread += np.bincount(group, (calls - mean[group]) ** 2, groups) / mean
        counted.append((np.maximum(numbers - 1, 0), mean))
        freedom += counted[-1][0]
        made += total
        used += numbers
    expected = np.zeros(groups)  # by chance; days differ
    if counted:
        less, means = (np.stack(columns) for columns in zip(*counted, strict=True))
        # One after the other: how numpy adds up along an axis depends on how many organisations there are.
        for day in less * without_zeroes(means):
            expected += day
    index = np.divide(spread, expected, out=np.ones(groups), where=expected > 0)
    # The chi-square's spread for so many degrees of freedom.
    high = index + Z * np.sqrt(2 / np.maximum(freedom, 1)) * np.divide(
        freedom, expected, out=np.ones(groups), where=expected > 0
    )
    return Evenness(index, high, freedom, made / np.maximum(used, 1))


def of_a_week(moment: Moment) -> Evenness:
    """Measure it on what each number made in the last seven days together: who is away for days shows there.

    `freedom` and `calls` are of that week. Cost: a pass over the numbers.
    """
    tenures, groups = moment.state.tenures, moment.organisations
    used = tenures.week > 0
    group, calls = tenures.organisation[used], tenures.week[used].astype(np.float64)
    numbers = np.bincount(group, minlength=groups)
    mean = np.divide(np.bincount(group, calls, groups), numbers, out=np.ones(groups), where=numbers > 0)
    spread = np.bincount(group, (calls - mean[group]) ** 2, groups) / mean
    freedom = np.maximum(numbers - 1, 0).astype(np.float64)
    expected = freedom * without_zeroes(mean)
    index = np.divide(spread, expected, out=np.ones(groups), where=expected > 0)
    high = index * (1 + Z * np.sqrt(2 / np.maximum(freedom, 1)))
    return Evenness(index, np.maximum(high, Z * np.sqrt(2 / np.maximum(freedom, 1))), freedom, mean)


def without_zeroes(mean: np.ndarray) -> np.ndarray:
    """The variance over the mean of counts by Poisson's law of which those that are zero are not seen, given their mean.

    >>> without_zeroes(np.array([1.5, 4.0, 50.0])).round(2).tolist()
    [0.37, 0.92, 1.0]
    """
    mean = np.maximum(mean, 1.01)
    rate = mean
    for _ in range(_STEPS):
        rate = mean * -np.expm1(-rate)  # of which the mean is that of those that are seen
    return 1 + rate - mean
