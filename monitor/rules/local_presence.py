"""Local presence, a family of the carousel: everybody sees a number of their own area.

By itself it is what a chain of shops does, each of which calls its own town from its own number. So it is
strong only where the numbers are no branch's: they are not answered when people call back, and who is
called again sees another number of that area.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.dispersion import Spread
from monitor.fleet.local_presence import LocalPresence
from monitor.fleet.local_presence import local_presence as measured
from monitor.fleet.moment import Moment
from monitor.fleet.recontact import recontact
from monitor.met import DAYS
from monitor.policy import LocalPresence as Terms
from monitor.rules.family import NONE, SLACK, STRONG, SUPPORTS, Family
from monitor.verdict import Reason

#: Days looked at, so that who begins with it is not long covered by the calls made before.
_SPANS = (DAYS, 10)


def local_presence(moment: Moment, terms: Terms, spread: Spread) -> Family:
    """Graded by the areas in which the number follows the person, against the one that chance would give."""
    spans = [measured(moment, days) for days in _SPANS]
    low = np.stack([found.low for found in spans])
    best = low.argmax(axis=0)
    most = low.max(axis=0)
    called_back = moment.called_back(DAYS)
    same = _same(moment, terms, spans, most >= terms.strong * SLACK)

    def hides(slack: float) -> np.ndarray:
        nobodys = (called_back < terms.called_back / slack) & (same < terms.same / slack)
        return (
            (most >= terms.strong * slack) & (spread.calls_a_number >= terms.calls_a_number * slack) & nobodys
        )

    grade = np.where(hides(1), STRONG, np.where(most >= terms.supports, SUPPORTS, NONE))

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
                "called_back_share": float(called_back[code]),
            },
            strong=bool(grade[code] == STRONG),
            clears_when="The number that is shown does not depend on where the person called lives.",
        )

    return Family("local_presence", grade, reason, lasts=hides(SLACK))


def _same(moment: Moment, terms: Terms, spans: list[LocalPresence], wanted: np.ndarray) -> np.ndarray:
    """How often who is called again sees the same number, against once for each area; 1 if unknown.

    Where each area has one number, people of that area see it each time, and nobody else sees any for sure:
    then it is the share of calls that are local. The upper bound over that share.
    """
    least = np.ones(moment.organisations)
    if not wanted.any():
        return least
    for days, found in zip(_SPANS, spans, strict=True):
        seen = recontact(moment, wanted, days)
        known = wanted & (seen.again >= terms.persons)
        ratio = seen.high / np.maximum(found.share, 1e-9)
        least = np.where(known, np.minimum(least, ratio), least)
    return least
