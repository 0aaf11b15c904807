"""Calls to numbers: what counts of them depends on the calls of each day, not on how or when they came."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from monitor.callbacks import WEEKS, Callbacks
from monitor.coverage import Coverage
from monitor.fleet.moment import Moment
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.sheet import Sheet
from tests.laws.test_late import calls
from tests.rules.traffic import FIRST_NUMBER, START

NL = Policy.load("nl")
_DAYS = 9
#: Day, calls, and of these the answered ones: of one number.
_PARTS = st.lists(
    st.tuples(st.integers(0, _DAYS - 1), st.integers(1, 9), st.integers(0, 9), st.booleans()), max_size=12
)


def _judge(parts: list[tuple[int, int, int, bool]]) -> Judge:
    """A judge that folded some days, with parts (day, calls, answered, late) of calls to a number."""
    judge = Judge(NL)
    sheets: list[tuple[int, bool, Sheet]] = [
        (day, False, sheet) for day, sheet in Sheet.by_day(calls(range(_DAYS))).items()
    ]
    for place, (day, many, answered, late) in enumerate(parts):
        for picked, size in ((True, min(answered, many)), (False, many - min(answered, many))):
            if size:
                first = 100 * place + 10 * picked
                part = calls([day], size, first=first, answered=picked, direction="inbound")
                sheets += [(day, late, sheet) for day, sheet in Sheet.by_day(part).items()]
    nothing = Coverage.empty().frame
    for at in range(_DAYS):
        ours = [sheet for day, late, sheet in sheets if day == START + at and not late]
        usage, contacts, links, nearby = (part.frame for part in Sheet.total(ours))
        judge.fold(START + at, usage, contacts, links, nothing, nearby)
    for _, late, sheet in sheets:
        if late:
            judge.amend(*(part.frame for part in sheet))
    return judge


@given(parts=_PARTS, a_day=st.integers(1, 12), data=st.data())
def test_of_a_day_as_many_count_whenever_they_come(parts: list, a_day: int, data: st.DataObject) -> None:
    """In whatever parts and order, in time or late: of a day so many calls count, answered in the day's share, to the last bit."""
    moment = _judge(parts).moment()
    other = data.draw(st.permutations([(*part, data.draw(st.booleans())) for *part, _ in parts]))
    again = _judge(other).moment()
    days: dict[int, list[int]] = {}
    for day, many, answered, _ in parts:
        counted = days.setdefault(day, [0, 0])
        counted[0] += many
        counted[1] += min(answered, many)
    wanted, picked = 0, 0.0
    for _, (many, answered) in sorted(days.items()):
        wanted += min(many, a_day)
        picked += min(many, a_day) * answered / many
    assert _plain(moment, a_day) == _plain(again, a_day) == ([wanted], [picked])
    assert moment.called_days.tolist() == moment.called_days_together.tolist() == [len(days)]


def _plain(moment: Moment, a_day: int) -> tuple[list, list]:
    assert moment.state.tenures.number.tolist() == [FIRST_NUMBER + 1]
    return tuple(counts.tolist() for counts in moment.called_at_most(a_day))


def test_calls_back_of_the_first_week_that_is_kept_count_when_they_come_late() -> None:
    """Each of the weeks that are kept takes what comes late; the one before takes nothing."""
    callbacks = Callbacks()
    day = 7 * 3000
    callbacks.advance(day)
    rows = pl.DataFrame([(0, 1, 2, 1)], Callbacks.SCHEMA, orient="row")
    callbacks.add(day - 7 * WEEKS, rows)
    callbacks.add(day - 7 * WEEKS - 1, rows)
    assert callbacks.total().rows() == [(0, 1, 2, 1)]
    assert callbacks.since() == day - 7 * WEEKS
