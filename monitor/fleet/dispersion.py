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
from monitor.policy import Dispersion

_MONTH = 28
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Spread:
    """By organisation."""

    effective: np.ndarray  # numbers over the last thirteen calendar weeks
    needed: np.ndarray
    calls_a_day: np.ndarray  # on the days on which it called, in the last four weeks
    a_week: np.ndarray  # effective numbers of the last seven days
    calls_a_number: np.ndarray  # in those, by each of them


def spread(moment: Moment, terms: Dispersion) -> Spread:
    """Measure dispersion at a moment."""
    tenures, groups = moment.state.tenures, moment.organisations
    effective = effective_numbers(tenures.organisation, tenures.term, groups)
    at_once = _in_a_day(moment)
    days = moment.state.active.between(slice(0, groups), moment.day - _MONTH, moment.day)
    calls_a_day = moment.calls(_MONTH) / np.maximum(days, 1)
    needed = np.minimum(calls_a_day / terms.calls_a_number, np.where(at_once > 0, at_once, np.inf))
    a_week = effective_numbers(tenures.organisation, tenures.week, groups)
    calls_a_number = moment.calls(_WEEK) / np.maximum(a_week, 1)
    return Spread(effective, np.maximum(needed, 1), calls_a_day, a_week, calls_a_number)


def _in_a_day(moment: Moment) -> np.ndarray:
    """Effective numbers of a day, on average over the days with calls of the last week."""
    tenures, groups = moment.state.tenures, moment.organisations
    total, days = np.zeros(groups), np.zeros(groups)
    for _, rows, calls in tenures.recent(moment.day - _WEEK, moment.day):
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
