"""Dispersion, a family of the carousel: more numbers than the volume needs."""

from __future__ import annotations

import numpy as np

from monitor.fleet.dispersion import Spread
from monitor.policy import Dispersion
from monitor.rules.family import NONE, STRONG, SUPPORTS, Family
from monitor.verdict import Reason


def dispersion(terms: Dispersion, found: Spread) -> Family:
    """Graded by effective numbers over needed ones; by itself it is what any large office has."""
    ratio = found.effective / found.needed
    grade = np.where(ratio >= terms.strong, STRONG, np.where(ratio >= terms.supports, SUPPORTS, NONE))

    def reason(code: int) -> Reason:
        return Reason(
            family="dispersion",
            measure="effective_over_needed_numbers",
            value=float(ratio[code]),
            threshold=terms.supports,
            exposure={
                "effective_numbers": float(found.effective[code]),
                "needed_numbers": float(found.needed[code]),
                "calls_a_day": float(found.calls_a_day[code]),
            },
            strong=bool(grade[code] == STRONG),
            clears_when=f"So many calls of a term come from at most {max(int(terms.supports * found.needed[code]), 1)} numbers.",
        )

    return Family("dispersion", grade, reason)
