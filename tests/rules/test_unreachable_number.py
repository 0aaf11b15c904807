"""`unreachable_number`: calls to shown numbers that nobody answers."""

from __future__ import annotations

import numpy as np

from tests.rules.traffic import Traffic, judged, opened


def test_a_desk_that_is_out_of_order_for_days_is_no_finding() -> None:
    """Thirty calls a day without an answer for five days say nothing; for a week, of a number or of ten, they do."""
    traffic = Traffic()
    for day in range(20):
        for number in range(10):
            traffic.call(day, "many", number, 10)
        for who in ("launch", "dead"):
            traffic.call(day, who, 0, 50)
            traffic.answer(day, who, 0, 30, 24 if who == "launch" and day > 4 else 0)
        for number in range(10):
            traffic.answer(day, "many", number, 3, 0)
    alerts, _, _ = judged(traffic, 19)
    assert opened(alerts, "unreachable_number") == {("dead", 0): 6, ("many", None): 6}


def test_of_many_numbers_none_is_named_for_bad_luck() -> None:
    """Sixty nurses who pick up a quarter of the calls: each is tested every day, and some have a bad month."""
    random = np.random.default_rng(3)
    traffic = Traffic()
    for day in range(120):
        for number in range(60):
            traffic.call(day, "nurses", number, 5)
            calls = int(random.poisson(1.3))
            traffic.answer(day, "nurses", number, calls, int(random.binomial(calls, 0.27)))
    alerts, _, _ = judged(traffic, 119)
    assert opened(alerts, "unreachable_number") == {}


def test_a_dead_number_among_many_that_are_answered_is_named() -> None:
    """It takes more calls than for a number that is alone, and is known within the month."""
    traffic = Traffic()
    for day in range(60):
        for number in range(40):
            traffic.call(day, "firm", number, 5)
            traffic.answer(day, "firm", number, 2, 0 if number == 7 else 1)
        traffic.call(day, "alone", 0, 5)
        traffic.answer(day, "alone", 0, 2, 0)
    alerts, _, _ = judged(traffic, 59)
    told = opened(alerts, "unreachable_number")
    assert told.keys() == {("alone", 0), ("firm", 7)}
    assert told["alone", 0] == 9
    assert 15 <= told["firm", 7] <= 25
