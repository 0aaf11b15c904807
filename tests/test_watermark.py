"""How far event time has come, from what the readers of the feeds say."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
import polars as pl
from hypothesis import given

from monitor.day.coverage import Coverage
from monitor.watermark import Reach, Tick, Watermark


def at(*reports: Reach, feeds: tuple[str, ...] | None = None) -> int | None:
    watermark = Watermark()
    watermark.merge(Tick(list(reports)))
    return watermark.at(feeds)


def report(
    partition: int = 0,
    latest: int | None = 10,
    *,
    feed: str = "a",
    of: int = 1,
    idle: bool = False,
    when: int = 0,
    position: int = 1,
) -> Reach:
    return Reach(feed, partition, of, position, latest, idle, when)


def test_nothing_is_known_while_nobody_reports() -> None:
    """Without a report there is no event time."""
    assert at() is None


def test_the_partition_furthest_behind_holds_event_time() -> None:
    """A partition that lags is not overtaken."""
    assert at(report(0, 100, of=2), report(1, 30, of=2)) == 30


def test_a_partition_unheard_of_holds_everything_back() -> None:
    """A partition that nobody has read yet may hold anything."""
    assert at(report(0, 100, of=2)) is None


def test_an_expected_feed_unheard_of_holds_everything_back() -> None:
    """A feed that is configured is waited for."""
    assert at(report(0, 100), feeds=("a", "b")) is None


def test_a_feed_that_is_expected_no_more_holds_nothing_back() -> None:
    """A feed that was taken out of the settings, where nobody reads it, does not stop the judging of the others."""
    gone = report(0, 10, feed="b", of=2, idle=True)
    assert at(report(0, 100), gone, feeds=("a",)) == 100
    assert at(report(0, 100), gone) is None


def test_an_idle_partition_holds_nothing_back() -> None:
    """A partition at its end lets the others go on."""
    assert at(report(0, 100, of=2), report(1, 30, of=2, idle=True)) == 100


def test_an_idle_partition_that_never_had_a_call_holds_nothing_back() -> None:
    """An empty partition lets the others go on."""
    assert at(report(0, 100, of=2), report(1, None, of=2, idle=True)) == 100


def test_a_busy_partition_without_a_call_yet_holds_back() -> None:
    """A partition whose records could not be read so far says nothing of event time."""
    assert at(report(0, 100, of=2), report(1, None, of=2)) is None


def test_an_idle_partition_lets_go_only_what_came_before_it_was_last_looked_at() -> None:
    """A partition whose reader has died may have records by now: what arrived elsewhere since then waits."""
    watermark = Watermark()
    watermark.merge(Tick([report(0, 100, of=2, when=5), report(1, 30, of=2, idle=True, when=6)]))
    assert watermark.at() == 100
    watermark.merge(Tick([report(0, 900, of=2, when=9)]))
    assert watermark.at() == 100
    watermark.merge(Tick([report(1, 30, of=2, idle=True, when=9)]))
    assert watermark.at() == 900


def test_a_front_that_is_forgotten_and_thinned_holds_back_and_never_moves_on() -> None:
    """However long a reader is away, what is remembered stays small, and event time never runs ahead of it."""
    watermark, whole = Watermark(), Watermark()
    for step in range(1, 3000):
        tick = Tick([report(0, 10 * step, of=2, when=step), report(1, 5, of=2, idle=True, when=step // 1000)])
        watermark.merge(tick)
        whole.merge(tick)
        kept = Watermark()
        kept.merge(Tick.decode(watermark.tick().encode()))
        watermark = kept
    assert len(watermark.tick().front) < 300
    assert (watermark.at() or 0) <= whole.at()
    watermark.merge(Tick([report(1, 5, of=2, idle=True, when=3000)]))
    assert watermark.at() == 10 * 2999


def test_when_all_are_idle_time_stands_at_the_latest_call() -> None:
    """Silence moves nothing on."""
    assert at(report(0, 100, of=2, idle=True), report(1, 30, of=2, idle=True)) == 100


def test_a_feed_that_begins_again_further_back_holds_from_there() -> None:
    """A feed that wakes with older calls holds event time back to them."""
    watermark = Watermark()
    watermark.merge(Tick([report(latest=100), Reach("b", 0, 1, 5, 40, True)]))
    assert watermark.at() == 100
    watermark.merge(Tick([Reach("b", 0, 1, 6, 50, False)]))
    assert watermark.at() == 50


reports = st.builds(
    Reach,
    st.sampled_from("ab"),
    st.integers(0, 1),
    st.just(2),
    st.integers(0, 50),
    st.none() | st.integers(0, 100),
    st.booleans(),
    st.integers(0, 20) | st.sampled_from([3_600_000, 7_200_000]),
)


@given(st.lists(reports, max_size=6, unique_by=lambda r: (r.key(), r.position, r.at)))
def test_the_order_of_reports_does_not_matter(said: list[Reach]) -> None:
    """However the reports are ordered and repeated, they say the same."""
    for order in itertools.islice(itertools.permutations(said), 24):
        assert at(*order, *order[:2]) == at(*said)


def test_a_tick_reads_as_it_was_written() -> None:
    """What goes with a slice comes back whole."""
    seen = Coverage(
        pl.DataFrame(
            {
                "feed": ["a", "b"],
                "day": [20000, 20000],
                "hours": [7, 7],
                "called": [6, 0],
                "answered": [4, 0],
            },
            Coverage.SCHEMA,
        )
    )
    tick = Tick([report(latest=None), report(1, 2**53)], seen, [(1, 2), (3, 4)])
    read = Tick.decode(tick.encode())
    assert (read.reports, read.coverage, read.front) == (tick.reports, tick.coverage, tick.front)


def by_feed(*reports: Reach) -> dict[str, int | None]:
    watermark = Watermark()
    watermark.merge(Tick(list(reports)))
    return watermark.by_feed()


def test_a_feed_has_come_as_far_as_its_partition_furthest_behind() -> None:
    """What one partition lacks is not there, however far the others are; another feed is not held by it."""
    seen = by_feed(report(0, 900, of=2), report(1, 30, of=2), report(0, 500, feed="b"))
    assert seen == {"a": 30, "b": 500}


def test_a_feed_of_which_a_partition_is_unheard_of_has_come_nowhere() -> None:
    """Nothing is said of it, while the other feeds are told of."""
    assert by_feed(report(0, 900, of=2), report(0, 500, feed="b")) == {"a": None, "b": 500}


_REPORTS = st.builds(
    report,
    st.integers(0, 1),
    st.none() | st.integers(0, 50),
    feed=st.sampled_from("ab"),
    of=st.just(2),
    idle=st.booleans(),
    when=st.integers(0, 9),
)


@given(st.lists(_REPORTS, min_size=1, max_size=12))
def test_event_time_is_that_of_the_feed_furthest_behind(reports: list[Reach]) -> None:
    """What is said by feed is what days are closed by."""
    found = by_feed(*reports)
    assert at(*reports) == (None if None in found.values() else min(found.values()))


def test_a_topic_may_get_more_partitions() -> None:
    """Whichever report comes first, those that nobody has read yet hold everything back."""
    old, new = Reach("a", 1, 2, 100, 50, False, 1), Reach("a", 0, 4, 200, 80, False, 2)
    assert at(old, new) is at(new, old) is None


#: Milliseconds after which what a reader says stands for itself.
_LATER = 2 * 3_600_000


def test_a_topic_that_was_made_anew_moves_event_time_on() -> None:
    """Though its offsets begin again, a partition of which nothing comes holds nothing back once it is said to be so anew."""
    quiet = report(0, 10, of=2, idle=True, when=1, position=900)
    anew = report(0, None, of=2, idle=True, when=_LATER, position=0)
    other = report(1, 50, of=2, when=_LATER, position=5)
    assert at(quiet, other) == 10
    assert at(quiet, other, anew) == at(anew, other, quiet) == 50


def test_a_reader_that_is_put_out_says_nothing_later_than_the_next() -> None:
    """Their clocks differ: of reports of about the same time the one that is further on is the later."""
    next_one = report(0, 100, idle=True, when=5_000, position=9)
    before = report(0, 90, when=6_000, position=7)
    assert at(next_one, before) == at(before, next_one) == at(next_one)


def test_partitions_that_a_topic_has_no_more_hold_nothing_back() -> None:
    """One that was made anew with fewer is as far as these, once the others have not been told of for a while."""
    old = [report(each, 10, of=3, when=1) for each in range(3)]
    assert at(*old, report(0, 70, of=1, when=2, position=0)) == 10
    assert at(*old, report(0, 70, of=1, when=2 * _LATER, position=0)) == 70


def test_hours_of_before_the_oldest_day_are_not_said_to_be_seen() -> None:
    """Of a day of which no call is counted any more, no feed is said to have been seen."""
    seen = Coverage(pl.DataFrame([("a", 4, 1, 0, 0), ("a", 5, 1, 0, 0)], Coverage.SCHEMA, orient="row"))
    watermark = Watermark()
    watermark.merge(Tick([], seen), oldest=5)
    assert watermark.coverage().frame["day"].to_list() == [5]


def test_the_latest_start_that_was_seen_is_not_forgotten() -> None:
    """A later report that saw an older call, or none, moves event time nowhere."""
    watermark = Watermark()
    for position, latest in ((1, 100), (2, 40), (3, None)):
        watermark.merge(Tick([Reach("a", 0, 1, position, latest, False, position)]))
        assert watermark.at() == 100
