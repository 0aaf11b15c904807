"""Presence: from when until when an organisation is taken to have been there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from monitor.fleet.presence import presence
from monitor.judge import Judge
from monitor.policy import Policy
from tests.rules.traffic import START, Traffic

_POLICY = Policy.load("nl")


def there(
    calls: dict[int, int], until: int, feeds: dict[int, str] | None = None, watched: Iterable[int] = ()
) -> tuple[int, ...]:
    """The first day, the last, the last but one and since when that was watched, of so many calls by day, and on which feeds."""
    traffic = Traffic()
    traffic.watch(range(until + 1))
    traffic.watch(watched, "other")
    for day, many in calls.items():
        traffic.call(day, "acme", 1, many, (feeds or {}).get(day, "feed"))
    judge = Judge(_POLICY)
    for day in range(until + 1):
        judge.fold(START + day, *traffic.frames(day))
    state = judge.moment().state
    found = presence(state, np.array([state.codes["acme"]], np.int32))
    return tuple(int(days[0]) - START for days in (found.first, found.last, found.before, found.watched))


def test_a_call_now_and_then_is_no_life() -> None:
    """Neither before it began, nor after it ended; also where it came in its first or last week."""
    lived = dict.fromkeys(range(40, 81), 60)
    stray = dict.fromkeys([5, 19, 33, 38, 83, 97, 111], 1)
    assert there(lived | stray, 120) == there(lived, 120) == (40, 80, 79, 0)


def test_whatever_is_said_first_it_has_begun_when_it_calls_in_earnest() -> None:
    """As far as can be known then: a single call is all that there is."""
    assert there({20: 1}, 20)[:2] == (20, 20)
    assert there({20: 1, 30: 60}, 30)[:2] == (30, 30)


@pytest.mark.parametrize(("many", "last"), [(2, 60), (3, 100)])
def test_who_goes_on_at_a_low_pace_has_not_ended(many: int, last: int) -> None:
    """Three calls a day are one, whatever it made before; two, a fiftieth, are none of one that made a hundred."""
    assert there(dict.fromkeys(range(30, 61), 100) | dict.fromkeys(range(61, 101), many), 100)[1] == last


def test_one_that_makes_few_calls_is_there_by_few() -> None:
    """A call every other day, or three on one day of a week."""
    assert there(dict.fromkeys(range(30, 100, 2), 1), 100)[:2] == (30, 98)
    assert there(dict.fromkeys(range(30, 100, 7), 3), 100)[:2] == (30, 93)


def test_one_that_comes_back_was_there_before() -> None:
    """Its last day before that is the one on which it fell silent, also where it comes back slowly."""
    lived = dict.fromkeys(range(30, 60), 60)
    assert there(lived | {80: 60}, 80)[1:3] == (80, 59)
    assert there(lived | dict.fromkeys(range(80, 84), 6), 83)[1:3] == (83, 59)


def test_it_began_on_the_feed_that_carried_it() -> None:
    """A call that another feed had of it before does not say for how long that one was watched."""
    lived = dict.fromkeys(range(60, 80), 60)
    feeds = dict.fromkeys(lived, "other")
    assert there(lived | {20: 1}, 80, feeds, watched=range(58, 81)) == (60, 79, 78, 58)
    assert there(lived | {20: 1}, 80) == (60, 79, 78, 0)


def test_of_one_that_called_before_what_is_kept_the_first_call_is_known() -> None:
    """Calls by day are kept for as long as its numbers are."""
    assert there(dict.fromkeys(range(3, 500), 5), 499)[:2] == (3, 499)
