"""`invalid_number`: shown numbers that nobody can call back."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.call import DEFECTS
from monitor.day.usage import start_of
from monitor.policy import Policy
from monitor.reference import Reference
from tests.rules.traffic import FIRST_NUMBER, START, Traffic, judged, opened


def test_a_number_with_a_defect_is_named_from_the_fifth_call() -> None:
    """Four calls may be a slip; each kind of defect is the reason's measure."""
    for place, defect in enumerate(DEFECTS.categories, 1):
        traffic = Traffic()
        traffic.defects[7] = place
        for day in range(10):
            traffic.call(day, "acme", 1, 100)
            traffic.call(day, "acme", 7, 1)
        alerts, _, _ = judged(traffic, 3)
        assert alerts == []
        alerts, _, _ = judged(traffic, 9)
        assert opened(alerts, "invalid_number") == {("acme", 7): 4}
        assert alerts[0].reasons[0].measure == defect


#: Of a country's code that no country has.
_ABROAD = 99_900_000_000 - FIRST_NUMBER


def test_of_numbers_of_other_countries_it_is_told_how_many_calls_showed_one() -> None:
    """Whatever is wrong with them; and of those that the tables don't have it is not known that nobody has their range."""
    unallocated, wrong = 2, 3
    traffic = Traffic()
    for number in range(4):
        traffic.defects |= {number: unallocated, _ABROAD + number: unallocated if number else wrong}
    for day in range(10):
        for number in (0, 1):
            traffic.call(day, "some", number, 2)
            traffic.call(day, "some", _ABROAD + 1 + number, 2)
        for number in range(4):
            traffic.call(day, "many", number, 2)
            traffic.call(day, "many", _ABROAD + number, 2)
    alerts, _, _ = judged(traffic, 9)
    one = {
        int(alert.number[1:]): alert.reasons[0].exposure["not_valid"]
        for alert in alerts
        if alert.organisation == "some" and alert.status == "open"
    }
    assert {number for number, calls in one.items() if calls} == {
        FIRST_NUMBER + _ABROAD + at for at in (1, 2)
    }
    assert len(one) == 4
    for reason in next(alert.reasons for alert in alerts if alert.organisation == "many"):
        told = reason.exposure
        assert (told["elsewhere"], told["not_valid"]) == (told["undialable"] / 2, told["undialable"] * 3 / 8)


def test_it_is_resolved_when_the_number_is_no_longer_shown() -> None:
    """The calls leave the window, and a clean week passes."""
    traffic = Traffic()
    traffic.defects[7] = 1
    for day in range(60):
        traffic.call(day, "acme", 1, 100)
    for day in range(5):
        traffic.call(day, "acme", 7, 10)
    alerts, _, _ = judged(traffic, 59)
    assert [alert.status for alert in alerts] == ["open", "resolved"]


def test_a_number_for_machines_is_named_where_many_people_are_called_from_it() -> None:
    """An alarm calls the few who look after it, over and over; a twentieth person within four weeks is one too many."""
    machine = 3_197_012_345_601 - FIRST_NUMBER
    traffic = Traffic()
    traffic.defects[machine] = 3
    for day in range(30):
        for who in ("alarm", "caller"):
            traffic.call(day, who, machine, 5)
            for turn in range(5):
                traffic.meet(day, who, turn if who == "alarm" else day * 5 + turn, machine)
    alerts, _, _ = judged(traffic, 29)
    assert opened(alerts, "invalid_number") == {("caller", machine): 3}


@pytest.mark.wide
def test_many_numbers_for_machines_hide_no_caller() -> None:
    """Of who calls many people only a sample is known; its part of each number's counts for all of them."""
    machine = 3_197_012_345_601 - FIRST_NUMBER
    chance = np.random.default_rng(1)
    traffic = Traffic()
    for number in range(300):
        traffic.defects[machine + number] = 3
    lifts = chance.integers(1, 2**63, (300, 5)).astype(np.uint64) * np.uint64(2)
    for day in range(28):
        strangers = chance.integers(1, 2**63, (300, 30)).astype(np.uint64) * np.uint64(2)
        for who, called in (("caller", strangers), ("lifts", lifts)):
            # As the day's sample has them (`contacts.py`).
            least = np.argsort(called, axis=None)[:64]
            for number in range(300):
                traffic.call(day, who, machine + number, called.shape[1])
            for at in least.tolist():
                traffic.meet(day, who, int(called.flat[at]), machine + at // called.shape[1])
    alerts, _, _ = judged(traffic, 27)
    assert {alert.organisation for alert in alerts} == {"caller"}
    assert None in {alert.number for alert in alerts}


def test_a_fresh_undialable_number_on_each_call_is_told_of_the_organisation() -> None:
    """No number is shown five times, so none is named; their share of the calls is, from the tenth such call."""
    traffic = Traffic()
    for day in range(20):
        traffic.call(day, "few", 1, 90)
        for turn in range(4):
            number = 1000 + 4 * day + turn
            traffic.defects[number] = 2 if turn else 1
            traffic.call(day, "few", number, 3)
            traffic.call(day, "all", number, 1)
            traffic.call(day, "hardly", number, 1)
        traffic.call(day, "hardly", 1, 200)
    alerts, _, _ = judged(traffic, 19)
    assert opened(alerts, "invalid_number") == {("few", None): 1, ("all", None): 2}
    told = next(alert for alert in alerts if alert.organisation == "few")
    assert told.reasons[0].measure == "undialable_share"
    assert told.reasons[0].exposure == {
        "calls": 204.0, "undialable": 24.0, "numbers": 8.0, "days": 2.0, "days_of_fault": 3.0,
        "not_dialable": 6.0, "unallocated": 18.0, "wrong_class": 0.0, "not_valid": 0.0, "elsewhere": 0.0,
        "lasting_days": 14.0, "cleared_at_most": 0.03,
    }  # fmt: skip
    assert told.severity == "low"
    assert told.evidence.counts["unallocated"] == 18
    shown = {int(line.number[1:]) - FIRST_NUMBER for line in told.evidence.numbers}
    assert shown == set(range(1000, 1008))


def test_numbers_are_not_named_beside_their_organisation() -> None:
    """Twelve numbers of one organisation are one alert; four are four, as each can be looked into."""
    traffic = Traffic()
    for number in range(12):
        traffic.defects[number] = 2
    for day in range(20):
        for number in range(12):
            traffic.call(day, "many", number, 10)
            if number < 4:
                traffic.call(day, "some", number, 10)
    alerts, _, _ = judged(traffic, 19)
    assert opened(alerts, "invalid_number") == {("many", None): 0} | {("some", n): 0 for n in range(4)}
    assert [alert.severity for alert in alerts if alert.organisation == "many"] == ["low", "high"]


def test_a_fault_of_two_days_is_one_alert_that_says_so() -> None:
    """Thirty extensions shown for two days are told once, low, with their days; none is named when that has ended."""
    traffic = Traffic()
    for number in range(30):
        traffic.defects[100 + number] = 1
    for day in range(60):
        for turn in range(2 if day not in (20, 21) else 30):
            traffic.call(day, "acme", turn if day not in (20, 21) else 100 + turn, 100 if turn < 2 else 6)
    alerts, _, _ = judged(traffic, 59)
    assert opened(alerts, "invalid_number") == {("acme", None): 20}
    assert {alert.severity for alert in alerts} == {"low"}
    assert alerts[-1].status == "resolved"
    assert alerts[-1].reasons[0].exposure["days"] <= 2


def test_examples_are_given_of_each_sort() -> None:
    """The few numbers that are too short are among the examples, beside hundreds of the other sort."""
    traffic = Traffic()
    for number in range(200):
        traffic.defects[number] = 1 if number > 197 else 2
        traffic.call(0, "acme", number, 1 if number > 197 else 3)
    alerts, _, _ = judged(traffic, 0)
    shown = {int(line.number[1:]) - FIRST_NUMBER for line in alerts[0].evidence.numbers}
    assert {198, 199} <= shown
    assert len(shown) == 27


@pytest.mark.parametrize(("days", "severity"), [(2, "low"), (3, "high")])
def test_on_the_third_day_it_is_no_fault_that_somebody_mends(days: int, severity: str) -> None:
    """Undialable numbers on two days of a week are of low severity; on three they are what they are."""
    traffic = Traffic()
    for day in range(10):
        traffic.call(day, "acme", 1, 1)
    for number in range(100, 200):
        traffic.defects[number] = 1
    # The floor of calls is reached on the last of these days, and what is told then says how many they were.
    for day in range(10, 10 + days):
        for number in range(100, 103 if day < 9 + days else 150):
            traffic.call(day, "acme", number, 1)
    alerts, _, _ = judged(traffic, 9 + days)
    assert [(alert.status, alert.severity) for alert in alerts if alert.number is None] == [
        ("open", severity)
    ]


@pytest.mark.parametrize("numbers", [1, 20], ids=["named", "together"])
def test_what_was_shown_while_exempt_is_never_a_breach(numbers: int) -> None:
    """A call from a number on the first day that binds is a slip, whatever was shown before; five of each are told of, alone."""
    until = str(start_of(START + 14).date())
    known = Reference.load(
        {
            "exemptions": [
                {"organisation": "acme", "rules": ["invalid_number"], "until": until, "reason": "granted"}
            ]
        }
    )
    for many in (1, 5):
        traffic = Traffic()
        for day in range(15):
            for number in range(numbers):
                traffic.defects[number] = 1
                traffic.call(day, "acme", number, 30)
        for number in range(numbers if many == 5 else min(numbers, 9)):
            traffic.call(15, "acme", number, many)
        traffic.call(15, "acme", 100, 50)
        alerts, _, _ = judged(traffic, 15, reference=known)
        assert len(alerts) == (many == 5)
        for alert in alerts:
            counted = ("calls", "undialable" if numbers > 1 else "calls_of_the_organisation")
            calls, other = (alert.reasons[0].exposure[name] for name in counted)
            assert sorted((calls, other)) == [5 * numbers, 5 * numbers + 50]
            assert alert.window.since == start_of(START + 15)
            assert alert.severity == ("low" if numbers > 1 else "medium")


def test_people_called_from_a_machine_while_exempt_do_not_count() -> None:
    """Nineteen on the days that bind are as many as a machine may call."""
    until = str(start_of(START + 9).date())
    known = Reference.load(
        {
            "exemptions": [
                {"organisation": "acme", "rules": ["invalid_number"], "until": until, "reason": "granted"}
            ]
        }
    )
    machine = 3_197_012_345_601 - FIRST_NUMBER
    traffic = Traffic()
    traffic.defects[machine] = 3
    for day in (*range(10), *range(11, 30)):
        traffic.call(day, "acme", machine, 1)
        traffic.meet(day, "acme", day, machine)
    assert judged(traffic, 29, reference=known)[0] == []
    assert judged(traffic, 29)[0] != []


def test_numbers_are_counted_together_for_as_long_as_the_policy_says() -> None:
    """One fresh number a day in a quarter of the calls is told from the tenth, though none was shown in the other windows."""
    traffic = Traffic()
    for day in range(30):
        traffic.defects[100 + day] = 1
        traffic.call(day, "acme", 1, 3)
        traffic.call(day, "acme", 100 + day, 1)
    policy = Policy.load("nl")
    rule = policy.rules.invalid_number.model_copy(update={"window": 7, "lasting": 7, "window_together": 28})
    policy = policy.model_copy(update={"rules": policy.rules.model_copy(update={"invalid_number": rule})})
    alerts, _, _ = judged(traffic, 29, policy=policy)
    assert opened(alerts, "invalid_number") == {("acme", None): 9}


def _desks(numbers: int, until: int = 28) -> Traffic:
    """Desks that make some two thousand calls a working day; some of them show their extension once a day, until a day."""
    traffic = Traffic()
    for number in range(numbers):
        traffic.defects[number] = 1
    traffic.watch(range(84))
    for day in range(84):
        if day % 7 < 5:
            traffic.call(day, "acme", 1000, 2000)
            for number in range(numbers if day < until else 0):
                traffic.call(day, "acme", number, 1)
    return traffic


def test_many_numbers_below_the_share_are_one_alert_about_the_organisation() -> None:
    """Forty desks with the wrong extension in two of a hundred calls are one fault, of low severity; of four each is named."""
    alerts, _, _ = judged(_desks(40), 27)
    assert opened(alerts, "invalid_number") == {("acme", None): 4}
    assert [alert.severity for alert in alerts] == ["low"]
    reason = alerts[0].reasons[0]
    assert (reason.measure, reason.value, reason.threshold) == ("undialable_numbers", 40, 5)
    assert reason.exposure == {
        "calls": 10_200.0, "undialable": 200.0, "days": 5.0,
        "not_dialable": 200.0, "unallocated": 0.0, "wrong_class": 0.0, "elsewhere": 0.0,
        "lasting_days": 14.0, "window_days": 28.0, "least_calls": 5.0, "cleared_at_most": 3.0,
    }  # fmt: skip
    assert {int(line.number[1:]) - FIRST_NUMBER for line in alerts[0].evidence.numbers} == set(range(40))
    alerts, _, _ = judged(_desks(4), 27)
    assert opened(alerts, "invalid_number") == {("acme", number): 4 for number in range(4)}


def test_many_numbers_end_as_one_when_they_are_no_longer_shown() -> None:
    """The last of them leaves the days that are counted, a clean week passes, and none is named after it."""
    alerts, _, _ = judged(_desks(40), 83)
    days = [(alert.number, alert.status, (alert.as_of - start_of(START + 1)).days) for alert in alerts]
    # Shown last on day 25: away from day 39, when it has not been for `lasting`.
    assert days == [(None, "open", 4), *days[1:-1], (None, "resolved", 39 + 6)]
    assert {number for number, _, _ in days} == {None}


@pytest.mark.wide
def test_some_numbers_keep_the_alert_of_many_and_few_are_named() -> None:
    """Four of five keep it open, as more than `telling.slack` of `numbers`; when two are left it ends, and each is named."""
    traffic = Traffic()
    for number in range(5):
        traffic.defects[number] = 1
    for day in range(120):
        traffic.call(day, "acme", 1000, 2000)
        for number in range(5 if day < 20 else 4 if day < 60 else 2):
            traffic.call(day, "acme", number, 1)
    alerts, _, _ = judged(traffic, 119)
    told = [(alert.number and int(alert.number[1:]) - FIRST_NUMBER, alert.status) for alert in alerts]
    assert [(number, status) for number, status in told if status != "update"] == [
        (None, "open"), (None, "resolved"), (0, "open"), (1, "open"),
    ]  # fmt: skip
    assert opened(alerts, "invalid_number")["acme", 0] >= 60 + 14


def test_many_numbers_are_told_again_when_their_share_is_above_the_limit() -> None:
    """What was of low severity by its few calls is graver by many, in the same alert."""
    traffic = Traffic()
    for number in range(40):
        traffic.defects[number] = 1
    for day in range(40):
        traffic.call(day, "acme", 1000, 2000)
        for number in range(40):
            traffic.call(day, "acme", number, 1 if day < 20 else 10)
    alerts, _, _ = judged(traffic, 39)
    assert [(alert.status, alert.severity, alert.reasons[0].measure) for alert in alerts] == [
        ("open", "low", "undialable_numbers"),
        ("update", "medium", "undialable_share"),
    ]


@pytest.mark.wide
def test_near_the_limit_it_is_not_told_again_each_time_that_it_is_passed() -> None:
    """Forty numbers in more than a twentieth of the calls in one week, in less in the next, and on no weekend: it is told once."""
    traffic = Traffic()
    traffic.watch(range(98))
    for number in range(40):
        traffic.defects[number] = 1
    for day in range(98):
        traffic.call(day, "acme", 1000, 1600 if day // 7 % 2 else 1300)
        for number in range(40 if day % 7 < 5 else 0):
            traffic.call(day, "acme", number, 3)
    alerts, _, _ = judged(traffic, 97)
    assert [(alert.status, alert.severity) for alert in alerts if alert.number is None] == [
        ("open", "low"), ("update", "medium"),
    ]  # fmt: skip
    assert opened(alerts, "invalid_number") == {("acme", None): 0}
