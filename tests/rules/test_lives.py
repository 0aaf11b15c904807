"""Lives: what a partition says of organisations, and of whom it need not speak."""

from __future__ import annotations

import numpy as np
import polars as pl

from monitor.book import Book
from monitor.call import CALLS
from monitor.coverage import Coverage
from monitor.judge import Judge
from monitor.lives import NEW, SILENT, WITHOUT, Life
from monitor.policy import Policy
from monitor.told import Told

_POLICY = Policy.load("nl")
_FIRST, _DAY = 20_454, 86_400_000_000


def _said(
    lives: dict[str, tuple[int, int]], until: int, first_number_until: int = 99
) -> dict[str, list[tuple[int, Life]]]:
    """What is said of organisations that call three persons on each day from a first to a last one, by day.

    Each person is called from a number of their own, the first one up to a day only.
    """
    book = Book(Judge(_POLICY), Told(_POLICY))
    days = [(name, day, person) for name, (begin, end) in lives.items() for day in range(begin, end + 1) for person in range(day > first_number_until, 3)]  # fmt: skip
    names, at, persons = zip(*days, strict=True)
    started = (_FIRST + np.array(at)) * _DAY + np.array(persons)
    frame = pl.DataFrame(
        {"id": np.arange(len(days), dtype=np.uint64) << np.uint64(1), "started_at": started, "direction": "outbound",
         "number": 31850000000 + np.array(persons), "presentation": "allowed", "person": np.array(persons) + 1,
         "organisation": names, "trunk": "t", "feed": "f"}
    )  # fmt: skip
    calls = frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in CALLS.items()
    )
    book.observe(calls)
    for day in range(until):
        book.close(_FIRST + day, Coverage.of(calls))
    found: dict[str, list[tuple[int, Life]]] = {name: [] for name in lives}
    for report in book.said:
        for life in report.lives:
            found[life.organisation].append((report.day - _FIRST, life))
    return found


def test_nobody_is_new_where_a_feed_begins() -> None:
    """Who was there from a feed's first days on is told of now and then and without a sample; who begins later, daily with one."""
    said = _said({"old": (0, 60), "early": (WITHOUT - 1, 60), "new": (WITHOUT, 60)}, 50)
    assert all(life.persons is None for name in ("old", "early") for _, life in said[name])
    assert 1 <= len(said["old"]) <= 2
    sampled = [day for day, life in said["new"] if life.persons is not None]
    assert sampled == list(range(WITHOUT, WITHOUT + NEW))
    assert said["new"][0][1].persons == [1, 2, 3]
    assert {since for *_, since in said["new"][0][1].numbers} == {0}
    assert [number for number, *_ in sorted(said["new"][0][1].numbers)] == [
        31850000000,
        31850000001,
        31850000002,
    ]


def test_whoever_falls_silent_is_told_once_with_a_sample() -> None:
    """Also one that was there when the feed began: others may go on for it."""
    said = _said({"ends": (0, 30), "goes on": (0, 60)}, 60)
    assert [day for day, life in said["ends"] if life.persons is not None] == [30 + SILENT]
    assert all(life.feeds == ["f"] and life.coverage == 1 for _, life in said["ends"])


def test_a_number_that_ends_before_its_organisation_is_told_with_the_days_called_since() -> None:
    """Those on which the organisation called without it."""
    said = _said({"sheds": (20, 40)}, 60, first_number_until=30)
    last = [life for _, life in said["sheds"] if life.persons is not None][-1]
    assert {number - 31850000000: since for number, *_, since in last.numbers} == {0: 10, 1: 0, 2: 0}
