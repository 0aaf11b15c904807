"""A dialler's hand, a family of the carousel: numbers are used in turn, or each up to a daily cap.

By itself it is no more than a way of calling, so it only supports others.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.evenness import evenness
from monitor.fleet.moment import Moment
from monitor.policy import Dialler
from monitor.rules.family import NONE, SUPPORTS, Family
from monitor.verdict import Reason


def dialler(moment: Moment, terms: Dialler) -> Family:
    """Supports where a day's calls are dealt surely more evenly than by chance."""
    found = evenness(moment)
    exposed = (found.freedom >= terms.freedom) & (found.calls >= terms.calls)
    grade = np.where(exposed & (found.high < terms.index), SUPPORTS, NONE)

    def reason(code: int) -> Reason:
        return Reason(
            family="dialler",
            measure="index_of_dispersion",
            value=float(found.index[code]),
            interval=(0.0, float(found.high[code])),
            threshold=terms.index,
            exposure={
                "calls_a_number": float(found.calls[code]),
                "degrees_of_freedom": float(found.freedom[code]),
            },
            strong=False,
            clears_when="Calls are no longer dealt over the numbers in turn or up to a cap.",
        )

    return Family("dialler", grade, reason)
