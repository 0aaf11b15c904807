"""A dialler's hand, a family of the carousel: numbers are used in turn, or each up to a daily cap.

By itself it is no more than a way of calling, so it only supports others. That new numbers are warmed up is less: new
colleagues begin slowly too. So that is said where a carousel is told anyway, and is never counted for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from monitor.fleet.evenness import Evenness, evenness, of_a_week
from monitor.fleet.moment import Moment
from monitor.fleet.warming import warming as measured
from monitor.policy import Dialler
from monitor.rules.family import NONE, SUPPORTS, Family
from monitor.tenure import RECENT, WEEK
from monitor.verdict import Reason


def spans(moment: Moment) -> tuple[Evenness, Evenness]:
    """How evenly a day's calls are dealt, in four weeks and in the last one."""
    return evenness(moment, RECENT), evenness(moment, WEEK)


def by_machine(moment: Moment, terms: Dialler, day: Evenness) -> Callable[[float], np.ndarray]:
    """By organisation: whether surely no people at desks deal its calls, who differ: but chance, a turn, or a cap.

    Within a day as well as in a week. Given what is left of each bound, 1 or less where an alert is open. day: of the last week.
    """
    week = of_a_week(moment)
    uneven = 2 * day.index - day.high  # its lower bound

    def surely(slack: float) -> np.ndarray:
        most = 1 + (terms.machine - 1) / slack
        return (week.freedom >= terms.machine_numbers * slack - 1) & (week.high < most) & (uneven < most)

    return surely


def dialler(terms: Dialler, spans: Sequence[Evenness]) -> Family:
    """Supports where a day's calls are dealt surely more evenly than by chance, in four weeks or in the last one."""
    grades = np.stack([_graded(terms, found) for found in spans])
    best = grades.argmax(axis=0)

    def reason(code: int) -> Reason:
        found = spans[best[code]]
        return Reason(
            family="dialler",
            measure="index_of_dispersion",
            value=float(found.index[code]),
            interval=(max(float(2 * found.index[code] - found.high[code]), 0.0), float(found.high[code])),
            threshold=terms.index,
            exposure={
                "calls_a_number": float(found.calls[code]),
                "degrees_of_freedom": float(found.freedom[code]),
            },
            strong=False,
            clears_when="Calls are no longer dealt over the numbers in turn or up to a cap.",
        )

    return Family("dialler", grades.max(axis=0), reason)


def warming(moment: Moment, terms: Dialler, fresh: np.ndarray, wanted: np.ndarray) -> Family:
    """Where the new numbers of organisations that are told of anyway (the mask `wanted`) are warmed up, one like the other.

    fresh: numbers whose birth was seen (a mask).
    """
    found = measured(moment, terms, fresh, wanted)
    alike = (found.births >= terms.births) & (found.rising >= terms.rising)

    def reason(code: int) -> Reason:
        return Reason(
            family="dialler",
            measure="rise_with_age",
            value=float(found.ratio[code]),
            interval=(float(found.low[code]), float(found.high[code])),
            threshold=terms.rise,
            exposure={
                "numbers": float(found.numbers[code]),
                "births": float(found.births[code]),
                "births_rising": float(found.rising[code]),
            },
            strong=False,
            clears_when="",  # it counts for nothing
        )

    return Family("dialler", np.where(alike & (found.low >= terms.rise), SUPPORTS, NONE), reason)


def _graded(terms: Dialler, found: Evenness) -> np.ndarray:
    exposed = (found.freedom >= terms.freedom) & (found.calls >= terms.calls)
    return np.where(exposed & (found.high < terms.index), SUPPORTS, NONE)
