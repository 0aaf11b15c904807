"""Warming: what new numbers have in common, and who only begins slowly."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.fleet.births import fresh
from monitor.fleet.warming import Warming, warming
from monitor.policy import Policy
from tests.rules.traffic import Traffic, judged

POLICY = Policy.load("nl")
TERMS = POLICY.rules.number_carousel.dialler


def measured(
    begins: list[int], ramp: list[float], calls: int = 40, own: bool = False, days: int = 70
) -> Warming:
    """Of one organisation with numbers that begin on some days and go on, next to four that were there (unless all are its `own`)."""
    random, traffic = np.random.default_rng(5), Traffic()
    for day in range(days):
        traffic.call(day, "honest", 900_000, 50)
        for number in range(0 if own else 4):
            traffic.call(day, "theirs", 1000 + number, 100)
        for number, first in enumerate(begins):
            age = day - first
            if 0 <= age < 14:
                traffic.call(
                    day, "theirs", number, int(random.poisson(calls * ramp[min(age, len(ramp) - 1)]))
                )
    _, judge, _ = judged(traffic, days - 1)
    moment = judge.moment()
    born = fresh(moment, POLICY.rules.number_carousel.churn)
    found = warming(moment, TERMS, born, np.ones(moment.organisations, bool))
    code = moment.state.codes["theirs"]
    return Warming(*(getattr(found, name)[[code]] for name in Warming.__slots__))


def told(found: Warming) -> bool:
    alike = found.births >= TERMS.births and found.rising >= TERMS.rising
    return bool(alike and found.low >= TERMS.rise)


def test_ramps_that_agree_are_seen_with_their_interval() -> None:
    """Numbers that make a quarter of their calls at first and all of them after a week: about threefold from early to late."""
    found = measured([44, 46, 48, 51, 53, 55, 58], [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1])
    assert told(found)
    assert found.births == found.numbers == 7
    assert found.low < 4.5 < found.high * 1.05


@pytest.mark.wide
@pytest.mark.parametrize(
    ("why", "begins", "ramp"),
    [
        ("from the first day as ever", [44, 46, 48, 51, 53, 55, 58], [1]),
        ("a first day that began at noon", [44, 46, 48, 51, 53, 55, 58], [0.5, 1]),
        ("two births", [44] * 4 + [51] * 4, [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1]),
        ("born too lately", [63, 64, 65, 66, 67, 68], [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1]),
        ("that wear out", [44, 46, 48, 51, 53, 55, 58], [1, 1, 0.9, 0.8, 0.6, 0.4, 0.3, 0.2]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_ramp_of_many_is_not_told(why: str, begins: list[int], ramp: list[float]) -> None:
    """Nothing is said of numbers that begin as they go on, nor of a few days' births."""
    assert not told(measured(begins, ramp))


@pytest.mark.wide
def test_a_newcomer_that_grows_as_a_whole_does_not_warm_up_numbers() -> None:
    """Its numbers are compared with all its calls on the same days, which rise as well."""
    assert not told(measured([44] * 6, [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1], own=True))


@pytest.mark.wide
def test_ramps_that_do_not_agree_are_not_told() -> None:
    """Colleagues of whom some begin slowly and others do not have a wide interval, or too few that rise."""
    random, traffic = np.random.default_rng(6), Traffic()
    for day in range(70):
        traffic.call(day, "theirs", 1000, 300)
        for number, first in enumerate([44, 46, 48, 51, 53, 55, 58]):
            if 0 <= day - first < 14:
                slow = number % 2 == 0 and day - first < 4
                traffic.call(day, "theirs", number, int(random.poisson(10 if slow else 40)))
    _, judge, _ = judged(traffic, 69)
    moment = judge.moment()
    born = fresh(moment, POLICY.rules.number_carousel.churn)
    found = warming(moment, TERMS, born, np.ones(moment.organisations, bool))
    assert found.births[0] == 7
    assert not told(found)
