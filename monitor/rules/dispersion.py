"""Dispersion, a family of the carousel: more numbers than the volume needs."""

from __future__ import annotations

import numpy as np

from monitor.fleet.dispersion import Spread
from monitor.fleet.moment import Moment
from monitor.policy import Dispersion
from monitor.rules.family import NONE, STRONG, SUPPORTS, Family
from monitor.tenure import WEEKS
from monitor.verdict import Reason


def dispersion(moment: Moment, terms: Dispersion, found: Spread) -> Family:
    """Graded by effective numbers over needed ones; by itself it is what any large office has.

    Graded by the ratio that was seen: its interval is told, and is that of the effective numbers. It has no floor of its own
    but that of the carousel (`NumberCarousel.calls`).
    """
    ratio = found.effective / found.needed
    grade = np.where(ratio >= terms.strong, STRONG, np.where(ratio >= terms.supports, SUPPORTS, NONE))

    def reason(code: int) -> Reason:
        most = max(int(terms.supports * found.needed[code]), 1)
        return Reason(
            family="dispersion",
            measure="effective_over_needed_numbers",
            value=float(ratio[code]),
            interval=(
                float(found.low[code] / found.needed[code]),
                float(found.high[code] / found.needed[code]),
            ),
            threshold=terms.supports,
            exposure={
                "calls": float(found.calls[code]),
                "days": float(moment.day - moment.since(code, moment.term) + 1),
                "effective_numbers": float(found.effective[code]),
                "needed_numbers": float(found.needed[code]),
                "calls_a_day": float(found.calls_a_day[code]),
                "calls_a_number_a_day": float(terms.calls_a_number),
            },
            strong=bool(grade[code] == STRONG),
            clears_when=f"For {WEEKS} weeks at most {most} {'number is' if most == 1 else 'numbers are'} used for so many calls.",
        )

    return Family("dispersion", grade, reason)
