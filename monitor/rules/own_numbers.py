"""Own numbers: a number for each customer, on which that customer's people call and are called.

Numbers in advertisements, a listing, a ride. They come and go with the customers, and there are more of them than the
calls need; but nobody is kept from recognising who calls. Three things together show it, and each by itself is what a
carousel may have as well:

- several numbers are in use at a time, and those who call them are surely answered
- people call them at least as often as they are called from them: they know the numbers. A number that is only called
  back is called less often than it calls, whoever picks up
- whoever is called again sees the number that they saw before
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.answering import Answering
from monitor.fleet.dispersion import Spread
from monitor.fleet.moment import Moment
from monitor.fleet.recontact import recontact
from monitor.fleet.turnover import Turnover
from monitor.policy import CallsBack
from monitor.tenure import WEEK


def own_numbers(
    moment: Moment,
    terms: CallsBack,
    spread: Spread,
    found: Turnover,
    replies: Answering,
    asked: np.ndarray,
) -> np.ndarray:
    """Whose numbers are their customers' own, of the organisations `asked` (a mask): re-contact costs.

    replies: who answers on the numbers that are shown now.
    """
    asked = asked & replies.reachable & (spread.a_week >= terms.own_numbers)
    if asked.any():
        asked &= _known(moment, found) >= terms.own_called
    if not asked.any():
        return asked
    met = recontact(moment, asked)
    # Whose callers see the same number is known from a sample each night: its bound alone would be a matter of luck.
    return asked & (met.same >= terms.own_seen) & (met.low >= terms.own_seen_surely)


def _known(moment: Moment, found: Turnover) -> np.ndarray:
    """By organisation: the part of the calls from its new numbers that are from those called at least as often as they call.

    Of the calendar weeks for which calls to numbers are kept. By number: one that everybody calls does not speak for others.
    """
    tenures, groups = moment.state.tenures, moment.organisations
    inbound = moment.inbound
    weeks = (moment.day - moment.state.callbacks.since()) // WEEK + 1
    calls = np.sum(list(moment.state.tenures.weeks(moment.day))[-weeks:], axis=0)
    rows = np.flatnonzero(found.fresh & (calls > 0))
    codes, calls = tenures.organisation[rows], calls[rows]
    known, total = (
        np.bincount(codes, calls * part, groups) for part in (inbound[rows] >= calls, np.ones(len(rows)))
    )
    return np.divide(known, total, out=np.zeros(groups), where=total > 0)
