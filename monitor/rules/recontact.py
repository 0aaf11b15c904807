"""Re-contact, a family of the carousel: two calls to one person hardly ever show the same number.

Judged where people are called again on purpose, where each number is used enough that it is nobody's
desk, and strong only where that keeps people from recognising who calls (`hiding.py`): an office, however large, is not so.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.recontact import Recontact as Met
from monitor.fleet.recontact import recontact as measured
from monitor.remembered.met import DAYS
from monitor.rules.family import NONE, STRONG, SUPPORTS, Family
from monitor.rules.hiding import Hiding
from monitor.verdict import Reason

#: Days looked at: a campaign's attempts to reach one person take some days. No term of the policy: of those that are kept, the
#: longest that says the most is told (`days`), and shorter ones only see sooner who begins.
_SPANS = (DAYS, 14, 9)


def recontact(
    moment: Moment, hiding: Hiding, judged: np.ndarray, supported: np.ndarray, slack: float
) -> Family:
    """Graded by how much less often the same number is seen than the needed ones would give.

    - judged: which organisations are; supported: of which of them it is of use that this supports others
    - slack: what is left of each bound where an alert is open
    """
    terms, spread, replies = hiding.terms, hiding.spread, hiding.replies
    wanted = 1 / (terms.supports * spread.needed)
    looked = hiding.looked_at(judged, supported, slack)
    # The shorter looks are for who begins to hide behind many numbers; for others they would only cost.
    wide = looked & hiding.wide(slack)
    spans = [measured(moment, looked if days == DAYS else wide, days) for days in _SPANS]
    # Whether people are called again on purpose is a matter of how somebody calls, whatever numbers they show.
    again = spans[0].again / np.maximum(spans[0].persons, 1)

    def hides(met: Met, eased: float) -> np.ndarray:
        on_purpose = hiding.again_on_purpose(met, again, eased)
        return on_purpose | hiding.from_strangers(met, again, eased)

    def graded(met: Met) -> np.ndarray:
        supports = hiding.exposed(1) & (met.again >= terms.persons) & (met.high < wanted)
        return np.where(hides(met, 1), STRONG, np.where(supports, SUPPORTS, NONE))

    grades = np.stack([graded(met) for met in spans])
    lasting = np.stack([hides(met, slack) for met in spans])
    # The longest of those that say the most; or, of an alert that goes on, that keep it open.
    best = np.where(grades.any(axis=0), grades.argmax(axis=0), lasting.argmax(axis=0))
    by_strangers = np.stack([hiding.from_strangers(met, again, slack) for met in spans])
    # Whether callers are answered does not clear them until a desk's share of them is.
    of_some = by_strangers & hiding.answers_some(slack) & ~replies.hidden(slack)
    # The shares of callers that must be answered to end an alert.
    manned, answered = 1 - slack * (1 - replies.terms.desk), replies.reached_from(slack)

    def reason(code: int) -> Reason:
        met, some = spans[best[code]], of_some[best[code], code]
        return Reason(
            family="recontact",
            measure="same_number_share",
            value=float(met.same[code]),
            interval=(float(met.low[code]), float(met.high[code])),
            threshold=float(wanted[code]),
            exposure={
                "persons": float(met.persons[code]),
                "called_again": float(met.again[code]),
                "days": float(_SPANS[best[code]]),
                "needed_numbers": float(spread.needed[code]),
                **replies.exposure(code),
                **(hiding.called.exposure(code) if by_strangers[best[code], code] else {}),
                **({"manned_share": manned} if some else {"reached_share": answered}),
            },
            strong=bool(grades[best[code], code] == STRONG),
            clears_when=f"Two calls to the same person show the same number in at least {wanted[code]:.1%} of the cases, or "
            f"at least {manned if some else answered:.0%} of those who call back are answered.",
        )

    return Family("recontact", grades.max(axis=0), reason, lasts=lasting.any(axis=0))
