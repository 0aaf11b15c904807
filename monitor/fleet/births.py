"""Births: which numbers are new, and which may only have been out of sight.

A number that is first seen soon after its feed may have been in use for years. It is new when its feed
had been seen for long enough without it (`Churn.birth`), or for some days in which it would have made
several calls at its own pace: of a number that makes ten calls a day, three days without one say more
than a month does of a desk that calls now and then.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.moment import Moment
from monitor.policy import Churn


def fresh(moment: Moment, terms: Churn) -> np.ndarray:
    """Which numbers are new in the measures of churn (a mask).

    Its pace is taken two standard errors low: the busiest of many is busy by chance too.
    """
    state, tenures = moment.state, moment.state.tenures
    new = moment.born_after(terms.birth)
    rows = np.flatnonzero(moment.born_after(moment.policy.tenure.weekend) & ~new)
    if len(rows):
        organisation, first = tenures.organisation[rows], tenures.first[rows]
        calls = tenures.calls[rows].astype(np.float64)
        life = state.volume.between(organisation, first - 1, tenures.end[rows]).astype(np.float64)
        before = state.volume.between(organisation, tenures.watched[rows] - 1, first - 1)
        pace = np.maximum(calls - 2 * np.sqrt(calls), 0) / np.maximum(life, 1)
        new[rows] = pace * before >= moment.policy.tenure.expected_calls
    return new
