"""Known callers: whose numbers do not last, and who are recognised all the same; and who surely are not.

Numbers of jobs, houses, studies, tours, and the telephones of hired hands come and go, and whom they call knows them: each person
sees one of them, or expects the call and picks up (`fleet/passing.py`). Where those who call back surely are not answered, nobody is
taken for known.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.answering import Answering, answering
from monitor.fleet.moment import Moment
from monitor.fleet.passing import passing
from monitor.fleet.turnover import Turnover
from monitor.policy import CallsBack


def known_callers(
    moment: Moment, terms: CallsBack, found: Turnover, replies: Answering, asked: np.ndarray
) -> np.ndarray:
    """Who is known by those that its new numbers call, of the organisations `asked` (a mask): re-contact costs.

    replies: who answers, on any number; on its new ones nobody may surely be left unanswered.
    """
    asked = asked & replies.reachable & ~answering(moment, terms, found.fresh).hidden()
    if not asked.any():
        return asked
    seen = passing(moment, found, asked)
    # Of one number at a time everybody sees that one, whoever is called.
    one_each = (
        (seen.again >= terms.known_persons)
        & (seen.low >= terms.known_same)
        & (seen.chance < terms.known_chance)
    )
    expected = (seen.calls >= terms.known_calls) & (seen.answered_low >= terms.known_answered)
    return asked & (one_each | expected)


def strangers(moment: Moment, terms: CallsBack, found: Turnover, asked: np.ndarray) -> np.ndarray:
    """Who surely is not, of the organisations `asked`: people see other numbers, and less than half of the calls are answered."""
    if not asked.any():
        return asked
    seen = passing(moment, found, asked)
    others = (seen.again >= terms.known_persons) & (seen.high < terms.strange_same)
    # A feed that never says who picked up says nothing of it.
    few = (seen.answered_low > 0) & (seen.answered_high < terms.strange_answered)
    return asked & others & few
