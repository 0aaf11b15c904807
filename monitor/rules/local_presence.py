"""Local presence, a family of the carousel: everybody sees a number of their own area.

By itself it is what a chain of shops does, each of which calls its own town from its own number. So it is
strong only where the numbers are no branch's: they are surely not answered when people call back, and who
is called again sees another number of that area. Or where hardly anybody at all who calls any of them is answered, for
longer than an exchange is out of order: a chain that has one number in each town has somebody there who picks up. Whoever answers, it is
strong of many numbers whose calls are mostly not picked up: branches call customers.
"""

from __future__ import annotations

import numpy as np

from monitor.day.nearby import areas
from monitor.fleet.answering import Answering, answering
from monitor.fleet.dispersion import Spread
from monitor.fleet.local_presence import LocalPresence
from monitor.fleet.local_presence import local_presence as measured
from monitor.fleet.moment import Moment
from monitor.fleet.picked_up import PickedUp
from monitor.fleet.within_area import within_area
from monitor.policy import LocalPresence as Terms
from monitor.remembered.met import DAYS
from monitor.rules.family import NONE, STRONG, SUPPORTS, Family
from monitor.verdict import Reason

#: Days looked at, so that who begins with it is not long covered by the calls made before; no term of the policy, as in `recontact.py`.
_SPANS = (DAYS, 10)


def local_presence(
    moment: Moment, terms: Terms, spread: Spread, replies: Answering, called: PickedUp, slack: float
) -> Family:
    """Graded by the areas in which the number follows the person, against the one that chance would give.

    replies: who answers on the numbers that are shown now. called: whether those who are called pick up.
    """
    spans = [measured(moment, days) for days in _SPANS]
    low = np.stack([found.low for found in spans])
    best = low.argmax(axis=0)
    most = low.max(axis=0)

    def strange(eased: float) -> np.ndarray:
        least = np.maximum(terms.needed_cold * spread.needed, terms.numbers_cold)
        return called.cold(replies.terms, eased) & (spread.a_week >= eased * least)

    followed = most >= terms.strong * slack
    asked = followed & ~replies.reachable
    same, over = _same(moment, terms, asked | (followed & strange(slack)))
    shown = _local(moment, asked)
    # Of no number more calls count than so many, so that the one that most people call does not speak for the others.
    local = answering(moment, replies.terms, shown, replies.terms.calls / terms.called_numbers)
    for_days = moment.called_days_of(shown) >= terms.called_days

    def hides(eased: float) -> np.ndarray:
        nobodys = (replies.hidden(eased) | strange(eased)) & (same < terms.same / eased)
        nobodys |= asked & local.nobodys(eased) & for_days
        used = spread.calls_a_number >= terms.calls_a_number * eased
        return (most >= terms.strong * eased) & used & nobodys

    by_strangers = strange(slack) & ~replies.hidden(slack) & (same < terms.same / slack)
    grade = np.where(hides(1), STRONG, np.where(most >= terms.supports, SUPPORTS, NONE))

    # The share of callers that must be answered to end an alert.
    answered = replies.reached_from(slack)

    def reason(code: int) -> Reason:
        found: LocalPresence = spans[best[code]]
        return Reason(
            family="local_presence",
            measure="areas_followed",
            value=float(found.areas[code]),
            interval=(float(found.low[code]), float(found.high[code])),
            threshold=terms.supports,
            exposure={
                "areas_shown": float(found.shown[code]),
                "calls": float(found.calls[code]),
                **replies.exposure(code),
                **(
                    {
                        **called.exposure(code),
                        "same_in_area": float(same[code]),
                        "same_in_area_days": float(over[code]),
                    }
                    if by_strangers[code]
                    else {"reached_share": answered}
                ),
            },
            strong=bool(grade[code] == STRONG),
            clears_when="The number that is shown no longer depends on the area code that is called"
            f"{'' if by_strangers[code] else f', or at least {answered:.0%} of those who call back are answered'}.",
        )

    return Family("local_presence", grade, reason, lasts=hides(slack))


def _local(moment: Moment, wanted: np.ndarray) -> np.ndarray:
    """Which numbers are local ones that are shown now, of the organisations that are wanted.

    Calls to a main number beside them say nothing of these, nor do the days on which it was called.
    """
    tenures = moment.state.tenures
    shown = wanted[tenures.organisation] & (tenures.week > 0)
    shown[shown] = areas(tenures.number[shown]) > 0
    return shown


def _same(moment: Moment, terms: Terms, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How often two calls to one person from an area show one number of it, at most, 1 if unknown; and in how many days."""
    least, over = np.ones(moment.organisations), np.full(moment.organisations, DAYS)
    if not wanted.any():
        return least, over
    for days in _SPANS:
        seen = within_area(moment, wanted, days)
        fewer = wanted & (seen.persons >= terms.persons) & (seen.high < least)
        least, over = np.where(fewer, seen.high, least), np.where(fewer, days, over)
    return least, over
