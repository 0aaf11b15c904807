"""`anonymous_calls`: the number withheld, against the policy's share and floor."""

from __future__ import annotations

import pytest

from monitor.day.usage import start_of
from monitor.reference import Reference
from tests.rules.traffic import START, Traffic, judged, opened

POLICY = """
    profile: x
    version: "1"
    jurisdiction: X
    sources: {law: {title: A law, from: FROM, says: Nothing hidden.}}
    rules: {anonymous_calls: {from: FROM, until: UNTIL, basis: law}}
"""


def policy(first: int, last: int = 1000) -> str:
    """One whose rule holds on these days and on those between them."""
    return POLICY.replace("FROM", date_of(first)).replace("UNTIL", date_of(last))


def date_of(day: int) -> str:
    return str(start_of(START + day).date())


def exempted(**said: object) -> Reference:
    """What is known, if acme is exempt."""
    exemption = {"organisation": "acme", "rules": ["anonymous_calls"], "reason": "granted", **said}
    return Reference.load({"exemptions": [exemption]})


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


def test_who_calls_less_than_before_is_not_told_of_over_and_over() -> None:
    """Busier days without a withheld call, in the longer window alone, end nothing between two days with such calls."""
    traffic = Traffic()
    for day in range(84, 120):
        traffic.call(day, "acme", 1, 1000 if day < 98 else 20)
        traffic.withhold(day, "acme", 10 if day >= 98 and day % 2 else 0)
    alerts, _, _ = judged(traffic, 119)
    assert [alert.status for alert in alerts if alert.kind == "anonymous_calls"] == ["open"]


def test_a_slip_is_none() -> None:
    """One call in a hundred may be hidden by mistake."""
    alerts, _, _ = judged(withholding(0.01, days=range(60)), 59)
    assert alerts == []


@pytest.mark.wide
def test_a_few_calls_are_below_the_floor() -> None:
    """Nine hidden calls are fewer than ten."""
    alerts, _, _ = judged(withholding(1, calls=9, days=range(40, 41)), 59)
    assert alerts == []
    alerts, _, _ = judged(withholding(1, calls=10, days=range(40, 41)), 59)
    assert opened(alerts, "anonymous_calls") == {("acme", None): 40}


@pytest.mark.wide
def test_those_who_call_little_are_judged_by_the_week() -> None:
    """Four hidden calls a day are none on a day, and ten on the third."""
    alerts, _, _ = judged(withholding(0.4, calls=10, days=range(40, 60)), 59)
    assert opened(alerts, "anonymous_calls") == {("acme", None): 42}


def test_who_shows_no_number_at_all_is_looked_at_for_as_long_as_is_told() -> None:
    """The days that are named are those on which the calls were counted, also of who never showed a number."""
    traffic = Traffic()
    for day in range(60):
        traffic.call(day, "other", 1, 10)
        traffic.withhold(day, "acme", 3 if day >= 30 else 0)
    (alert,) = judged(traffic, 59)[0]
    assert opened([alert], "anonymous_calls") == {("acme", None): 33}
    assert (alert.window.to - alert.window.since).days == 7
    assert alert.evidence.counts["calls"] == alert.evidence.counts["withheld"] == 12


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
    alerts, _, _ = judged(traffic, 5, policy=policy(4))
    assert alerts == []
    alerts, _, _ = judged(traffic, 5, policy=policy(3))
    assert opened(alerts, "anonymous_calls") == {("acme", None): 3}


@pytest.mark.parametrize(
    ("terms", "known"),
    [(policy(8), None), ("nl", exempted(until=date_of(7)))],
    ids=["new rule", "exempt before"],
)
def test_calls_that_were_lawful_on_their_day_are_never_a_breach(terms: str, known: Reference | None) -> None:
    """One hidden call on the first day that binds is a slip, whatever was hidden before; ten are told of, alone."""
    for hidden in (1, 10):
        traffic = Traffic()
        for day in range(12):
            traffic.call(day, "acme", 1, 50)
            traffic.withhold(day, "acme", 100 if day < 8 else hidden if day == 8 else 0)
        alerts, _, _ = judged(traffic, 11, policy=terms, reference=known)
        assert opened(alerts, "anonymous_calls") == ({("acme", None): 8} if hidden == 10 else {})
        for alert in alerts:
            assert alert.reasons[0].exposure == {
                "calls": 60, "withheld": 10, "lasting_days": 14, "cleared_at_most": 0.03,
            }  # fmt: skip
            assert (alert.window.since, alert.evidence.counts["calls"]) == (start_of(START + 8), 60)


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


def test_a_share_just_above_the_threshold_may_be_a_slip() -> None:
    """Six in a hundred are more than the policy's twentieth, but of two hundred calls not surely: of ten thousand they are."""
    alerts, _, _ = judged(withholding(0.06, calls=200, days=range(40, 41)), 40, first=40)
    assert alerts == []
    alerts, _, _ = judged(withholding(0.06, calls=10_000, days=range(34, 41)), 40)
    assert opened(alerts, "anonymous_calls").keys() == {("acme", None)}


@pytest.mark.parametrize(("hidden", "severity"), [(100, "high"), (98, "medium")])
def test_who_withholds_half_of_its_calls_is_told_gravely(hidden: int, severity: str) -> None:
    """Half of the calls is of high severity, less is of medium."""
    traffic = Traffic()
    traffic.call(3, "acme", 1, 200 - hidden)
    traffic.withhold(3, "acme", hidden)
    alerts, _, _ = judged(traffic, 3)
    assert [alert.severity for alert in alerts] == [severity]


def test_an_exemption_holds_between_its_days_and_for_its_rules() -> None:
    """From its first day to its last one, both included; before and after nobody is exempt, nor by one of another rule."""
    traffic = Traffic()
    traffic.withhold(10, "acme", 100)
    for said, told in (
        ({"from": date_of(10), "until": date_of(10)}, False),
        ({"from": date_of(11)}, True),
        ({"until": date_of(9)}, True),
        ({"rules": ["short_tenure"]}, True),
    ):
        alerts, _, _ = judged(traffic, 11, reference=exempted(**said))
        assert bool(alerts) is told, said


def test_what_was_told_ends_with_an_exemption() -> None:
    """Who is exempt from now on is not kept told of by the days before."""
    traffic = withholding(0.5, days=range(40, 60))
    alerts, _, _ = judged(traffic, 59, reference=exempted(**{"from": date_of(45)}))
    assert [(alert.status, (alert.as_of - start_of(START + 1)).days) for alert in alerts] == [
        ("open", 40),
        ("resolved", 45),
    ]


def test_a_rule_holds_until_its_last_day() -> None:
    """On the last day of a rule it is judged, and on the next one not."""
    traffic = Traffic()
    traffic.withhold(3, "acme", 100)
    assert judged(traffic, 5, policy=policy(0, 2))[0] == []
    alerts, _, _ = judged(traffic, 3, policy=policy(0, 3))
    assert opened(alerts, "anonymous_calls") == {("acme", None): 3}


def test_days_of_an_outage_are_no_clean_days() -> None:
    """A feed that was out for three weeks shows nothing: who withheld before and after was not seen to stop."""
    traffic = Traffic()
    for each in (*range(30), *range(51, 60)):
        hidden = 30 if each in range(20, 30) or each >= 52 else 0
        traffic.call(each, "acme", 1, 100 - hidden)
        traffic.withhold(each, "acme", hidden)
    alerts, _, _ = judged(traffic, 59)
    assert [alert.status for alert in alerts if alert.status != "update"] == ["open"]
