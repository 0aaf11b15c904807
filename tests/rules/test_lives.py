"""Lives: what a partition says of organisations, and of whom it need not speak."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import zstandard

from monitor.across.lives import NEW, PIECE, SILENT, WITHOUT, Life, Report
from monitor.across.pools import Pool
from monitor.across.registry import Registry
from monitor.book import Book
from monitor.call import CALLS
from monitor.day.coverage import Coverage
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.remembered.ties import LINES
from monitor.rules.kinship import main_lines
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
    """Who was there from a feed's first days on is told of now and then, and of its persons alone; who begins later, daily with a sample."""
    said = _said({"old": (0, 60), "early": (WITHOUT - 1, 60), "new": (WITHOUT, 60)}, 50)
    assert all(life.numbers is None for name in ("old", "early") for _, life in said[name])
    assert 1 <= len(said["old"]) <= 2
    assert all(life.persons == [1, 2, 3] for name in ("old", "early") for _, life in said[name])
    sampled = [day for day, life in said["new"] if life.numbers is not None]
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
    assert [day for day, life in said["ends"] if life.numbers is not None] == [30 + SILENT]
    assert all(life.feeds == ["f"] and life.coverage == 1 for _, life in said["ends"])


def test_a_number_that_ends_before_its_organisation_is_told_with_the_days_called_since() -> None:
    """Those on which the organisation called without it."""
    said = _said({"sheds": (20, 40)}, 60, first_number_until=30)
    last = [life for _, life in said["sheds"] if life.numbers is not None][-1]
    assert {number - 31850000000: since for number, *_, since in last.numbers} == {0: 10, 1: 0, 2: 0}


def _with_lines(organisations: dict[str, dict[str, int]]) -> list[Report]:
    """What is said in a month of organisations that make so many calls on each of their accounts, all on one day."""
    accounts = [(name, account) for name, calls in organisations.items() for account, n in calls.items() for _ in range(n)]  # fmt: skip
    at = (_FIRST + 9) * _DAY + np.arange(len(accounts))
    frame = pl.DataFrame(accounts, ["organisation", "account"], orient="row").with_columns(
        started_at=at, id=pl.Series(at << 1, dtype=pl.UInt64), number=31850000000, person=1, direction=pl.lit("outbound"),
        presentation=pl.lit("allowed"), trunk=pl.lit("t"), feed=pl.lit("f"),
    )  # fmt: skip
    calls = frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in CALLS.items()
    )
    book = Book(Judge(_POLICY), Told(_POLICY))
    book.observe(calls)
    for day in range(38):
        book.close(_FIRST + day, Coverage.of(calls))
    return book.said


@pytest.mark.wide
def test_an_organisation_with_very_many_accounts_fits_into_what_a_broker_takes() -> None:
    """Of its lines those with most calls are told; which of them carried most of its calls is told as if all were."""
    chance = random.Random(1)
    small = {f"{chance.getrandbits(256):064x}": 1 for _ in range(30_000)}
    said = _with_lines({"telco": small, "led": small | {"main": 31_000}, "few": {"a": 2, "b": 1}})
    assert max(len(report.encode()) for report in said) < 1_000_000 / 4
    lives = {life.organisation: life for report in said for life in report.lives}
    assert main_lines(lives["telco"]) == {"trunk:t"}
    assert main_lines(lives["led"]) == {"trunk:t", "account:main"}
    assert len(lives["led"].lines) == LINES + 1
    assert sum(lives["led"].lines.values()) + lives["led"].others["account"] == 2 * 61_000
    assert lives["few"].lines == {"account:a": 2, "account:b": 1, "trunk:t": 3}
    assert lives["few"].others == {}


def test_a_report_is_cut_where_it_would_be_too_large() -> None:
    """By its size, however long the names are, and in an order that does not change."""
    chance = random.Random(1)
    organisations = {
        f"org{n:02}": {f"{chance.getrandbits(3_000):0750x}": 1 for _ in range(60)} for n in range(80)
    }
    said = [report for report in _with_lines(organisations) if report.day == _FIRST + 9 + SILENT]
    assert [report.piece for report in said] == list(range(len(said)))
    assert [report.whole for report in said] == [False] * (len(said) - 1) + [True]
    assert [life.organisation for report in said for life in report.lives] == sorted(organisations)
    assert 3 <= len(said) <= 8
    assert max(len(report.encode()) for report in said) < PIECE


def test_a_report_of_the_version_before_names_no_persons_of_who_goes_on() -> None:
    """So nothing is known of whom they call. That version took whoever is told with persons for told with numbers, and can't read this."""
    life = Life("a", 1, 0, 9, 5, {}, feeds=["f"])
    row = [getattr(life, name) for name in Life.__slots__]
    old = Report.decode(zstandard.compress(json.dumps([5, 0, 9, 0, True, [row], []]).encode()))
    assert old.lives == [life]
    registry = Registry(_POLICY)
    registry.restore([old, replace(old, day=10)])
    assert (registry.closed, registry.known["a"]) == (10, life)
    assert json.loads(zstandard.decompress(old.encode()))[0] > 5


def test_a_report_of_a_version_before_that_names_all_lines() -> None:
    """And so has no calls on others; one of this version comes back as it was."""
    row = ["a", 1, 0, 9, 5, {"trunk:t": 5}, None, None, 0, ["f"], 1.0, 0, 0]
    pool = {
        "organisation": "a", "numbers": [], "upto": 5, "calls": 6, "size": 1, "bureaus": [], "feeds": ["f"], "coverage": 1.0,
        "reason": None,
    }  # fmt: skip
    old = Report.decode(zstandard.compress(json.dumps([4, 0, 9, 0, True, [row], [pool]]).encode()))
    assert old.lives == [Life("a", 1, 0, 9, 5, {"trunk:t": 5}, feeds=["f"])]
    assert old.pools == [Pool("a", [], 5, 6, 1, [], ["f"], 1.0, None)]
    report = Report(0, 9, lives=[Life("a", 1, 0, 9, 5, {"account:x": 5}, others={"account": 3})])
    assert Report.decode(report.encode()) == report
