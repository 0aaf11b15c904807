"""Known callers: whose numbers do not last, and who are recognised all the same; and who surely are not.

Numbers of jobs, houses, studies, tours, and the telephones of hired hands come and go, and whom they call knows them: each person
sees one of them, or expects the call and picks up (`fleet/passing.py`). One of the two is enough where those who call back surely are
answered; both are, whoever answers, if most see one: drivers and guards can't. That most pick up is enough where callers seem to be answered, though
too few call to be sure; and whoever answers, where they are a circle that is called over and over (`fleet/circle.py`). Who calls a few
telephones of its own is known to all of them.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.answering import Answering, answering
from monitor.fleet.circle import circle
from monitor.fleet.moment import Moment
from monitor.fleet.passing import passing
from monitor.fleet.turnover import Turnover
from monitor.policy import CallsBack


def known_callers(
    moment: Moment,
    terms: CallsBack,
    found: Turnover,
    replies: Answering,
    asked: np.ndarray,
    steady: np.ndarray | bool = False,
    slack: float = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Who is known by those that its new numbers call, of the organisations `asked` (a mask): re-contact costs.

    And of these, who surely is: more of those who are called again see one number than it takes for an alert not to open. An
    alert that is open does not end before that, since a share near its bound is above it in one week and below in another.
    replies: who answers, on any number. steady: who kept its numbers for months before it gave them up for these: they are of no jobs, nor
    studies, and that each person sees one is not enough. slack: what is left of each bound where an alert is open.
    """
    if not asked.any():
        return asked, asked
    seen = passing(moment, found, asked)
    # Of one number at a time everybody sees that one, whoever is called.
    several = (seen.again >= terms.known_persons) & (seen.chance < terms.known_chance)
    one_each = several & (seen.low >= terms.known_same) & ~np.asarray(steady)
    surely_one = one_each & (seen.low >= 1 - slack * (1 - terms.known_same))
    no_strangers = several & (seen.low >= terms.strange_same)
    picked_up = np.where(seen.picked_up.calls >= terms.known_calls, seen.picked_up.low, 0.0)
    expected = picked_up >= terms.known_answered
    around = circle(moment, asked, terms.known_often)
    circled = around.regular(terms.known_persons) & expected
    seems = (replies.calls >= terms.calls_answered) & (replies.share >= terms.answered)
    by_calls = (replies.reachable | seems) & expected
    own = around.of_few(terms.few_persons) & ~seen.picked_up.seldom(1, terms.strange_answered)
    known = (no_strangers & expected) | circled | own
    answered = ~answering(moment, terms, found.fresh).hidden()
    return (
        asked & (known | (answered & (by_calls | (replies.reachable & one_each)))),
        asked & (known | (answered & (by_calls | (replies.reachable & surely_one)))),
    )


def strangers(moment: Moment, terms: CallsBack, found: Turnover, asked: np.ndarray) -> np.ndarray:
    """Who surely is not, of the organisations `asked`: people see other numbers, and less than half of the calls are answered."""
    if not asked.any():
        return asked
    seen = passing(moment, found, asked)
    others = (seen.again >= terms.known_persons) & (seen.high < terms.strange_same)
    return asked & others & seen.picked_up.seldom(1, terms.strange_answered)
