"""Every scenario file: who does what, then what is told on which day, and of whom nothing is.

`measures`: of whom a measure is told and who is named beside them; of nobody else it is.
`exposures`: what is said besides when it is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml

from monitor.alert import Alert, clearing
from monitor.day.usage import start_of
from monitor.explain import explain
from monitor.policy import Policy
from monitor.reference import Reference
from tests.rules.traffic import FIRST_NUMBER, START, Traffic, judged
from tests.scenarios.acts import ACTS

POLICY = Policy.load("nl")
#: Measures of which a threshold is the least that is expected; of the others it is the most.
_AT_LEAST = {
    "survival_at_use_term",
    "survival_at_this_rate",
    "stayed_share",
    "same_number_share",
    "answered_share",
    "answered_share_together",
    "index_of_dispersion",
}
#: Measures that are graded by what was seen: dispersion, which only says how, and rests, which ask for unanswered callers beside
#: them. Their interval is told to who reads it.
_BY_VALUE = {"effective_over_needed_numbers", "rested_share"}
FILES = sorted(Path(__file__).parent.glob("*.yaml"))
#: Run by default: short ones, of every kind of alert. `make test-wide` runs the others, which take far longer.
DEFAULT = {"early", "invalid", "linkage", "single_use", "unreachable", "withheld"}


def _each() -> list:
    assert {file.stem for file in FILES} >= DEFAULT
    return [
        pytest.param(file, id=file.stem, marks=() if file.stem in DEFAULT else pytest.mark.wide)
        for file in FILES
    ]


@pytest.mark.parametrize("file", _each())
def test_what_is_told_and_when(file: Path) -> None:
    """Each alert opens at the close of its day, none a day before, and nothing else is told; its reasons bear it out."""
    scenario = yaml.safe_load(file.read_text("utf-8"))
    traffic = Traffic()
    for step in scenario["calls"]:
        name, given = next(iter(step.items()))
        ACTS[name](traffic, **given)
    reference = Reference.load(_dated(scenario.get("reference")))
    alerts, _, _ = judged(traffic, scenario["days"] - 1, reference=reference)
    assert _told(alerts) == {want.pop("who"): want for want in scenario["told"]}
    assert _told_twice(alerts) == []
    assert _unsure(alerts) == []
    assert _said_twice(alerts) == []
    assert _contradictory(alerts) == []
    assert _baseless(alerts) == []
    assert _cleared_otherwise(alerts) == []
    assert _vague(alerts) == []
    for measure, wanted in scenario.get("measures", {}).items():
        assert _measured(alerts, measure) == wanted, measure
    for exposure, wanted in scenario.get("exposures", {}).items():
        assert _exposed(alerts, exposure) == wanted, exposure


def _baseless(alerts: list[Alert]) -> list[tuple]:
    """Carousels that are told of, also while they go on, by nothing but how the calls are spread."""
    return [
        (alert.organisation, alert.as_of)
        for alert in alerts
        if alert.kind == "number_carousel"
        and {reason.family for reason in alert.reasons} <= {"dispersion", "dialler"}
    ]


def _cleared_otherwise(alerts: list[Alert]) -> list[tuple]:
    """Rests of which a letter names another share by which they end than their reason does."""
    return [
        (alert.organisation, alert.as_of, reason.clears_when)
        for alert in alerts
        for reason in clearing(alert.reasons)
        if reason.measure == "rested_share"
        and reason.clears_when[1:].rstrip(".") not in explain(alert, POLICY)["en"]
    ]


def _vague(alerts: list[Alert]) -> list[tuple]:
    """What ends without the days or the share that are applied, or is reckoned by a measure that is not told."""
    vague = ("wekenlang", "for weeks", "meestal gehoor krijgt", "are mostly answered")
    return [
        (alert.organisation, alert.as_of, words)
        for alert in alerts
        for text in explain(alert, POLICY).values()
        for words in vague
        if words in text
    ] + [
        (alert.organisation, alert.as_of, reason.measure)
        for alert in alerts
        for reason in alert.reasons
        if reason.family == "dispersion" and "calls_a_number_a_day" not in reason.exposure
    ]


def _contradictory(alerts: list[Alert]) -> list[tuple]:
    """Numbers of whose use it is said that it had more days with calls than days, or whose last call came after it without a word."""
    found = []
    for alert in alerts:
        for reason in alert.reasons:
            if reason.measure != "days_in_use":
                continue
            told, said = reason.exposure, explain(alert, POLICY)
            later = told["days_to_last_call"] > 0
            # Of a trickle longer than the weeks that are kept only all calls together are known.
            apart = "days_with_calls_after_use" in told
            days = reason.value + (0 if apart else told["days_to_last_call"])
            spoken = (
                "After that" in said["en"] and "Daarna" in said["nl"] if apart else "in all" in said["en"]
            )
            if told["days_with_calls"] - told.get("days_with_calls_after_use", 0) > days or spoken != later:
                found.append((alert.organisation, alert.number, told))
    return found


def _exposed(alerts: list[Alert], exposure: str) -> dict[str, int]:
    """Of whom an amount (`family.name`) is told when an alert opens, in whole numbers."""
    family, _, name = exposure.partition(".")
    found: dict[str, int] = {}
    for alert in alerts:
        for reason in alert.reasons:
            if reason.family == family and name in reason.exposure:
                found.setdefault(alert.organisation, round(reason.exposure[name]))
    return found


def _measured(alerts: list[Alert], measure: str) -> dict[str, list[str]]:
    """Of whom a measure (`family.name`) is told, with the organisations that are named beside each."""
    named: dict[str, list[str]] = {}
    for alert in alerts:
        if any(f"{reason.family}.{reason.measure}" == measure for reason in alert.reasons):
            named.setdefault(alert.organisation, sorted(alert.evidence.related))
    return named


def _unsure(alerts: list[Alert]) -> list[tuple]:
    """Reasons that opened an alert by themselves, or of churn that keep one open, whose interval is not beyond their threshold, or not around them."""
    found = []
    for alert in alerts:
        for reason in alert.reasons:
            opened = reason.strong and alert.status == "open"
            if reason.interval is None or not (opened or reason.family == "churn"):
                continue
            low, high = reason.interval
            sure = high < reason.threshold if reason.measure in _AT_LEAST else low >= reason.threshold
            if not low <= reason.value <= high or not (sure or reason.measure in _BY_VALUE):
                found.append(
                    (alert.organisation, reason.measure, reason.value, reason.interval, reason.threshold)
                )
    return found


def _said_twice(alerts: list[Alert]) -> list[tuple[str, str]]:
    """Sentences that stand in one alert more than once."""
    found = []
    for alert in alerts:
        for text in explain(alert, POLICY).values():
            sentences = Counter(text.split(". "))
            found += [(alert.organisation, said) for said, times in sentences.items() if times > 1]
    return found


def _told_twice(alerts: list[Alert]) -> list[tuple[str, str, str | None]]:
    """Of which number of whom a kind of alert opened while another one was open."""
    kept: dict[tuple, set[str]] = defaultdict(set)
    twice = []
    for alert in alerts:
        key = (alert.kind, alert.organisation, alert.number)
        if alert.status == "resolved":
            kept[key].discard(alert.id)
            continue
        kept[key].add(alert.id)
        if alert.number and len(kept[key]) > 1:
            twice.append(key)
    return twice


def _told(alerts: list[Alert]) -> dict[str, dict]:
    """By organisation: what was opened and resolved at the close of which day; of short tenures how many, and from when."""
    told: dict[str, dict] = defaultdict(dict)
    for alert in alerts:
        day = (alert.as_of - start_of(START + 1)).days
        what = alert.kind if alert.number is None else f"{alert.kind} {int(alert.number[1:]) - FIRST_NUMBER}"
        ours = told[alert.organisation]
        if alert.status == "open" and alert.kind == "short_tenure":
            ours["short_tenures"] = ours.get("short_tenures", 0) + 1
            ours.setdefault("from", day)
        elif alert.status == "open":
            ours.setdefault(what, day)
        elif alert.status == "resolved":
            ours[f"{what} resolved"] = day
    return told


def _dated(reference: dict | None) -> dict | None:
    """A reference whose events are on days of the scenario."""
    for event in (reference or {}).get("declarations", []):
        event["on"] = start_of(START + event.pop(True)).date()  # YAML reads `on` as true
    for exemption in (reference or {}).get("exemptions", []):
        exemption["until"] = start_of(START + exemption["until"]).date()
    return reference
