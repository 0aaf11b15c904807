"""`anonymous_calls`: the number withheld, against the policy's share and floor."""

from __future__ import annotations

from monitor.reference import Reference
from tests.rules.traffic import Traffic, judged, opened


def withholding(share: float, calls: int = 100, days: range = range(40, 43)) -> Traffic:
    """An organisation that withholds its number in a share of its calls on some days."""
    traffic = Traffic()
    for day in range(60):
        hidden = round(share * calls) if day in days else 0
        traffic.call(day, "acme", 1, calls - hidden)
        traffic.withhold(day, "acme", hidden)
    return traffic


def test_it_is_said_on_the_first_day_and_resolved_after_a_clean_fortnight() -> None:
    """A day of hidden calls is told at its close; a fortnight without, that it stopped."""
    alerts, _, _ = judged(withholding(0.5), 59)
    assert [(alert.status, alert.kind) for alert in alerts] == [
        ("open", "anonymous_calls"),
        ("resolved", "anonymous_calls"),
    ]
    assert opened(alerts, "anonymous_calls") == {("acme", None): 40}
    assert (alerts[1].as_of - alerts[0].as_of).days == 2 + 14
    assert alerts[0].evidence.counts["withheld"] == 50


def test_a_quiet_week_does_not_end_what_goes_on() -> None:
    """One call in eight is hidden, in some weeks one in thirty: it is told once, and not ended."""
    traffic = withholding(0.12, days=range(10, 60))
    for day in (*range(24, 31), *range(41, 48)):
        del traffic.usage[day]
        traffic.call(day, "acme", 1, 97)
        traffic.withhold(day, "acme", 3)
    alerts, _, _ = judged(traffic, 59)
    assert [alert.status for alert in alerts if alert.status != "update"] == ["open"]


def test_a_slip_is_none() -> None:
    """One call in a hundred may be hidden by mistake."""
    alerts, _, _ = judged(withholding(0.01, days=range(60)), 59)
    assert alerts == []


def test_a_few_calls_are_below_the_floor() -> None:
    """Nine hidden calls are fewer than ten."""
    alerts, _, _ = judged(withholding(1, calls=9, days=range(40, 41)), 59)
    assert alerts == []
    alerts, _, _ = judged(withholding(1, calls=10, days=range(40, 41)), 59)
    assert opened(alerts, "anonymous_calls") == {("acme", None): 40}


def test_those_who_call_little_are_judged_by_the_week() -> None:
    """Four hidden calls a day are none on a day, and ten on the third."""
    alerts, _, _ = judged(withholding(0.4, calls=10, days=range(40, 60)), 59)
    assert opened(alerts, "anonymous_calls") == {("acme", None): 42}


def test_exempt_classes_never_do() -> None:
    """A shelter may hide its number."""
    reference = Reference.load({"organisations": {"acme": {"class": "exempt"}}})
    alerts, _, _ = judged(withholding(1), 59, reference=reference)
    assert alerts == []


def test_the_bucket_of_unattributed_calls_is_nobody() -> None:
    """What could not be attributed is not one organisation."""
    traffic = Traffic()
    traffic.withhold(3, "unknown", 100)
    alerts, _, _ = judged(traffic, 5)
    assert alerts == []


def test_the_rule_holds_from_its_date() -> None:
    """Calls before the ban were allowed: the law of the day on which the call was made."""
    traffic = Traffic()
    traffic.withhold(3, "acme", 100)
    policy = """
        profile: x
        version: "1"
        jurisdiction: X
        sources: {law: {title: A law, from: DATE, says: Nothing hidden.}}
        rules: {anonymous_calls: {from: DATE, basis: law}}
    """
    alerts, _, _ = judged(traffic, 5, policy=policy.replace("DATE", "2026-01-09"))
    assert alerts == []
    alerts, _, _ = judged(traffic, 5, policy=policy.replace("DATE", "2026-01-08"))
    assert opened(alerts, "anonymous_calls") == {("acme", None): 3}


def test_it_says_on_which_feeds_the_calls_were_seen() -> None:
    """Though no number tells: an officer can ask that operator; one on which it did not call lately is not named."""
    traffic = Traffic()
    for day in range(40):
        traffic.call(day, "other", 1, 50, "west")
        traffic.call(day, "other", 1, 50, "south")
        if day < 10:
            traffic.call(day, "acme", 1, 5, "west")
        traffic.watch([day] if day not in (30, 31) else [], "north")
        if day > 32:
            traffic.withhold(day, "acme", 10, "north")
            traffic.withhold(day, "acme", 10, "south")
    alerts, _, _ = judged(traffic, 33)
    assert [alert.evidence.feeds for alert in alerts] == [["north", "south"]]
    assert alerts[0].evidence.numbers == []
    assert alerts[0].evidence.coverage == 1.0
    alone = Traffic()
    for day in (*range(25), *range(28, 30)):
        alone.withhold(day, "acme", 10, "north")
    alone.watch(range(30), "south")
    alerts, _, _ = judged(alone, 29, first=0)
    assert [alert.evidence.feeds for alert in alerts] == [["north"]]
