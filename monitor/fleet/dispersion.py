"""Dispersion: over how many numbers calls are spread, against how many they need.

The effective number of numbers is the exponential of the entropy of calls over numbers (Hill,
1973): ten used alike are ten, ten of which one makes nearly all calls are hardly more than one.
They need no more than carry the volume, and no more than are used on one day: what a fleet goes
through in a term beyond that is not need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import Z
from monitor.policy import Dispersion
from monitor.tenure import RECENT, WEEK


@dataclass(frozen=True, slots=True)
class Spread:
    """By organisation."""

    effective: np.ndarray  # numbers over the last thirteen calendar weeks
    low: np.ndarray  # of these (95 %), were each call dealt by itself
    high: np.ndarray
    needed: np.ndarray
    calls_a_day: np.ndarray  # on the days on which it called, in the last four weeks
    a_week: np.ndarray  # effective numbers of the last seven days
    calls_a_number: np.ndarray  # in those, by each of them
    calls: np.ndarray  # of those calendar weeks
    at_once: np.ndarray  # effective numbers of a day, on average over the days with calls of the last week


def spread(moment: Moment, terms: Dispersion) -> Spread:
    """Measure dispersion at a moment."""
    tenures, groups = moment.state.tenures, moment.organisations
    effective = effective_numbers(tenures.organisation, tenures.term, groups)
    low, high = bounds(tenures.organisation, tenures.term, effective)
    at_once = _in_a_day(moment)
    days = moment.state.active.between(slice(0, groups), moment.day - RECENT, moment.day)
    calls_a_day = moment.calls(RECENT) / np.maximum(days, 1)
    needed = np.minimum(calls_a_day / terms.calls_a_number, np.where(at_once > 0, at_once, np.inf))
    a_week = effective_numbers(tenures.organisation, tenures.week, groups)
    # Of calls that show a number: who withholds most of them uses none the more for it.
    shown = np.bincount(tenures.organisation, tenures.week, groups)
    calls_a_number = shown / np.maximum(a_week, 1)
    calls = np.bincount(tenures.organisation, tenures.term, groups)
    return Spread(
        effective, low, high, np.maximum(needed, 1), calls_a_day, a_week, calls_a_number, calls, at_once
    )


def _in_a_day(moment: Moment) -> np.ndarray:
    """Effective numbers of a day, on average over the days with calls of the last week."""
    tenures, groups = moment.state.tenures, moment.organisations
    total, days = np.zeros(groups), np.zeros(groups)
    for _, rows, calls in tenures.recent(moment.day - WEEK, moment.day):
        numbers = effective_numbers(tenures.organisation[rows], calls, groups)
        total += numbers
        days += numbers > 0
    return total / np.maximum(days, 1)


def effective_numbers(group: np.ndarray, calls: np.ndarray, groups: int) -> np.ndarray:
    """exp of the entropy of calls over numbers, by group; 0 where there are no calls.

    >>> effective_numbers(np.zeros(4, int), np.array([5, 5, 5, 0]), 1).round(6).tolist()
    [3.0]
    """
    used = calls > 0
    group, calls = group[used], calls[used].astype(np.float64)
    total = np.bincount(group, calls, groups)
    weighted = np.bincount(group, calls * np.log(calls), groups)
    mean = np.divide(weighted, total, out=np.zeros(groups), where=total > 0)
    return np.where(total > 0, np.exp(np.log(np.maximum(total, 1)) - mean), 0.0)


def bounds(group: np.ndarray, calls: np.ndarray, effective: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of effective numbers, of which `effective` were seen; (0, 0) where there are no calls.

    The variance of an entropy that is read from counts (Basharin, 1959; its second term, which is what is left where all
    numbers are used alike, from Hutcheson, 1970), and the exponential of its bounds. An entropy that is read so is too
    small by about half a number a call (Miller, 1955): the upper bound is moved by that. Calls are taken to be dealt
    each by itself; who takes numbers in turn varies less. Where numbers make fewer than some five calls each, others that were
    not seen yet may make as many: there the upper bound is too low. Cost: a pass over the numbers.

    >>> [float(bound[0].round(2)) for bound in bounds(np.zeros(3, int), np.array([50, 50, 0]), np.array([2.0]))]
    [1.97, 2.04]
    """
    used = calls > 0
    group, calls = group[used], calls[used].astype(np.float64)
    groups = len(effective)
    total, numbers = np.bincount(group, calls, groups), np.bincount(group, minlength=groups)
    some, many = total > 0, np.maximum(total, 1)
    surprise = np.log(many)[group] - np.log(calls)
    squares = np.bincount(group, calls * surprise**2, groups) / many
    entropy = np.log(np.where(some, effective, 1))
    more = np.maximum(numbers - 1, 0) / (2 * many)
    spread = Z * np.sqrt(np.maximum(squares - entropy**2, 0) / many + more / many)
    return np.where(some, np.exp(entropy - spread), 0.0), np.where(some, np.exp(entropy + spread + more), 0.0)
