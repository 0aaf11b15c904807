"""Calls to numbers: what counts of them depends on the calls of each day, not on how or when they came."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.book import Book
from monitor.day.coverage import Coverage
from monitor.day.sheet import Sheet
from monitor.fleet.answers import Answers
from monitor.fleet.moment import Moment
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.remembered.callbacks import WEEKS, Callbacks
from monitor.told import Told
from monitor.watermark import Tick, Watermark
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


@settings(max_examples=40)
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
    assert moment.called_days.tolist() == moment.called_days_of(np.ones(1, bool)).tolist() == [len(days)]
    assert moment.called_days_of(np.zeros(1, bool)).tolist() == [0]


def _plain(moment: Moment, a_day: int) -> tuple[list, list]:
    assert moment.state.tenures.number.tolist() == [FIRST_NUMBER + 1]
    return tuple(counts.tolist() for counts in moment.called_at_most(a_day))


def test_calls_back_of_the_first_week_that_is_kept_count_when_they_come_late() -> None:
    """Each of the weeks that are kept takes what comes late; the one before takes nothing."""
    callbacks = Callbacks()
    day = 7 * 3000
    callbacks.advance(day)
    rows = pl.DataFrame([(0, 1, 0, 2, 1)], Callbacks.SCHEMA, orient="row")
    callbacks.add(day - 7 * WEEKS, rows)
    callbacks.add(day - 7 * WEEKS - 1, rows)
    assert callbacks.days().rows() == [(0, 1, 2, 1, day - 7 * WEEKS)]
    assert callbacks.since() == day - 7 * WEEKS


_MASKS = st.integers(0, 2**24 - 1)
_HOURS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 120), _MASKS, _MASKS), max_size=60)


def _seen(rows: list[tuple[str, int, int, int]]) -> Coverage:
    """Coverage with (feed, day, called, answered) of each row."""
    whole = [(feed, day, called, called, called & answered) for feed, day, called, answered in rows]
    return Coverage.total([Coverage(pl.DataFrame(whole, Coverage.SCHEMA, orient="row"))])


@pytest.mark.wide
@settings(max_examples=25)
@given(rows=_HOURS, data=st.data())
def test_which_days_are_lost_depends_on_no_order(rows: list, data: st.DataObject) -> None:
    """However the hours are dealt over what is told, repeated, or told day by day: the same days are lost."""
    rows += [("a", day, 2**14 - 1, 0 if day % 9 > 6 else 2**12 - 1) for day in range(60, 120)]
    at = [Answers() for _ in range(3)]
    at[0].see(_seen(rows).frame)
    for row in data.draw(st.permutations(rows + rows[::3])):
        at[1].see(_seen([row]).frame)
    for day in range(121):
        at[2].see(_seen(rows).frame.filter(pl.col("day") == day))
        last = at[2].lost(day)
    wanted = {space: sorted(days) for space, days in at[0].lost(120).items()}
    assert wanted[at[0].code("a")]
    for other, lost in ((at[1], at[1].lost(120)), (at[2], last)):
        assert {
            at[0].code("ab"[other.code("b") == space]): sorted(days) for space, days in lost.items()
        } == wanted


def _book(parts: list[pl.DataFrame], seen: Coverage, spaces: dict[str, str] | None = None) -> Book:
    """A book that closed 60 days of acme's calls, of which those of the last parts came late."""
    book = Book(Judge(NL, None, spaces), Told(NL))
    for part in parts[:2]:
        book.observe(part)
    for day in range(60):
        book.close(START + day, seen)
        if day == 58:
            for part in parts[2:]:
                book.observe(part)
    return book


def _hourly(
    days: range, answered: bool, feed: str = "a", organisation: str = "acme", first: int = 0
) -> pl.DataFrame:
    """Calls to a number in twenty hours of each day."""
    frame = calls(
        days, 20, first=first, answered=answered, direction="inbound", feed=feed, organisation=organisation
    )
    hours = timedelta(hours=1) * (pl.col("started_at").dt.minute() - first)
    return frame.with_columns(started_at=pl.col("started_at").dt.truncate("1d") + hours)


@pytest.mark.wide
@pytest.mark.parametrize("late", [False, True])
def test_what_another_partition_saw_of_a_feed_counts_here(late: bool) -> None:
    """A day on which nobody answered anywhere is lost, all where nobody ever did, and one on which others did is not; late calls tell it too."""
    ours = [calls(range(60), answered=True), _hourly(range(60), False)]
    others = _hourly(range(40), True, organisation="others", first=30)
    more = _hourly(range(59), True, organisation="others", first=30)
    alone = Coverage.of(ours[1])
    assert _book(ours, alone).judge.moment().called[0].tolist() == [0]
    lost = Coverage.total([alone, Coverage.of(others)])
    assert _book(ours, lost).judge.moment().called[0].tolist() == [20 * 9]
    assert _book(ours, lost).judge.moment().inbound.tolist() == [20 * 29]
    if late:  # what makes the days known again is told after they were closed
        book = _book(ours, lost)
        book.close(START + 60, Coverage.total([lost, Coverage.of(more)]))
        again = Book(Judge(NL), Told(NL))
        for part in ours:
            again.observe(part)
        for day in range(61):
            again.close(START + day, Coverage.total([lost, Coverage.of(more)]))
        assert book.judge.moment().called[0].tolist() == again.judge.moment().called[0].tolist()
        assert again.judge.moment().called[0].sum() > 20 * 9


@pytest.mark.wide
def test_who_watches_a_feed_is_told_of_its_lost_days() -> None:
    """As many as are still looked back at; of a feed that was never called on there are none."""
    ours = [calls(range(60), answered=True), _hourly(range(60), False)]
    lost = Coverage.total(
        [Coverage.of(ours[1]), Coverage.of(_hourly(range(40), True, organisation="others", first=30))]
    )
    assert Judge(NL).unanswered(["a"]) == {"a": 0}
    assert _book(ours, Coverage.of(ours[1])).judge.unanswered(["a"]) == {"a": 29}
    week = Coverage.of(_hourly(range(53, 60), False))
    assert _book(ours, week).judge.unanswered(["a"]) == {"a": 0}  # of a new feed it is not known yet
    assert _book(ours, lost).judge.unanswered(["a", "b"]) == {"a": 20, "b": 0}


@pytest.mark.parametrize("order", [1, -1])
def test_feeds_of_one_id_space_lose_a_day_together(order: int) -> None:
    """Of two feeds that say the same calls, of which one loses the answers, either may come first."""
    both = [_hourly(range(60), True, feed="a"), _hourly(range(60), False, feed="b")]
    shown = _hourly(range(30), True, feed="b", organisation="others", first=30)
    seen = Coverage.total([Coverage.of(part) for part in (*both, shown)])
    book = Book(Judge(NL, None, {"a": "s", "b": "s"}), Told(NL))
    for part in (calls(range(60)), *both[::order]):
        book.observe(part)
    for day in range(60):
        book.close(START + day, seen)
    assert [counts.tolist() for counts in book.judge.moment().called] == [[20 * 29], [20 * 29]]


@pytest.mark.wide
def test_partitions_that_see_a_part_each_tell_what_a_replay_tells() -> None:
    """Who answers nobody is told of, and who does but for the days that its feed lost is not, whoever is judged beside them."""
    parts = {
        "fine": [(range(15), True), (range(15, 47), False), (range(47, 60), True)],
        "deaf": [(range(60), False)],
        "others": [(range(15), True), (range(15, 47), False), (range(47, 60), True)],
    }
    batches = [
        pl.concat(
            [
                calls(days, first=100 * at, organisation=who, answered=True),
                _hourly(days, answered, organisation=who, first=20 * at),
            ]
        )
        for at, (who, said) in enumerate(parts.items())
        for days, answered in said
    ]

    def told(whose: set[str], seen: Coverage) -> set[tuple]:
        book = Book(Judge(NL), Told(NL))
        for batch in batches:
            book.observe(batch.filter(pl.col("organisation").is_in(whose)))
        alerts = [alert for day in range(60) for alert in book.close(START + day, seen)]
        return {(a.organisation, a.kind, a.status, a.as_of, str(a.reasons)) for a in alerts}

    watermark = Watermark()
    for batch in (*batches[::-1], *batches[::2]):
        watermark.merge(Tick.decode(Tick(coverage=Coverage.of(batch)).encode()))
    kept = Watermark()
    kept.merge(Tick.decode(watermark.tick().encode()))
    replayed = told(set(parts), Coverage.total(Coverage.of(batch) for batch in batches))
    assert {(who, status) for who, _, status, *_ in replayed} == {("deaf", "open")}
    assert set().union(*(told({who}, kept.coverage()) for who in parts)) == replayed
    heard = told({"fine"}, Coverage.of(_hourly(range(60), True, organisation="others")))
    assert {who for who, *_ in heard} == {"fine"}  # were others heard on those days, it would be told of
