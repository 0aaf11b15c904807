"""Days of the week: what a number makes of its organisation's calls on some of them only.

An office calls from Monday to Friday, and on Saturday hardly; another desk of the same organisation calls every day. On a
Sunday the office's numbers have been silent for two days on which the organisation called, and nothing has become of them.
What a number would have made in the last few days is therefore asked of the same days of the weeks before.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.moment import Moment
from monitor.tenure import RECENT, WEEK

#: Whole weeks before the last seven days of which the calls of single days are kept.
_WEEKS = RECENT // WEEK - 1


def part_on_such_days(moment: Moment, rows: np.ndarray, average: np.ndarray) -> np.ndarray:
    """For each number, what it would have made since its end by days of the week, over what it would have by its average.

    rows: numbers that ended in the last seven days. average: calls a call of the organisation's. 1 at the most, and for
    numbers that were in use for less than a week, of whose days of the week nothing is known.
    """
    tenures, seen, volume = moment.state.tenures, moment.seen, moment.state.volume
    some = np.flatnonzero(tenures.end[rows] - tenures.first[rows] >= WEEK)
    part = np.ones(len(rows))
    if not len(some):
        return part
    those = rows[some]
    who, first, end = tenures.organisation[those], tenures.first[those], tenures.end[those]
    place = np.full(tenures.size, -1, np.int32)
    place[those] = np.arange(len(those))
    made, theirs = np.zeros((len(those), WEEK)), np.zeros((len(those), WEEK))
    for day, called, calls in tenures.recent(seen - RECENT, seen - WEEK):
        ours = place[called] >= 0
        made[place[called[ours]], (seen - day) % WEEK] += calls[ours]
    due, plain = np.zeros(len(those)), np.zeros(len(those))
    for ago in range(WEEK):
        for week in range(1, _WEEKS + 1):
            day = seen - ago - week * WEEK
            theirs[:, ago] += (first <= day) * volume.between(who, day - 1, day)
        now = (end < seen - ago) * volume.between(who, seen - ago - 1, seen - ago)
        # On a day of the week on which the organisation did not call before, nothing is known.
        share = np.where(theirs[:, ago] > 0, made[:, ago] / np.maximum(theirs[:, ago], 1), average[some])
        due += share * now
        plain += average[some] * now
    part[some] = np.minimum(np.divide(due, plain, out=np.ones(len(those)), where=plain > 0), 1)
    return part
