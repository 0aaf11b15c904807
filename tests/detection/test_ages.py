"""Ages: numbers that stay grow old with their organisation, and numbers that are replaced do not."""

from __future__ import annotations

import pytest

from monitor.day.usage import start_of
from monitor.fleet.ages import Ages, ages
from monitor.policy import Policy
from monitor.reference import Reference
from tests.rules.traffic import START, Traffic, judged

TERMS = Policy.load("nl").rules.number_carousel.churn


def measured(traffic: Traffic, days: int, name: str, events: tuple[dict, ...] = ()) -> tuple[Ages, int]:
    _, judge, _ = judged(traffic, days - 1, reference=Reference.load({"declarations": list(events)}))
    moment = judge.moment()
    return ages(moment, TERMS), moment.state.codes[name]


@pytest.mark.parametrize(("life", "age"), [(1, 1), (7, 4), (1000, 67)])
def test_numbers_are_as_old_as_they_last(life: int, age: int) -> None:
    """Of numbers of a day each call's is a day old, of those of a week four on average; those that stay are as old as their organisation."""
    traffic = Traffic()
    for day in range(70):
        traffic.call(day, "it", 1000 * (day // life), 40)
    found, code = measured(traffic, 70, "it")
    assert found.exposure(code) == {"numbers_age_days": age, "organisation_age_days": 70}


def test_calls_weigh_the_ages() -> None:
    """An old number that is called from now and then does not speak for the new ones."""
    traffic = Traffic()
    for day in range(50):
        traffic.call(day, "it", 1, 10)
        traffic.call(day, "it", 2, 30 * (day >= 40))
    found, code = measured(traffic, 50, "it")
    assert found.numbers[code] == pytest.approx((10 * 47 + 30 * 7) / 40)


@pytest.mark.wide
def test_of_few_calls_and_of_numbers_that_came_with_a_declared_event_nothing_is_said() -> None:
    """Nineteen calls a week say nothing; a number that was ported is not young."""
    traffic = Traffic()
    for day in range(50):
        traffic.call(day, "few", 1, 2 + (day == 46))
        traffic.call(day, "moved", 10 + (day >= 40), 30)
    event = {"event": "porting", "on": start_of(START + 40).date(), "organisation": "moved"}
    found, code = measured(traffic, 50, "few")
    assert found.exposure(code) == {}
    found, code = measured(traffic, 50, "moved")
    assert found.numbers[code] == 7
    found, code = measured(traffic, 50, "moved", (event,))
    assert found.exposure(code) == {}
