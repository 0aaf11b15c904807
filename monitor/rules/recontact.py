"""Re-contact, a family of the carousel: people who are called again see another number.

Judged where people are called again on purpose, where each number is used enough that it is nobody's
desk, and where the numbers are not answered when people call back: an office, however large, is at
least one of these.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.dispersion import Spread
from monitor.fleet.moment import Moment
from monitor.fleet.recontact import recontact as measured
from monitor.met import DAYS
from monitor.policy import Recontact
from monitor.rules.family import NONE, STRONG, SUPPORTS, Family
from monitor.verdict import Reason

#: An alert that is open stays so until the bounds are missed by this factor: it does not flap.
_SLACK = 0.6


def recontact(moment: Moment, terms: Recontact, spread: Spread) -> Family:
    """Graded by how much less often the same number is seen than the needed ones would give."""
    calls = np.maximum(moment.calls(DAYS).astype(np.float64), 1)
    everybody = slice(0, moment.organisations)
    called_back = moment.state.called_back.between(everybody, moment.day - DAYS, moment.day) / calls
    shown = spread.calls_a_number, called_back
    found = measured(moment, _exposed(terms, *shown, _SLACK))
    wanted = 1 / (terms.supports * spread.needed)
    many = np.maximum(terms.strong * spread.needed, terms.numbers)

    def hides(slack: float) -> np.ndarray:
        """Where it is strong; slack: by how much each bound is eased."""
        again = found.again / np.maximum(found.persons, 1)
        enough = found.again >= terms.persons * slack
        busy = (again >= terms.again_busy * slack) & (spread.calls_a_number >= terms.busy * slack)
        enough &= (again >= terms.again * slack) | busy
        # Nobody can see more numbers than there are: a few that are shown in turn hardly meet either.
        few = (found.high < 1 / (slack * many)) & (spread.a_week >= slack * many)
        return _exposed(terms, *shown, slack) & enough & few

    supports = _exposed(terms, *shown, 1) & (found.again >= terms.persons) & (found.high < wanted)
    grade = np.where(hides(1), STRONG, np.where(supports, SUPPORTS, NONE))

    def reason(code: int) -> Reason:
        return Reason(
            family="recontact",
            measure="same_number_share",
            value=float(found.same[code]),
            interval=(float(found.low[code]), float(found.high[code])),
            threshold=float(wanted[code]),
            exposure={
                "persons": float(found.persons[code]),
                "called_again": float(found.again[code]),
                "needed_numbers": float(spread.needed[code]),
                "called_back_share": float(called_back[code]),
            },
            strong=bool(grade[code] == STRONG),
            clears_when="People who are called again see the number that they saw before at least as often as "
            "the numbers that the calls need would show it.",
        )

    return Family("recontact", grade, reason, lasts=hides(_SLACK))


def _exposed(
    terms: Recontact, calls_a_number: np.ndarray, called_back: np.ndarray, slack: float
) -> np.ndarray:
    """Whose numbers are no desks', and are not answered when people call back."""
    return (calls_a_number >= terms.calls_a_number * slack) & (called_back < terms.called_back / slack)
