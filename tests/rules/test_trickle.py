"""What a number did in its use and the trickle after it: told apart where it is known, and never against each other."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest

from monitor.alert import Alert
from monitor.day.usage import start_of
from monitor.explain import explain
from monitor.fleet.moment import Moment
from monitor.fleet.trickle import Calling, calling
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.tenure import WEEK, begin_of_weeks
from tests.rules.traffic import FIRST_NUMBER, START, Traffic, judged, opened

#: A Thursday, with which a week of those that are kept begins.
_THURSDAY = 66


def _replaced(made: dict[int, int], until: int, after: int = 10) -> Traffic:
    """A number with its calls by day, and another which takes over so many days after its first."""
    traffic = Traffic()
    traffic.watch(range(until + 1))
    for day in range(until + 1):
        traffic.call(day, "acme", 1, made.get(day, 0))
        traffic.call(day, "acme", 2, 40 if day >= min(made) + after else 0)
    return traffic


def _said(made: dict[int, int], until: int) -> Alert:
    alerts, _, _ = judged(_replaced(made, until), until)
    assert list(opened(alerts, "short_tenure")) == [("acme", 1)]
    return next(alert for alert in alerts if alert.kind == "short_tenure")


def _read(moment: Moment) -> Calling:
    return calling(moment, moment.state.find("acme", FIRST_NUMBER + 1))


def _ten_days(then: dict[int, int]) -> dict[int, int]:
    """Forty calls a day on ten days that end on a Thursday, and some calls afterwards."""
    return {day: 40 for day in range(_THURSDAY - 9, _THURSDAY + 1)} | then


def test_a_number_of_one_day_a_week_has_its_last_day_told_apart() -> None:
    """Three Wednesdays lie in 15 days; the fourth, with a call, is said to have come after them."""
    first = _THURSDAY - 1
    made = {first: 60, first + 7: 60, first + 14: 60, first + 21: 1}
    alerts, _, _ = judged(_replaced(made, 120, 15), 120)
    (alert,) = alerts
    (line,) = alert.evidence.numbers
    assert (line.last_use, line.last_call) == (_date(first + 14), _date(first + 21))
    said = explain(alert)
    assert "in use for 15 days and" in said["en"]
    assert (
        "In that time 180 calls were made from it on 3 days. After that, up to 1 April 2026, 1 call"
        in said["en"]
    )
    assert (
        "In die tijd is er 180 keer mee gebeld, op 3 dagen. Daarna is er tot en met 1 april 2026"
        in said["nl"]
    )


def test_what_came_in_the_very_week_is_told_by_day_while_its_days_are_kept() -> None:
    """A trickle from the third day after the end is known to the call, though the week began with the use."""
    alert = _said(_ten_days({_THURSDAY + 3: 2, _THURSDAY + 12: 1, _THURSDAY + 20: 1}), 100)
    assert alert.evidence.counts == {
        "calls": 404, "answered": 203, "days_with_calls": 13,
        "days_with_calls_after_use": 3, "calls_after_use": 4,
    }  # fmt: skip
    assert alert.reasons[0].exposure["days_to_last_call"] == 20


def test_what_can_not_be_told_apart_is_given_from_the_day_on_from_which_it_is_known() -> None:
    """Of a trickle from the very next day its days are known, and its calls from the day after on."""
    alert = _said(_ten_days({_THURSDAY + 1: 2, _THURSDAY + 12: 1, _THURSDAY + 20: 2}), 100)
    counts = alert.evidence.counts
    assert (counts["days_with_calls_after_use"], counts["days_to_calls_later"], counts["calls_later"]) == (
        3,
        2,
        3,
    )
    assert "calls_after_use" not in counts
    said = explain(alert)
    assert (
        "called from on 10 days. After that, up to 1 April 2026, it was called from on 3 days, so little"
        in said["en"]
    )
    assert "405 calls were made from it in all, 3 of them from 14 March 2026 on." in said["en"]
    assert (
        "op 10 dagen mee gebeld. Daarna is er tot en met 1 april 2026 nog op 3 dagen mee gebeld" in said["nl"]
    )
    assert "In totaal is er 405 keer mee gebeld, waarvan 3 keer vanaf 14 maart 2026." in said["nl"]


@pytest.mark.wide
def test_a_trickle_longer_than_the_weeks_that_are_kept_is_told_in_all() -> None:
    """Where nothing can be told apart any more, what is said is of all calls up to the last one."""
    then = {day: 1 for day in range(_THURSDAY + 5, 190, 4)}
    alerts, judge, _ = judged(_replaced(_ten_days(then), 190), 190)
    made = _read(judge.moment())
    assert (made.last, made.after, made.told()) == (START + _THURSDAY, None, {})
    assert (made.calls, made.days) == (400 + len(then), 10 + len(then))
    reason = alerts[0].reasons[0]
    known = {
        "calls": made.calls,
        "days_with_calls": made.days,
        "days_to_last_call": made.last_call - made.last,
    }
    alert = alerts[0].model_copy(update={"reasons": [reason.model_copy(update={"exposure": known})]})
    last = start_of(made.last_call).date()
    said = explain(alert)
    assert (
        f"Up to its last call on {last.day} {last:%B} {last.year}, {made.calls} calls were made from it in all"
        in said["en"]
    )
    assert f"is er in totaal {made.calls} keer mee gebeld, op {made.days} dagen; na het gebruik" in said["nl"]
    assert "In that time" not in said["en"]


def test_a_number_that_stopped_has_nothing_after_its_use() -> None:
    """Its calls and days are those of its use, and there is no sentence about others."""
    alert = _said(_ten_days({}), 100)
    assert alert.reasons[0].exposure["days_to_last_call"] == 0
    assert alert.evidence.numbers[0].last_call == alert.evidence.numbers[0].last_use
    said = explain(alert)
    assert "400 calls were made from it on 10 days." in said["en"]
    assert "After that" not in said["en"]
    assert "Daarna" not in said["nl"]


@pytest.mark.wide
def test_calls_that_come_very_late_give_no_more_days_than_there_were() -> None:
    """A file that is sent five weeks late is counted by call, and its days at most as often as there were days."""
    _, judge, _ = judged(_replaced(_ten_days({_THURSDAY + 30: 1}), 110), 110)
    state = judge.moment().state
    row, one = np.asarray([state.find("acme", FIRST_NUMBER + 1)]), np.ones(1, np.uint32)
    for day in range(_THURSDAY - 9, _THURSDAY + 1):
        state.tenures.add(START + day, row, one, 0 * one, state.volume)
    made = _read(judge.moment())
    assert (made.calls, made.days, made.last - made.first + 1) == (411, 11, 10)
    assert made.after is not None
    assert made.after.days == 1


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(3))
def test_whatever_it_did_what_is_told_holds(seed: int) -> None:
    """Days and bounds are those of the calls themselves, on every day on which they are read."""
    random = np.random.default_rng(seed)
    on = [day for day in range(31, 170) if random.random() < (0.9 if day < 60 else 0.3)]
    made = {START + day: int(random.poisson(30) if day < 60 else random.integers(1, 4)) for day in on}
    traffic, judge = (
        _replaced({day - START: calls for day, calls in made.items()}, 169),
        Judge(Policy.load("nl")),
    )
    apart = Counter()
    for until in range(START, START + 170):
        judge.close(until, *traffic.frames(until - START))
        days = {day: calls for day, calls in made.items() if day <= until}
        if not days:
            continue
        told = _read(judge.moment())
        assert (told.first, told.last_call) == (min(days), max(days))
        assert (told.calls, told.days) == (sum(days.values()), len(days))
        if told.after is None:
            assert told.last < begin_of_weeks(until) - 1
        else:
            assert told.after.days == sum(day > told.last for day in days)
            since = told.after.since
            assert told.after.calls == sum(calls for day, calls in days.items() if day >= since)
            assert told.last < since <= told.last + WEEK
        apart["none" if told.after is None else since - told.last] += 1
    assert {"none", 1} < apart.keys()


def _date(day: int) -> date:
    return start_of(START + day).date()
