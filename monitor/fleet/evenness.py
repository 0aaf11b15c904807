"""Evenness: whether a day's calls are dealt over the day's numbers more evenly than chance would.

Calls that fall to numbers by chance vary by Poisson's law: the squared differences from the mean, over
the mean, add up to about the numbers less one (Fisher's index of dispersion, 1925). People at desks
differ more. A dialler that takes its numbers in turn, or holds each below a daily cap, differs less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import Z
from monitor.tenure import RECENT


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
    for _, rows, calls in moment.state.tenures.recent(moment.day - days, moment.day):
        group, calls = where[rows], calls.astype(np.float64)
        numbers = np.bincount(group, minlength=groups)
        total = np.bincount(group, calls, groups)
        mean = np.divide(total, numbers, out=np.ones(groups), where=numbers > 0)
        spread += np.bincount(group, (calls - mean[group]) ** 2, groups) / mean
        freedom += np.maximum(numbers - 1, 0)
        made += total
        used += numbers
    index = np.divide(spread, freedom, out=np.ones(groups), where=freedom > 0)
    # The chi-square's spread for so many degrees of freedom.
    high = index + Z * np.sqrt(2 / np.maximum(freedom, 1))
    return Evenness(index, high, freedom, made / np.maximum(used, 1))
