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


def recontact(moment: Moment, terms: Recontact, spread: Spread) -> Family:
    """Graded by how much less often the same number is seen than the needed ones would give."""
    calls = np.maximum(moment.calls(DAYS).astype(np.float64), 1)
    everybody = slice(0, moment.organisations)
    called_back = moment.state.called_back.between(everybody, moment.day - DAYS, moment.day) / calls
    exposed = (spread.calls_a_number >= terms.calls_a_number) & (called_back < terms.called_back)
    found = measured(moment, exposed)
    again = found.again / np.maximum(found.persons, 1)
    exposed &= found.again >= terms.persons
    exposed &= (again >= terms.again) | ((again >= terms.again_busy) & (spread.calls_a_number >= terms.busy))
    wanted = 1 / (terms.supports * spread.needed)
    many = np.maximum(terms.strong * spread.needed, terms.numbers)
    # Nobody can see more numbers than there are: a few that are shown in turn hardly meet either.
    strong = (found.high < 1 / many) & (spread.a_week >= many)
    grade = np.where(strong, STRONG, np.where(found.high < wanted, SUPPORTS, NONE))
    grade[~exposed] = NONE

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

    return Family("recontact", grade, reason)
