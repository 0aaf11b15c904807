"""`invalid_number`: shown numbers that nobody can call back."""

from __future__ import annotations

from monitor.call import DEFECTS
from tests.rules.traffic import Traffic, judged, opened


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
