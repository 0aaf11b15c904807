"""An alert opens on a verdict that is sure, and ends only when even a weaker one is away."""

from __future__ import annotations

from dataclasses import replace

from monitor.policy import Policy, Telling
from monitor.told import Told
from monitor.verdict import Evidence, Reason, Verdict

NL = Policy.load("nl")
#: Where a verdict must hold for two days.
_CAROUSEL = NL.rules.number_carousel.model_copy(update={"telling": Telling(hold_days=2, clean_days=14)})
POLICY = NL.model_copy(update={"rules": NL.rules.model_copy(update={"number_carousel": _CAROUSEL})})


def verdict(opens: bool, severity: str = "medium") -> Verdict:
    return Verdict(
        kind="number_carousel",
        organisation="acme",
        number=None,
        severity=severity,
        reasons=(Reason("churn", "survival_at_use_term", 0.0, 0.7, "Numbers stay."),),
        window=(0, 10),
        evidence=lambda: Evidence({}, (), (), 1.0),
        opens=opens,
    )


def told(*held: bool | None) -> list[tuple[str, int]]:
    """What is told over days with a sure verdict (True), a weak one (False) or none."""
    book, said = Told(POLICY), []
    for day, opens in enumerate(held):
        verdicts = [] if opens is None else [verdict(opens)]
        said += [(alert.status, day) for alert in book.step(20_000 + day, verdicts)]
    return said


def test_a_weak_verdict_opens_nothing() -> None:
    """However long it holds; nor does it count towards the days that a sure one must hold."""
    assert told(*[False] * 30) == []
    assert told(True, False, True, False) == []
    assert told(True, True) == [("open", 1)]


def test_a_verdict_of_high_severity_is_told_at_once() -> None:
    """Where several measures agree, another day adds little; a weak one opens nothing all the same."""
    assert [alert.status for alert in Told(POLICY).step(20_000, [verdict(True, "high")])] == ["open"]
    assert Told(POLICY).step(20_000, [verdict(True)]) == []
    assert Told(POLICY).step(20_000, [verdict(False, "high")]) == []


def test_a_weak_verdict_keeps_an_alert_open() -> None:
    """The days until it is resolved begin when the weak one is away too."""
    clean = POLICY.rules.number_carousel.telling.clean_days
    assert told(True, True, *[False] * 30, *[None] * (clean - 1)) == [("open", 1)]
    assert told(True, True, *[False] * 30, *[None] * clean) == [("open", 1), ("resolved", 31 + clean)]


def test_what_lasts_is_not_resolved_however_long_its_verdict_is_away() -> None:
    """While the judge says that an open alert goes on, no day counts as clean; before it is open, that is not asked."""
    clean, book, said = POLICY.rules.number_carousel.telling.clean_days, Told(POLICY), []
    for day in range(40 + clean):
        verdicts = [verdict(True)] if day < 2 else []
        alerts = book.step(20_000 + day, verdicts, lasts=lambda *key, day=day: day < 40)
        said += [(alert.status, day) for alert in alerts]
    assert said == [("open", 1), ("resolved", 39 + clean)]


def test_of_one_that_stopped_calling_nothing_new_is_told() -> None:
    """A verdict that still holds of an organisation that makes no calls keeps its alert open, and updates nothing."""
    book, far = Told(POLICY), replace(verdict(True, "high"), reasons=())
    assert [alert.status for alert in book.step(20_000, [verdict(True, "medium")])] == []
    assert [alert.status for alert in book.step(20_001, [verdict(True, "medium")])] == ["open"]
    assert book.step(20_060, [replace(far, current=False)]) == []
    assert [alert.status for alert in book.step(20_061, [far])] == ["update"]


def test_what_is_told_of_an_organisation_is_not_told_of_each_number() -> None:
    """A verdict about a number opens nothing while one of its kind about the organisation is open, and ends none."""
    whole = replace(verdict(True), kind="unreachable_number")
    number, other = replace(whole, number=31_850_000_001), replace(whole, number=31_850_000_002)
    book = Told(POLICY)
    told = [
        book.step(20_000 + day, [*held])
        for day, held in enumerate(((number,), (number, whole), (number, other, whole)))
    ]
    assert [[(alert.status, alert.number) for alert in alerts] for alerts in told] == [
        [("open", "+31850000001")],
        [("open", None)],
        [],
    ]
