"""`invalid_number`: shown numbers that nobody can call back."""

from __future__ import annotations

from monitor.call import DEFECTS
from tests.rules.traffic import FIRST_NUMBER, Traffic, judged, opened


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
