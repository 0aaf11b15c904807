"""Ages: how old the numbers are from which an organisation calls, against how long it has called itself.

Of an organisation that keeps its numbers the two grow together; of one that replaces them its numbers stay young while
it grows old. Of each call of the last week the age of its number on that day is taken, so that numbers count by their calls, and
old ones that are kept for show do not.

- exact: over all calls of that week that showed a number, of which none is sampled; there is no interval
- ages are counted from the first day that was seen, and so are the least that they can be; both alike
- a number that came with a declared event, as a merger or a port, is left out: its tenure carries over
- nothing is known where fewer calls were made than asked for

Cost: a pass over the numbers of each of seven days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.policy import Churn
from monitor.tenure import WEEK


@dataclass(frozen=True, slots=True)
class Ages:
    """By organisation, in days; the first and the last one included."""

    known: np.ndarray  # whether enough calls were made
    numbers: np.ndarray  # of the number of a call of the last week, on average; 0 where not known
    own: np.ndarray  # since its first call

    def exposure(self, code: int) -> dict[str, float]:
        """What a reason says of it."""
        if not self.known[code]:
            return {}
        return {
            "numbers_age_days": float(self.numbers[code]),
            "organisation_age_days": float(self.own[code]),
        }


def ages(moment: Moment, terms: Churn) -> Ages:
    """Measure it at a moment."""
    state, tenures, groups = moment.state, moment.state.tenures, moment.organisations
    total, days = np.zeros(groups), np.zeros(groups)
    for day, called, made in tenures.recent(moment.day - WEEK, moment.day):
        ours = ~moment.brought[called]
        rows, calls = called[ours], made[ours]
        where = tenures.organisation[rows]
        total += np.bincount(where, calls, groups)
        days += np.bincount(where, calls * (day - tenures.first[rows] + 1.0), groups)
    known = total >= terms.age_calls
    return Ages(
        known=known,
        numbers=np.divide(days, total, out=np.zeros(groups), where=known),
        own=moment.day - state.ties.first[:groups].astype(np.int64) + 1,
    )
