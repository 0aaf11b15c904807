"""Kept before: who kept its numbers for months, and gave them up for others.

Such an organisation set up no rota, whose people take turns, and its new numbers are none of jobs, houses or studies: it had
numbers by which it was known, and has them no more.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.fleet.turnover import Turnover
from monitor.policy import CallsBack, Churn

#: It had begun when one part of so many was there of what was replaced before the use term: a number that was tried or lent
#: months before the others is less of a fleet of ten, and a rotation of ten numbers begins with its first.
_PARTS = 10
#: Units of a fleet's share: finer than a call of a fleet that makes a billion, and those of a million organisations add up exactly.
_UNITS = 2**30


def kept_before(moment: Moment, terms: CallsBack, churn: Churn, found: Turnover) -> np.ndarray:
    """Who kept its numbers for months, and then gave them up for others that did not last: these are no turns of a rota.

    Not who still answers on those when they make no calls any more, as an office on the numbers of its projects.
    """
    tenures, groups = moment.state.tenures, moment.organisations
    where, first = tenures.organisation, tenures.first
    began = _began(moment, found)
    given_up = found.gone & ~found.short & ~moment.brought & (tenures.end > moment.seen - churn.window)
    given_up &= (tenures.days >= moment.policy.tenure.called_days) & (
        first <= began[where] - terms.steady_days
    )
    share = np.bincount(where[given_up], found.share[given_up], groups)
    calls, answered = (
        np.bincount(where[found.counted], counts[found.counted], groups)
        for counts in moment.called_after(churn.silent_days)
    )
    low, _ = wilson(answered / np.maximum(calls, 1), calls)
    return (share >= terms.steady_share) & ((calls < terms.calls_answered) | (low < terms.answered))


def _began(moment: Moment, found: Turnover) -> np.ndarray:
    """By organisation: from which day on a part of the numbers that did not last was there. One that is hardly used is no shield."""
    tenures = moment.state.tenures
    rows = np.flatnonzero(found.counted)
    rows = rows[np.lexsort((tenures.first[rows], tenures.organisation[rows]))]
    code = tenures.organisation[rows]
    # In whole units, which add up to the same whatever stands before them: other organisations, or numbers of the same day.
    share = np.rint(found.share[rows] * _UNITS).astype(np.int64)
    total = np.zeros(moment.organisations, np.int64)
    np.add.at(total, code, share)
    upto = np.cumsum(share) - (np.cumsum(total) - total)[code]
    some = _PARTS * upto >= total[code]
    began = np.full(moment.organisations, np.iinfo(np.int32).max, np.int32)
    np.minimum.at(began, code[some], tenures.first[rows][some])
    return began
