"""Warming: whether new numbers make more calls on each of their first days, one number like the other.

Guides for diallers advise to begin a number with few calls and to make more on each day, up to a cap. A new colleague
begins slowly too, a newcomer as a whole, and every number is first used within a day. So a number's calls some days on
are compared with those of its first days, both as a part of the organisation's calls on the days on which it called, and only what
numbers born on several days have in common is told: the mean of the logarithms of the ratios, one for each day of birth,
with the interval that their differences give (Student's, by the variance of his t), and never a narrower one than
Poisson's law gives the counts.

Cost: a pass over the numbers, and one over those of each of the last 28 days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import Z
from monitor.policy import Dialler
from monitor.tenure import RECENT

#: Days of age that are compared: the first ones, and as many when half of a usual ramp of ten days has passed.
EARLY, LATE = (0, 3), (5, 8)


@dataclass(frozen=True, slots=True)
class Warming:
    """By organisation, over the numbers born in the last four weeks; a ratio of 1 where nothing is known."""

    ratio: np.ndarray  # calls a day some days on, over those of the first days
    low: np.ndarray
    high: np.ndarray
    numbers: np.ndarray
    births: np.ndarray  # days on which these were born
    rising: np.ndarray  # share of those days whose numbers make more calls later


def warming(moment: Moment, terms: Dialler, fresh: np.ndarray, wanted: np.ndarray) -> Warming:
    """Measure it at a moment. fresh: numbers whose birth was seen (a mask); wanted: organisations looked at (a mask)."""
    state, tenures, groups = moment.state, moment.state.tenures, moment.organisations
    after = moment.day - RECENT
    born = fresh & wanted[tenures.organisation] & (tenures.first > after)
    born &= tenures.first + LATE[1] - 1 <= moment.seen
    calls, whole = np.zeros((2, tenures.size)), np.zeros((2, tenures.size))
    for day, rows, made in tenures.recent(after, moment.seen):
        rows, made = rows[born[rows]], made[born[rows]]
        age, theirs = day - tenures.first[rows], tenures.organisation[rows]
        total = state.volume.between(theirs, day - 1, day)
        for part, (begin, end) in enumerate((EARLY, LATE)):
            chosen = (age >= begin) & (age < end)
            calls[part, rows[chosen]] += made[chosen]
            whole[part, rows[chosen]] += total[chosen]
    # Of a day on which a number rests, or has ended, nothing is known of how many calls it would make.
    rows = np.flatnonzero(born & (calls.sum(axis=0) >= terms.warming_calls) & (calls > 0).all(axis=0))
    code, first = tenures.organisation[rows], tenures.first[rows]
    early, late = calls[:, rows]
    rise = np.log(late / whole[1, rows]) - np.log(early / whole[0, rows])

    # Numbers born on one day came by one decision.
    day, place = np.unique(code.astype(np.int64) * RECENT + (first - after - 1), return_inverse=True)
    many = np.bincount(place, minlength=len(day))
    each = np.bincount(place, rise, len(day)) / np.maximum(many, 1)
    chance = np.bincount(place, 1 / early + 1 / late, len(day)) / np.maximum(many, 1) ** 2
    whose = day // RECENT
    births = np.bincount(whose, minlength=groups)
    known = np.maximum(births, 1)
    mean = np.bincount(whose, each, groups) / known
    between = np.bincount(whose, (each - mean[whose]) ** 2, groups) / np.maximum(births - 1, 1)
    # Student's t for n births has the variance (n - 1) / (n - 3).
    student = (births - 1) / np.maximum(births - 3, 1)
    squares = np.maximum(between * student, np.bincount(whose, chance, groups) / known) / known
    half = np.where(births > 3, Z * np.sqrt(squares), np.inf)
    return Warming(
        ratio=np.exp(mean),
        low=np.exp(mean - half),
        high=np.exp(mean + half),
        numbers=np.bincount(code, minlength=groups),
        births=births,
        rising=np.bincount(whose, each > 0, groups) / known,
    )
