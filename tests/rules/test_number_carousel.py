"""`number_carousel` over whole invented histories: who rotates is found, who only looks like it is not."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from monitor.day.usage import start_of
from monitor.policy import Policy
from monitor.reference import Reference
from monitor.verdict import DESCRIBING
from tests.explain.alerts import RULES
from tests.rules.traffic import START, Traffic, judged, opened, spread

pytestmark = pytest.mark.wide


def rotate(
    traffic: Traffic, name: str, days: range, life: int, numbers: int, calls: float, base: int, seed: int = 1
):
    """Every `life` days, `numbers` new numbers take over from the old ones."""
    random = np.random.default_rng(seed)
    for day in days:
        generation = (day - days.start) // life
        for place, many in enumerate(spread(random, calls, numbers)):
            traffic.call(day, name, base + generation * numbers + place, many)


def stay(traffic: Traffic, name: str, days: range, numbers: int, calls: float, base: int, seed: int = 2):
    """The same numbers all the time."""
    random = np.random.default_rng(seed)
    for day in days:
        for place, many in enumerate(spread(random, calls, numbers)):
            traffic.call(day, name, base + place, many)


@pytest.fixture
def traffic() -> Traffic:
    """A feed that has been seen for long, with an honest caller on it."""
    traffic = Traffic()
    stay(traffic, "honest", range(150), 4, 80, 9_000_000)
    return traffic


@pytest.mark.parametrize(("numbers", "calls"), [(5, 30), (10, 2000)])
@pytest.mark.parametrize(("life", "found_after"), [(1, 5), (2, 8), (5, 12), (7, 16), (14, 30), (20, 42)])
def test_a_carousel_is_found_when_its_numbers_have_been_replaced_twice(
    traffic: Traffic, life: int, found_after: int, numbers: int, calls: int
) -> None:
    """A newcomer that replaces its numbers every few days is found at its second replacement, small or large."""
    rotate(traffic, "carousel", range(100, 150), life, numbers, calls, 0)
    alerts, _, _ = judged(traffic, 149)
    found = opened(alerts, "number_carousel")
    assert list(found) == [("carousel", None)]
    assert found["carousel", None] - 100 <= found_after


@pytest.mark.parametrize("life", [30, 45, 60])
def test_slow_rotation_that_nobody_answers_is_found_at_the_second_replacement_that_was_seen(
    traffic: Traffic, life: int
) -> None:
    """Numbers that last a month or two are found once two generations of them have been replaced."""
    rotate(traffic, "carousel", range(150), life, 5, 30, 0)
    for day in range(150):
        traffic.answer(day, "carousel", day // life * 5, 1, 0)
    alerts, _, _ = judged(traffic, 149)
    first_born_in_sight = -(-30 // life) * life
    second_end = max(2 * life, first_born_in_sight + life)
    assert 0 <= opened(alerts, "number_carousel")["carousel", None] - second_end <= 4


@pytest.mark.parametrize("life", [30, 45, 60])
def test_slow_rotation_of_whom_no_answer_is_known_is_found_when_its_numbers_have_been_away_for_days(
    traffic: Traffic, life: int
) -> None:
    """At the second replacement too, where the first numbers were seen for no longer, and the feed for the use term."""
    rotate(traffic, "carousel", range(150), life, 5, 30, 0)
    alerts, _, _ = judged(traffic, 149)
    assert 0 <= opened(alerts, "number_carousel")["carousel", None] - max(2 * life + 4, 89) <= 2


def test_who_was_on_borrowed_numbers_after_months_on_its_own_is_found_at_the_third_replacement(
    traffic: Traffic,
) -> None:
    """A firm that moves onto borrowed numbers and then to its own replaces all numbers twice; three times is too often."""
    stay(traffic, "carousel", range(75), 5, 30, 1000)
    rotate(traffic, "carousel", range(75, 150), 30, 5, 30, 0)
    alerts, _, _ = judged(traffic, 149)
    assert 0 <= opened(alerts, "number_carousel")["carousel", None] - 135 <= 4


def test_a_fleet_that_is_renumbered_once_is_no_carousel(traffic: Traffic) -> None:
    """One replacement of everything is a renumbering, of an old organisation and of a new one."""
    stay(traffic, "old", range(75), 10, 200, 0)
    stay(traffic, "old", range(75, 150), 10, 200, 100)
    stay(traffic, "new", range(60, 100), 10, 200, 1000)
    stay(traffic, "new", range(100, 150), 10, 200, 1100)
    alerts, _, _ = judged(traffic, 149)
    assert alerts == []


def test_a_season_that_returns_on_the_same_numbers_is_no_carousel(traffic: Traffic) -> None:
    """Numbers that rest with their organisation are dormant."""
    stay(traffic, "season", range(35, 56), 10, 200, 0)
    stay(traffic, "season", range(115, 150), 10, 200, 0)
    alerts, _, _ = judged(traffic, 149)
    assert alerts == []


def test_a_growing_fleet_is_no_carousel(traffic: Traffic) -> None:
    """New numbers that join old ones replace nothing."""
    for day in range(150):
        for number in range(5 + day // 3):
            traffic.call(day, "growing", number, 10)
    alerts, _, _ = judged(traffic, 149)
    assert alerts == []


def test_an_office_with_extensions_and_leavers_is_no_carousel(traffic: Traffic) -> None:
    """Two thousand people with a number each, many of whom hardly call, and some leave."""
    random = np.random.default_rng(3)
    paces = random.gamma(0.7, 1 / 0.7, 2000)
    numbers = np.arange(2000)
    for day in range(150):
        if day % 7 < 5:
            left = np.flatnonzero(random.random(2000) < 0.002)
            numbers[left] = numbers.max() + 1 + np.arange(len(left))
            calls = random.poisson(paces)
            for place in np.flatnonzero(calls):
                traffic.call(day, "office", int(numbers[place]), int(calls[place]))
    alerts, _, _ = judged(traffic, 149)
    assert alerts == []


def test_it_is_resolved_when_the_numbers_stay(traffic: Traffic) -> None:
    """An organisation that stops replacing its numbers is told to have stopped."""
    rotate(traffic, "carousel", range(60, 80), 2, 5, 100, 0)
    stay(traffic, "carousel", range(80, 150), 5, 100, 1000)
    alerts, _, told = judged(traffic, 149)
    states = [alert.status for alert in alerts if alert.kind == "number_carousel"]
    assert states[0] == "open"
    assert states[-1] == "resolved"
    assert told.open_alerts()["number_carousel"] == 0


@pytest.mark.parametrize(("back", "known"), [(2, 30), (0, 60)], ids=["unanswered", "unknown"])
def test_nothing_is_said_while_the_feed_is_new(back: int, known: int) -> None:
    """A carousel that was there before its feed is told when that has been seen for two months, and not a day before; after one
    where nobody who calls back is answered.
    """
    traffic = Traffic()
    rotate(traffic, "carousel", range(62), 1, 5, 100, 0)
    for day in range(62):
        traffic.answer(day, "carousel", day * 5, back, 0)
    alerts, _, _ = judged(traffic, known - 2)
    assert alerts == []
    alerts, _, _ = judged(traffic, known - 1)
    assert opened(alerts, "number_carousel") == {("carousel", None): known - 1}


def test_the_window_begins_where_somebody_looked() -> None:
    """What is said of a feed of sixty days looks back for those, and covers all of them."""
    traffic = Traffic()
    rotate(traffic, "carousel", range(62), 1, 5, 100, 0)
    alerts, _, _ = judged(traffic, 61)
    told = next(alert for alert in alerts if alert.kind == "number_carousel")
    assert told.window.since == start_of(START)
    assert told.evidence.coverage == 1


def test_who_takes_its_numbers_back_has_not_stopped(traffic: Traffic) -> None:
    """An alert of numbers that were thrown away stays open when from then on they rest and return instead."""
    stay(traffic, "honest", range(150, 230), 4, 80, 9_000_000)
    rotate(traffic, "burns", range(40, 100), 6, 5, 100, 0)
    for day in range(100, 230):
        for number in range(5):
            traffic.call(day, "burns", 1000 + day // 6 % 7 * 5 + number, 20)
    alerts, _, _ = judged(traffic, 229)
    states = [alert.status for alert in alerts if alert.kind == "number_carousel"]
    assert states[0] == "open"
    assert "resolved" not in states


def exempt(kind: str, until: int) -> Reference:
    """The carousel has an exemption from a rule up to a day of the traffic."""
    last = str(start_of(START + until).date())
    said = {"organisation": "carousel", "rules": [kind], "until": last, "reason": "a trial"}
    return Reference.load({"exemptions": [said]})


@pytest.mark.parametrize("stops", [True, False], ids=["stops in time", "goes on"])
def test_what_was_replaced_while_exempt_does_not_count(traffic: Traffic, stops: bool) -> None:
    """Who stops with its exemption is not told of after it; who goes on is, by what it did since."""
    rotate(traffic, "carousel", range(60, 100 if stops else 150), 5, 5, 60, 0)
    if stops:
        stay(traffic, "carousel", range(100, 150), 5, 60, 5 * 7)
    alerts, _, _ = judged(traffic, 149, reference=exempt("number_carousel", 99))
    found = opened(alerts, "number_carousel")
    assert found == ({} if stops else {("carousel", None): 129})


def test_what_is_told_of_a_part_is_what_was_tested(traffic: Traffic) -> None:
    """Of a fleet of which hardly any number ends, the part that is judged by itself is no smaller than the least that is."""
    for day in range(150):
        for number in range(19):
            traffic.call(day, "small-part", number, 10)
        generation = 1_000 + day // 8
        traffic.call(day, "small-part", generation, 10)
        traffic.answer(day, "small-part", generation, 3, 0)
        traffic.answer(day, "small-part", 0, 3, 0)
    alerts, _, _ = judged(traffic, 149)
    parts = [
        reason.exposure
        for alert in alerts
        if alert.organisation == "small-part"
        for reason in alert.reasons
        if "part_of_calls" in reason.exposure
    ]
    assert parts
    least = Policy.load("nl").rules.number_carousel.churn.early_short_turnovers
    assert all(part["part_of_calls"] == pytest.approx(least) for part in parts)
    assert all(
        part["turnovers_of_part"] == pytest.approx(part["turnovers"] / least, abs=0.01) for part in parts
    )


def test_families_that_only_describe_keep_no_alert_open_and_all_others_do() -> None:
    """What clears an alert is asked of the others (`alert.clearing`), so each of these must say for how long it lasts."""
    made = [
        (node.args[0].value, {word.arg for word in node.keywords})
        for path in RULES.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Family"
    ]
    assert {name for name, said in made if "lasts" not in said} == set(DESCRIBING)
    assert not {name for name, said in made if "lasts" in said} & set(DESCRIBING)
