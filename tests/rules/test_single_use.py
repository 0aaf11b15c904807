"""Numbers that are used once: on which day that is told does not depend on who else is there."""

from __future__ import annotations

import pytest

from tests.rules.traffic import Traffic, judged, opened


@pytest.mark.parametrize("calls", [12, 25])
def test_it_is_told_on_the_same_day_whoever_else_calls_at_weekends(calls: int) -> None:
    """Days on which nobody calls lie between two calls as any others do: a partition may have nobody else, and a replay has everybody."""
    assert _told(calls, others=range(7)) == _told(calls, others=range(5)) != {}


def _told(calls: int, others: range) -> dict[tuple[str, int | None], int]:
    """Who uses so many numbers once each on weekdays, beside another that calls on some days of the week."""
    traffic, number = Traffic(), 0
    traffic.watch(range(70))
    for day in range(70):
        if day % 7 in others:
            traffic.call(day, "other", 900_000, 5)
        if day >= 42 and day % 7 < 5:
            for _ in range(calls):
                number += 1
                traffic.call(day, "once", number, 1)
    alerts, _, _ = judged(traffic, 69)
    return {who: day for who, day in opened(alerts, "number_carousel").items() if who[0] == "once"}
