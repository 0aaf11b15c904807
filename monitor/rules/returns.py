"""Returns: whose numbers may yet come back, and are not given up before that is known.

Numbers of shifts take turns, and look like a rotation until the first of them has its second turn. What tells them
from one is that whoever calls a number is answered, and that none is silent for longer than shifts rest.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.answering import Answering, answering
from monitor.fleet.moment import Moment
from monitor.fleet.returning import Taking, longest_rest
from monitor.fleet.turnover import Turnover
from monitor.policy import CallsBack


def may_yet_return(
    moment: Moment,
    terms: CallsBack,
    found: Turnover,
    part: np.ndarray | float,
    strange: np.ndarray,
    unknown: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """By organisation: whose numbers may be of shifts, since none was silent for clearly longer than numbers rest.

    And of these, whose numbers do return: none is silent for longer than another was before it came back. That ends
    what was told of them; that one came back while others have been away for longer does not.
    part: what is left of the days that are waited for. strange: who calls strangers (`known_callers.py`). unknown: of whom it is not
    known whether they answer: there numbers are waited for once some have come back.
    """
    tenures = moment.state.tenures
    replies = _replies(moment, terms, found)
    reachable = replies.reachable
    asked = reachable | unknown
    # A few numbers that rest and come back would be a shield for a rotation of many.
    anybody = np.full(moment.organisations, np.inf)
    turns = Taking(spell=anybody, gone=_gone(moment, found), share=terms.returns)
    rested = longest_rest(moment, asked & (found.deaths > 0), terms.rested, turns)
    longest = np.maximum(np.ceil(part * terms.silent), terms.silent_short)
    usual = np.clip(np.ceil(part * terms.lives * found.life), terms.silent_short, longest)
    patience = np.maximum(np.where(reachable, usual, 0), np.ceil(terms.rests * rested))
    away = np.zeros(moment.organisations, np.int32)
    np.maximum.at(away, tenures.organisation[found.counted], moment.silent[found.counted])
    # Turns of so many telephones would have come round by now.
    over = (found.short_turnovers >= part * terms.lives) & (found.deaths >= terms.telephones) & (rested == 0)
    waits = ((away < patience) & ~over) | (_too_early(moment, terms, found, replies) & ~strange)
    return waits & asked, waits & asked & (rested > 0) & (away <= rested)


def too_early(moment: Moment, terms: CallsBack, found: Turnover) -> np.ndarray:
    """By organisation: who answers as a desk does, and was not seen for a term yet.

    Shifts may rest for two months. Before that, whether numbers return is known where as many had their turn as there
    are shifts at most. Of strangers' numbers that is not asked: those whom a shift calls know it.
    """
    return _too_early(moment, terms, found, _replies(moment, terms, found))


def _too_early(moment: Moment, terms: CallsBack, found: Turnover, replies: Answering) -> np.ndarray:
    tenures = moment.state.tenures
    first = np.full(moment.organisations, moment.seen, np.int32)
    np.minimum.at(first, tenures.organisation, tenures.first)
    known_for = np.minimum(moment.watched_for, moment.seen - first + 1)
    early = (known_for < moment.policy.tenure.use_term) & (found.short_turnovers < terms.lives)
    return early & replies.reachable & (replies.low >= terms.desk)


def _gone(moment: Moment, found: Turnover) -> np.ndarray:
    """By organisation: numbers that did not last, and have been silent for as long as one is that was given up."""
    gone = found.counted & (moment.silent >= moment.policy.tenure.retired_after)
    return np.bincount(moment.state.tenures.organisation[gone], minlength=moment.organisations)


def _replies(moment: Moment, terms: CallsBack, found: Turnover) -> Answering:
    """Whether those are answered who call the numbers that ended; or the other new ones, where too few called those.

    Calls to numbers are kept for about a month, and of one that has been silent for longer none is left.
    """
    ended = answering(moment, terms, found.counted)
    return ended.known_or(answering(moment, terms, found.fresh), terms.calls_answered)
