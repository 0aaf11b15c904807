"""Every scenario file: who does what, then what is told on which day, and of whom nothing is.

`measures`: of whom a measure is told and who is named beside them; of nobody else it is.
`exposures`: what is said besides when it is told.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from monitor.alert import Alert
from monitor.reference import Reference
from monitor.usage import start_of
from tests.rules.traffic import FIRST_NUMBER, START, Traffic, judged
from tests.scenarios.acts import ACTS

FILES = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_told_and_when(file: Path) -> None:
    """Each alert opens at the close of its day, none a day before, and nothing else is told."""
    scenario = yaml.safe_load(file.read_text("utf-8"))
    traffic = Traffic()
    for step in scenario["calls"]:
        name, given = next(iter(step.items()))
        ACTS[name](traffic, **given)
    reference = Reference.load(_dated(scenario.get("reference")))
    alerts, _, _ = judged(traffic, scenario["days"] - 1, reference=reference)
    assert _told(alerts) == {want.pop("who"): want for want in scenario["told"]}
    assert _told_twice(alerts) == []
    for measure, wanted in scenario.get("measures", {}).items():
        assert _measured(alerts, measure) == wanted, measure
    for exposure, wanted in scenario.get("exposures", {}).items():
        assert _exposed(alerts, exposure) == wanted, exposure


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
    return reference
