"""What a number did while it was in use, and the trickle of calls after it, told apart as far as `tenure.py` keeps them.

It keeps the days with calls and the calls by week of thirteen calendar weeks, and the calls by day of four weeks. So on how
many days a trickle of those weeks called is known. How many calls it made is too, but where it began in the very calendar week
in which the use ended and those days are older than four weeks: then only from the day on from which they are known. What is
not known is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.tenure import WEEK, Tenures


@dataclass(frozen=True, slots=True)
class After:
    """What came after the last use."""

    days: int  # with calls
    calls: int  # from `since` on
    since: int  # the day after the last use, where all its calls are known apart


@dataclass(frozen=True, slots=True)
class Calling:
    """How a number was called from; days are whole UTC days since 1970."""

    first: int  # of the use
    last: int  # of the use
    last_call: int
    calls: int  # in all
    days: int  # with calls, in all
    after: After | None  # None: not known apart

    def told(self) -> dict[str, int]:
        """What is known of the calls after the last use, as evidence has it."""
        if self.after is None:
            return {}
        days, calls = self.after.days, self.after.calls
        if self.after.since == self.last + 1:
            return {"days_with_calls_after_use": days, "calls_after_use": calls}
        wait = self.after.since - self.last
        return {"days_with_calls_after_use": days, "calls_later": calls, "days_to_calls_later": wait}


def calling(moment: Moment, row: int) -> Calling:
    """How the number of a row was called from.

    The days with calls never are more than there were days to call on: of calls that came more than three months late,
    `tenure.py` may count a day twice.
    """
    tenures = moment.state.tenures
    first, last, last_call = int(tenures.first[row]), int(moment.used_until[row]), int(tenures.last[row])
    calls, days = int(tenures.calls[row]), int(tenures.days[row])
    after = _after(tenures, row, moment.day, last) if last_call > last else After(0, 0, last + 1)
    if after is None:
        days = min(days, last_call - first + 1)
    else:
        days = min(days - after.days, last - first + 1) + after.days
    return Calling(first, last, last_call, calls, days, after)


def _after(tenures: Tenures, row: int, day: int, last: int) -> After | None:
    """What came after the last use; None where that ended before the weeks that are kept."""
    begin, used = tenures.used_on(np.asarray([row]), day)
    place = last + 1 - begin
    if place < 0:
        return None
    on, weeks = used[0], tenures.calls_by_week(np.asarray([row]), day)[0].astype(int)
    days, week = int(on[place:].sum()), place // WEEK
    if not on[week * WEEK : place].any():
        return After(days, int(weeks[week:].sum()), last + 1)
    end = (week + 1) * WEEK
    recent = {
        then: int(calls[rows == row].sum()) for then, rows, calls in tenures.recent(last, begin + end - 1)
    }
    split = (np.flatnonzero(on[place:end]) + place + begin).tolist()
    since = max((then + 1 for then in split if then not in recent), default=last + 1)
    calls = int(weeks[week + 1 :].sum()) + sum(calls for then, calls in recent.items() if then >= since)
    return After(days, calls, since)
