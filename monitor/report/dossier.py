"""Puts a dossier together: figures of the replay, one chapter an organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from monitor.alert import Alert
from monitor.census import curves
from monitor.day.usage import day_of, start_of
from monitor.explain import LANGUAGES, Called, paragraphs
from monitor.explain.formats import FORMATS
from monitor.policy import Policy
from monitor.replay import Outcome
from monitor.report.families import Picture, pictures
from monitor.report.numbers import Table, tables
from monitor.report.pictures import Curve, Days, Lanes, coverage, curve, days, lanes
from monitor.report.texts import TEXTS
from monitor.verdict import GRAVITY


@dataclass(frozen=True, slots=True)
class Told:
    """The last state of an alert, and in words."""

    alert: Alert
    words: Mapping[str, list[str]]  # paragraphs, by language


@dataclass(frozen=True, slots=True)
class Chapter:
    """One organisation."""

    name: str
    anchor: str
    alerts: list[Told]
    tables: list[Table]  # alerts about single numbers, where they are many
    kinds: list[str]
    lanes: Lanes
    curve: Curve | None
    days: Days
    families: list[Picture]
    severity: str


def dossier(outcome: Outcome, policy: Policy) -> str:
    """The page of a replay (HTML), organisations with open alerts first."""
    last = {alert.id: alert for alert in outcome.alerts}
    noted = {alert.id: alert for alert in outcome.alerts if alert.evidence.numbers}
    by_organisation: dict[str, list[Alert]] = {}
    for alert in last.values():
        by_organisation.setdefault(alert.organisation, []).append(alert)
    names = sorted(by_organisation, key=lambda name: _rank(by_organisation[name], name))
    usage = outcome.usage.filter(pl.col("organisation").is_in(names)).partition_by(
        "organisation", as_dict=True
    )
    end = day_of(outcome.until) if outcome.until else 0
    found = curves(outcome.judge)

    def curve_of(name: str) -> Curve | None:
        if found is None:
            return None
        row = outcome.judge.moment().state.codes[name]
        short = any(alert.kind == "short_tenure" for alert in by_organisation[name])
        # Numbers that ended with their organisation are ends that the curve doesn't see: beside their table it would deny them.
        if short and not found[0].events[row]:
            return None
        return curve(found[0], row, int(found[1][row]), policy.tenure.use_term)

    chapters = [
        _chapter(
            name,
            at,
            by_organisation[name],
            noted,
            usage.get((name,), outcome.usage.clear()),
            policy,
            outcome.judge.reference.called,
            end,
            curve_of(name),
            pictures(outcome, name, by_organisation[name], end),
        )
        for at, name in enumerate(names)
    ]
    return _template().render(
        outcome=outcome,
        policy=policy,
        until=outcome.until and outcome.until.astimezone(policy.zone),
        chapters=chapters,
        languages=LANGUAGES,
        texts=TEXTS,
        coverage=coverage(outcome.coverage),
        css=resources.files("monitor.report").joinpath("dossier.css").read_text("utf-8"),
        day=lambda number: start_of(number).date(),
    )


def _rank(alerts: list[Alert], name: str) -> tuple[object, ...]:
    opened = [alert for alert in alerts if alert.status != "resolved"]
    worst = min((GRAVITY.index(alert.severity) for alert in opened), default=len(GRAVITY))
    return worst, -len(opened), name


def _chapter(
    name: str,
    at: int,
    alerts: list[Alert],
    noted: Mapping[str, Alert],
    usage: pl.DataFrame,
    policy: Policy,
    called: Called,
    end: int,
    drawn: Curve | None,
    families: list[Picture],
) -> Chapter:
    alerts = sorted(
        alerts, key=lambda alert: (alert.number is not None, alert.status == "resolved", alert.opened_at)
    )
    fleet = [alert for alert in alerts if alert.number is None]
    single = [alert for alert in alerts if alert.number is not None]
    flagged = {int(alert.number.lstrip("+")) for alert in single}
    few, many = tables(single, noted, policy, called)
    opened = [alert.severity for alert in alerts if alert.status != "resolved"]
    return Chapter(
        name=called(name),
        anchor=f"o{at}",
        alerts=[Told(alert, paragraphs(alert, policy, called)) for alert in fleet + few],
        tables=many,
        kinds=list(dict.fromkeys(alert.kind for alert in alerts)),
        lanes=lanes(usage, end, flagged),
        curve=drawn,
        days=days(usage),
        families=families,
        severity=next((each for each in GRAVITY if each in opened), "none"),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("monitor.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    for language, formats in FORMATS.items():
        environment.filters |= {f"{name}_{language}": form for name, form in formats.items()}
    return environment.get_template("dossier.html.j2")
