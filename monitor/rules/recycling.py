"""Recycling, a family of the carousel: numbers are burned, rest, and return.

Judged where each number is used enough that it is nobody's desk, and where the calls go on as before
while numbers rest. Staff who work in shifts rest just so, each with a number of their own: what tells them
apart is whether somebody answers who calls back. So it is nothing where they surely are answered, strong
only where they surely are not, and rests of less than a week count there alone. It is strong as well where it is no desk that answers,
most calls are not picked up, and whoever is called again surely sees another number: whom strangers call knows no shift's. Where it is never
heard whether callers are answered, many numbers must rest by far the most of the time, and fewer pick up.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from monitor.fleet.answering import Answering
from monitor.fleet.dispersion import Spread
from monitor.fleet.moment import Moment
from monitor.fleet.picked_up import PickedUp
from monitor.fleet.recontact import recontact
from monitor.fleet.recycling import recycling as measured
from monitor.policy import Dispersion, Recycling
from monitor.remembered.met import DAYS
from monitor.rules.family import NONE, STRONG, SUPPORTS, Family
from monitor.verdict import Reason

#: As `telling.slack`, for returns: a fleet that burned new numbers and begins to take old ones back does it slowly. No term of the policy, since
#: it opens nothing: it only keeps an alert from ending while it turns into another.
_FIRST = 0.2


def recycling(
    moment: Moment,
    terms: Recycling,
    spread: Spread,
    replies: Answering,
    dispersion: Dispersion,
    called: PickedUp,
    slack: float,
) -> Family:
    """Strong where numbers rest most of the time, or much of it in a fleet far larger than its need.

    Graded by the share that was seen, of numbers enough; its interval is told. called: whether those who are called pick up.
    """
    ratio = spread.effective / spread.needed
    exposed = (ratio >= dispersion.supports) & (spread.calls_a_number >= terms.calls_a_number * slack)

    cold = partial(called.cold, replies.terms)

    def no_desk(eased: float) -> np.ndarray:
        return cold(eased) & replies.undesked(eased)

    def many(eased: float) -> np.ndarray:
        enough = found.numbers >= terms.numbers_unheard * eased
        seldom = called.seldom(replies.terms.known_calls, terms.picked_up_unheard, eased)
        unheard = moment.unheard & ~replies.reachable
        return unheard & seldom & enough & (found.rested >= terms.strong_unheard * eased)

    exposed &= ~replies.reachable | cold(slack)
    found = measured(moment, exposed, replies.hidden(slack), terms)
    exposed &= (found.numbers >= terms.numbers) & (found.kept_up >= terms.kept_up * slack)
    others = no_desk(slack) | many(slack)
    seen = recontact(moment, others & exposed & (found.rested >= terms.supports * slack), DAYS)

    def strange(eased: float) -> np.ndarray:
        """Where people who are called again surely see other numbers, of those who call strangers and are no desk."""
        enough = seen.again >= replies.terms.known_persons * eased
        return (no_desk(eased) | many(eased)) & enough & (seen.high < terms.same / eased)

    surely, still = strange(1), strange(slack)
    exposed &= ~replies.reachable | still
    # Who was told of is not told to have stopped because it takes numbers back, unless it surely answers on them.
    lasts = exposed & (found.returns >= terms.returns * _FIRST) & (found.rested >= terms.supports * slack)
    exposed &= (spread.calls_a_number >= terms.calls_a_number) & (~replies.reachable | surely)
    often = np.where(found.rested >= terms.strong, terms.returns_of_long, terms.returns)
    exposed &= (found.returns >= often) & (found.kept_up >= terms.kept_up)
    strong = (found.rested >= terms.strong) | (
        (found.rested >= terms.supports) & (ratio >= dispersion.strong)
    )
    grade = np.where(
        strong & (replies.hidden() | surely),
        STRONG,
        np.where(found.rested >= terms.supports, SUPPORTS, NONE),
    )
    grade[~exposed] = NONE

    def reason(code: int) -> Reason:
        return Reason(
            family="recycling",
            measure="rested_share",
            value=float(found.rested[code]),
            interval=(float(found.low[code]), float(found.high[code])),
            # Of an alert that goes on, the bound that keeps it open.
            threshold=terms.supports if grade[code] else terms.supports * slack,
            exposure={
                "returns": float(found.returns[code]),
                "numbers": float(found.numbers[code]),
                "calls_kept_up": float(found.kept_up[code]),
                "cleared_below": slack * terms.supports,
                **replies.exposure(code),
                **(
                    {
                        **called.exposure(code),
                        "same_number_share_at_most": float(seen.high[code]),
                        "same_number_days": float(DAYS),
                    }
                    if still[code]
                    else {}
                ),
            },
            strong=bool(grade[code] == STRONG),
            clears_when=f"Numbers rest less than {slack * terms.supports:.0%} of the time between their first and last use.",
        )

    return Family("recycling", grade, reason, lasts=lasts)
