"""Calls that come after their day was closed: what is known then is what is known where they came in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from monitor.book import Book
from monitor.call import CALLS
from monitor.day.coverage import Coverage
from monitor.day.sheet import Sheet
from monitor.day.usage import start_of
from monitor.explain import explain
from monitor.fleet.presence import presence
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.told import Told
from tests.rules.traffic import FIRST_NUMBER, START

NL = Policy.load("nl")


def calls(
    days: Sequence[int],
    many: int = 5,
    *,
    number: int = 1,
    first: int = 0,
    answered: bool = False,
    **said: object,
) -> pl.DataFrame:
    """Calls of acme on some days, so many on each; those with the same places are the same calls."""
    rows = []
    for day in days:
        for place in range(first, first + many):
            at = start_of(START + day) + timedelta(minutes=place)
            rows.append(
                {
                    "id": 2 * (10_000 * day + place) + (said.get("direction") == "inbound") * 2**40,
                    "started_at": at,
                    "answered_at": at if answered else None,
                    "direction": "outbound",
                    "number": FIRST_NUMBER + number,
                    "presentation": "allowed",
                    "person": 10_000 * day + place,
                    "organisation": "acme",
                    "feed": "a",
                }
                | said
            )
    return pl.DataFrame(rows, dict(CALLS), orient="row")


def closed(
    days: int, *parts: pl.DataFrame, late: Sequence[pl.DataFrame] = (), seen: Coverage | None = None
) -> tuple[Book, list[tuple[str, str]]]:
    """A book that closed so many days, of which some parts came at the end of the last but one; and what it told."""
    book, told = Book(Judge(NL), Told(NL)), []
    seen = Coverage.total([Coverage.of(part) for part in (*parts, *late)]) if seen is None else seen
    kept: dict[int, list[Sheet]] = {}
    for day in range(-1, days):
        if day >= 0:
            told += [(alert.kind, alert.status) for alert in book.close(START + day, seen)]
        for part in parts if day < 0 else late if day == days - 2 else ():
            for of, sheet in book.observe(part).sheets.items():
                kept.setdefault(of, []).append(sheet)
    again = Book(Judge(NL), Told(NL))
    again.rebuild(START + days - 1, START, kept, seen)
    assert known(again) == known(book)
    return book, told


def known(book: Book) -> dict[str, object]:
    """What a judgement of acme rests on."""
    moment = book.judge.moment()
    state, tenures = moment.state, moment.state.tenures
    code = state.codes["acme"]
    named = state.ties.of(np.array([code], np.int32))[0].get(code, {})
    numbers = zip(
        *(column.tolist() for column in (tenures.number, tenures.calls, tenures.answered)), strict=True
    )
    return {
        "numbers": sorted(numbers),
        "to them": [counts.tolist() for counts in moment.called],
        "born": sorted(zip(tenures.number.tolist(), moment.born.tolist(), strict=True)),
        "watched": int(state.ties.watched[code]),
        "there": [days.tolist() for days in astuple(presence(state, np.array([code], np.int32)))],
        "lines": named,
        "nearby": state.nearby.total(START - 1).rows(),
    }


def test_a_day_with_calls_is_one_however_late_and_often_calls_of_it_come() -> None:
    """Calls of a day that come five weeks late, in two parts, add to its calls and not to its days."""
    seen = Coverage.of(calls(range(45)))
    late = [calls([5], 2, first=100), calls([5], 2, first=200)]
    days = []
    for parts, then in (([], late), (late, [])):
        book, _ = closed(45, calls(range(45), 3), *parts, late=then, seen=seen)
        days.append(book.judge.moment().state.tenures.days.tolist())
    assert days == [[45], [45]]


def test_what_ended_by_late_calls_is_told_with_them() -> None:
    """An alert that is resolved names the calls that came after their day had been judged, since they may be why."""
    days = range(0, 60)
    hidden = calls(range(40, 60), 2, first=50, presentation="restricted")
    hidden = hidden.with_columns(pl.lit(None, CALLS["number"]).alias("number"))
    shown = calls(days, 5)
    late = calls(range(30, 60), 200, first=100, number=2)
    book, said = Book(Judge(NL), Told(NL)), []
    seen = Coverage.total([Coverage.of(part) for part in (shown, hidden, late)])
    for part in (shown, hidden):
        book.observe(part)
    for day in range(60):
        if day == 56:
            book.observe(late.filter(pl.col("started_at") < start_of(START + day)))
        said += book.close(START + day, seen)
    assert [(alert.status, alert.evidence.late_calls) for alert in said] == [
        ("open", 0),
        ("resolved", 26 * 200),
    ]
    assert "Records of 5,200 calls came in after the day had been judged" in explain(said[1], NL)["en"]


@pytest.mark.parametrize("late", [False, True])
def test_an_answer_counts_whenever_it_is_told(late: bool) -> None:
    """A record that says of a known call that it was answered adds no call, and its answer counts, late as in time."""
    days = range(12)
    first = calls(days), calls(days, direction="inbound")
    then = [calls(days[:11], answered=True), calls(days[:11], answered=True, direction="inbound")]
    book, told = closed(12, *first, *() if late else then, late=then if late else ())
    assert known(book)["numbers"] == [(FIRST_NUMBER + 1, 60, 55)]
    assert known(book)["to them"] == [[60], [55]]
    assert late or told == []


def test_of_two_feeds_either_may_say_first_that_a_call_was_answered() -> None:
    """Which of two feeds that carry the same calls comes first changes nothing."""
    days = range(12)
    first = calls(days)
    each = [
        calls(days, direction="inbound", feed="a"),
        calls(days, answered=True, direction="inbound", feed="b"),
    ]
    assert closed(12, first, *each)[1] == closed(12, first, *each[::-1])[1] == []


def test_there_are_never_more_answers_than_calls() -> None:
    """An answer of a call that another feed gave to somebody else has no call here."""
    days = range(3)
    whose = calls(days, direction="inbound", organisation="other")
    answers = calls(days, answered=True, direction="inbound", feed="b")
    book, _ = closed(3, calls(days), whose, answers)
    assert known(book)["to them"] == [[0], [0]]


def test_the_lines_of_late_calls_are_known() -> None:
    """The accounts through which late calls went are those of the organisation, as much as the others."""
    late = calls([1], 50, first=10, account="2002")
    book, _ = closed(4, calls(range(4), 10, account="1001"), late=[late])
    assert known(book)["lines"] == {"account:1001": 40, "account:2002": 50}


@pytest.mark.parametrize("late", ["", "a", "b"])
def test_a_birth_is_seen_or_not_whichever_feed_comes_late(late: str) -> None:
    """Of the feeds on which a number was first used, the one that was watched for the shortest time tells."""
    before = [calls(range(40)), calls(range(20, 40), first=10, feed="b")]
    new = {feed: calls([40], number=2, first=20 + 10 * at, feed=feed) for at, feed in enumerate("ab")}
    kept = [part for feed, part in new.items() if feed != late]
    book, _ = closed(42, *before, *kept, late=[new[late]] if late else [])
    assert known(book)["born"] == [(FIRST_NUMBER + 1, False), (FIRST_NUMBER + 2, False)]


@pytest.mark.parametrize("late", ["", "a", "b"])
def test_an_organisation_is_new_or_not_whichever_feed_comes_late(late: str) -> None:
    """The same of the first calls of an organisation."""
    before = [calls(range(40), organisation="b"), calls(range(20, 40), first=10, feed="b", organisation="b")]
    new = {feed: calls([40], first=20 + 10 * at, feed=feed) for at, feed in enumerate("ab")}
    kept = [part for feed, part in new.items() if feed != late]
    book, _ = closed(42, *before, *kept, late=[new[late]] if late else [])
    assert known(book)["watched"] == START + 20


def test_a_day_on_which_a_feed_was_seen_is_known_whoever_its_late_calls_are_of() -> None:
    """A feed that was out, and brings calls of those days late and of others: its numbers rested then, as a worker that starts
    again reads it."""
    ours = calls(range(10))
    seen = Coverage.total([Coverage.of(ours), Coverage.of(calls(range(30), organisation="other"))])
    before = Coverage(seen.frame.filter(~(pl.col("day") - START).is_between(12, 18)))
    book, again = Book(Judge(NL), Told(NL)), Book(Judge(NL), Told(NL))
    sheets = {day: [sheet] for day, sheet in book.observe(ours).sheets.items()}
    for day in range(30):
        book.close(START + day, seen if day > 20 else before)
    again.rebuild(START + 29, START, sheets, seen)
    live, rebuilt = book.judge.moment(), again.judge.moment()
    assert live.silent.tolist() == rebuilt.silent.tolist() == [20]


def test_what_was_nearby_of_late_calls_is_known() -> None:
    """Calls to numbers of their own area count whether they came before their day was closed or after."""
    parts = [
        calls([0], 10, first=first, number=200_001 - 650_000_000, local=local)
        for first, local in ((0, True), (10, False))
    ]
    late, _ = closed(2, parts[0], late=parts[1:])
    timely, _ = closed(2, *parts)
    assert known(late)["nearby"] == known(timely)["nearby"] != []


def test_an_organisation_was_there_when_its_late_calls_are() -> None:
    """Whether the calls that make a day one of its life come before that day is closed or after."""
    early, busy = calls(range(20, 30), 20), calls(range(30, 60), 20)
    first, _ = closed(62, busy, late=[early])
    timely, _ = closed(62, early, busy)
    assert (
        known(first)["there"]
        == known(timely)["there"]
        == [[START + 20], [START + 59], [START + 58], [START + 20]]
    )


def test_an_outage_of_months_ends_no_alert() -> None:
    """Of days on which nobody watched nothing is known: what was told before goes on, and is not told again after it."""
    no_number = pl.lit(None, pl.UInt64).alias("number")
    before, after = (
        calls(days, 60, presentation="restricted").with_columns(no_number)
        for days in (range(6), range(76, 79))
    )
    _, told = closed(79, before, after)
    assert told == [("anonymous_calls", "open")]
