"""Staying: whether the numbers that an organisation shows now are those that it showed a month or two ago.

Where numbers rest for as long as a quarter of a year and come back, none is given up, and none is new: but people
never see the same one for long. The share of the last week's calls that come from numbers which called in the fifth to ninth
calendar week before tells that, whatever became of the others meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.policy import Churn

#: The calendar weeks that are looked back at, from the current one: longer than holidays, shorter than a rest of a season. No term of
#: the policy: of thirteen that are kept, so many of either kind are left.
_EARLIER = slice(-9, -4)


@dataclass(frozen=True, slots=True)
class Staying:
    """By organisation."""

    share: np.ndarray  # 1 where one hardly called then, or does not now
    calls: np.ndarray  # of the last week, of which it is the share


def staying(moment: Moment, terms: Churn) -> Staying:
    """Measure it at a moment. Cost: a pass over the numbers' weeks."""
    tenures, groups = moment.state.tenures, moment.organisations
    earlier = np.sum(list(tenures.weeks(moment.day))[_EARLIER], axis=0)
    then = np.bincount(tenures.organisation, earlier, groups)
    now = np.bincount(tenures.organisation, tenures.week, groups)
    stayed = np.bincount(tenures.organisation, tenures.week * (earlier > 0), groups)
    known = (then >= terms.stayed_calls) & (now > 0)
    return Staying(np.divide(stayed, now, out=np.ones(groups), where=known), now)
