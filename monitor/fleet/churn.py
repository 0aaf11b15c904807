"""Churn: the share of an organisation's numbers that survive the use term.

Judged with hindsight: a number that is silent for a day may be gone or not, so survival is measured
as of the last day from which the organisation has called on `silent_days` days since. Numbers are
weighted by their calls a day of use, so that idle decoys do not speak for the busy ones.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import Curve, kaplan_meier
from monitor.fleet.turnover import Turnover
from monitor.policy import Churn

#: Days looked back for the last ones on which an organisation called; after a longer rest, nothing
#: is known of numbers that were in use before it. No term of the policy: it bounds the work.
_REST = 35


def survival(
    moment: Moment, terms: Churn, found: Turnover, weighted: bool = True, among: np.ndarray | None = None
) -> Curve:
    """The survival curve of each organisation from the births of the window, up to the use term.

    among: a mask of organisations; of the others nothing is known.
    """
    tenures = moment.state.tenures
    horizon = hindsight(moment, terms.silent_days)[tenures.organisation]
    start = moment.seen - terms.window
    chosen = found.fresh & (tenures.first <= horizon) & (tenures.end > start) & ~found.past
    if among is not None:
        chosen &= among[tenures.organisation]
    group, first, end = (x[chosen] for x in (tenures.organisation, tenures.first, tenures.end))
    # What ended before the horizon ended for good or rests; what didn't was in use at the horizon.
    until = np.minimum(end, horizon[chosen])
    weight = tenures.calls[chosen] / np.maximum(tenures.days[chosen], 1) if weighted else None
    ended = found.gone[chosen] & (end <= horizon[chosen])
    return kaplan_meier(
        group,
        moment.organisations,
        until - first + 1 + np.where(ended, moment.unseen[chosen], 0),
        ended,
        moment.policy.tenure.use_term,
        np.maximum(start - first + 1, 0),
        weight,
    )


def hindsight(moment: Moment, days: int) -> np.ndarray:
    """The last day of each organisation since which it has called on so many days."""
    last = np.full(moment.organisations, moment.seen, np.int32)
    everybody = slice(0, moment.organisations)
    for back in range(1, _REST + 1):
        called = moment.state.active.between(everybody, moment.seen - back, moment.seen)
        last[called < days] = moment.seen - back - 1
    return last
