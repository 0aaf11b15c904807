"""Since when a feed is watched: what everything that rests on beginnings rests on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest
from hypothesis import given

from monitor.alert import Alert, data
from monitor.feed import Feed
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.remembered.history import History
from monitor.replay import Replay
from monitor.simulate import Scenario, simulate
from monitor.simulate.writers import by_feed
from monitor.tenure import Tenures


@pytest.mark.parametrize(
    ("days", "first"),
    [
        ([100], 100),
        ([100, 101, 107], 100),
        (range(100, 110), 100),
        ([3, *range(100, 110)], 100),  # a wrong date
        ([3, 4, 5, *range(100, 110)], 100),  # a trial
        ([3, *range(100, 104)], 100),  # the same, early on
        ([*range(100, 110), *range(150, 160)], 100),  # a feed that was out
        ([*range(100, 110), 900], 100),
        ([*range(0, 200, 20)], 0),  # seldom, but all along
    ],
)
def test_a_history_begins_with_its_first_stretch(days: Iterable[int], first: int) -> None:
    """A few days long before the others are no history, in whatever order the days come."""
    days = list(days)
    for order in (days, days[::-1], sorted(days, key=lambda day: day % 7)):
        history = History()
        for day in order:
            history.see("feed", day)
        assert history.first(np.array([0])).tolist() == [first]


@given(
    st.lists(
        st.tuples(st.just("see"), st.sampled_from("abc"), st.integers(0, 12))
        | st.tuples(st.just("ask"), st.integers(1, 7), st.integers(0, 12)),
        max_size=30,
    )
)
def test_days_on_which_feeds_were_seen_are_counted_as_they_are_known(steps: list[tuple]) -> None:
    """Whatever was asked before: a day that is seen later counts, and so does a set of feeds that is new."""
    history, seen = History(), set()
    codes: dict[str, int] = {}
    for kind, what, day in steps:
        if kind == "see":
            codes[what] = history.see(what, day)
            seen.add((codes[what], day))
        else:
            found = history.covered(np.array([history.pattern(what)]), 2, day)
            assert found.tolist() == [len({on for code, on in seen if what >> code & 1 and 2 < on <= day})]


def _silent_for(days: Iterable[int], after: int, until: int) -> int:
    """Days that count as seen of a feed that was seen on some."""
    history = History()
    for day in days:
        code = history.see("feed", day)
    return int(history.covered(np.array([history.pattern(1 << code)]), after, until)[0])


#: Ten weeks on whose last two days nobody calls.
_OFFICE = [day for day in range(70) if day % 7 < 5]


def test_a_weekend_on_which_a_feed_always_rests_is_no_outage() -> None:
    """Once it was at rest on two weekends before, so a number is as long silent as the calendar says."""
    assert _silent_for(_OFFICE, 34, 64) == 30
    assert _silent_for(_OFFICE, 0, 18) == 14
    assert [day for day in range(70) if _silent_for(_OFFICE, day - 1, day) == 0] == [5, 6, 12, 13]


@pytest.mark.parametrize("out", [range(35, 42), range(37, 65), range(30, 31)])
def test_an_outage_is_no_rest(out: range) -> None:
    """Days on which a feed used to be seen do not count, nor, of a long outage, weekends after the first."""
    seen = [day for day in _OFFICE if day not in out]
    missed = {day for day in out if _silent_for(seen, day - 1, day) == 0}
    assert missed >= {day for day in out if day % 7 < 5 or day > out.start + 4}


def test_sets_of_feeds_are_looked_at_once() -> None:
    """Sixteen feeds may make tens of thousands of sets; each is told apart, and asked about again at no cost."""
    history, tenures = History(), Tenures(0.1, 0.5)
    for feed in range(16):
        history.see(f"f{feed}", feed)
    patterns = [history.pattern(mask) for mask in range(1, 40_000)]
    one = np.array([1], np.uint64)
    tenures.rows(np.zeros(1, np.int32), one, one)
    tenures.pattern[0] = patterns[-1]
    assert history.covered(tenures.pattern, -1, 20).tolist() == [(39_999).bit_count()]
    totals = history._totals
    history.see("f0", 0)
    history.covered(tenures.pattern, -1, 20)
    assert history._totals is totals


@pytest.mark.wide
def test_one_record_with_a_wrong_date_changes_no_verdict() -> None:
    """By its date a feed would have been watched for years, and every number in it be new and soon gone."""
    simulation = simulate(Scenario.load("small"), 1, days=60)
    calls = [
        (name, frame.drop("feed"))
        for chunk in simulation.chunks(timedelta(days=5))
        for name, frame in by_feed(chunk).items()
    ]
    feed, frame = calls[0]
    wrong = frame.head(1).with_columns(
        pl.lit("wrong").alias("call_id"),
        pl.lit(datetime(2024, 1, 1, tzinfo=UTC)).alias("started_at"),
        pl.lit("nobody").alias("organisation"),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("answered_at"),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("ended_at"),
    )
    told = _told(calls)
    assert told
    assert _told([*calls, (feed, wrong)]) == told


@pytest.mark.wide
def test_whichever_of_two_feeds_of_the_same_calls_came_first_says_nothing() -> None:
    """A topic that was added as a copy of another one, which its records sometimes overtake, changes no verdict."""
    calls = pl.concat(simulate(Scenario.load("small"), 4, days=40).chunks()).drop("feed")
    late = calls.filter(pl.col("started_at") > calls["started_at"].min() + timedelta(days=10))
    orders = [("alfa", calls), ("bravo", late)], [("bravo", late), ("alfa", calls)]
    first, second = ([data(alert) for alert in _alerts(order, id_space="one")] for order in orders)
    assert first == second
    assert first[-1]["evidence"]["feeds"] == ["alfa", "bravo"]


def _told(calls: Iterable[tuple[str, pl.DataFrame]]) -> list[tuple]:
    return [
        (alert.id, alert.sequence, alert.status) for alert in _alerts(calls) if alert.organisation != "nobody"
    ]


def _alerts(calls: Iterable[tuple[str, pl.DataFrame]], **more: str) -> list[Alert]:
    """What a replay tells. more: settings of each feed."""
    policy = Policy.load("nl")
    feeds = {name: Feed(name=name, **more) for name, _ in calls}
    replay = Replay(feeds, policy, Pseudonyms(bytes(32), "1"), now=datetime(2030, 1, 1, tzinfo=UTC))
    for name, frame in calls:
        replay.add(name, frame)
    return replay.finish().alerts
