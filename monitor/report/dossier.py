"""Puts a dossier together: figures of the replay, one chapter an organisation."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

import polars as pl

from monitor.census import curves
from monitor.day.usage import day_of, start_of
from monitor.explain import paragraphs, together
from monitor.policy import Policy
from monitor.replay import Outcome
from monitor.report.families import pictures
from monitor.report.numbers import Use
from monitor.report.page import Drawn, Standing, render
from monitor.report.pictures import Curve, coverage, curve, days, lanes
from monitor.roll import roll


def dossier(outcome: Outcome, policy: Policy) -> str:
    """The page of a replay (HTML), organisations with open alerts first."""
    standing = Standing(outcome.alerts, _uses(outcome, {alert.organisation for alert in outcome.alerts}))
    called = outcome.judge.reference.called
    usage = outcome.usage.filter(pl.col("organisation").is_in(standing.names)).partition_by(
        "organisation", as_dict=True
    )
    end = day_of(_last(outcome.until)) if outcome.until else 0
    found = curves(outcome.judge)

    def curve_of(name: str) -> Curve | None:
        if found is None:
            return None
        row = outcome.judge.moment().state.codes[name]
        short = any(alert.kind == "short_tenure" for alert in standing.of[name])
        # Numbers that ended with their organisation are ends that the curve doesn't see: beside their table it would deny them.
        if short and not found[0].events[row]:
            return None
        return curve(found[0], row, int(found[1][row]), policy.tenure.use_term)

    def drawn(name: str) -> Drawn:
        theirs = usage.get((name,), outcome.usage.clear())
        return Drawn(
            lanes=lanes(theirs, end, standing.flagged(name), uncertain=standing.uncertain(name)),
            curve=curve_of(name),
            days=days(theirs),
            families=pictures(outcome, name, standing.of[name], end),
        )

    chapters = [
        standing.chapter(
            name,
            drawn(name),
            lambda alert: paragraphs(alert, policy, called),
            lambda alerts: together(alerts, policy, called),
            called,
        )
        for name in standing.names
    ]
    return render(
        chapters,
        outcome=outcome,
        until=outcome.until and outcome.until.astimezone(policy.zone),
        judged_by=f"{policy.profile} {policy.version}",
        jurisdiction=policy.jurisdiction,
        coverage=coverage(outcome.coverage),
    )


def _uses(outcome: Outcome, names: Collection[str]) -> dict[str, dict[str, Use]]:
    """The numbers of organisations as they stand at the end of a replay, as its list of numbers has them."""

    def on(day: int | None) -> date | None:
        return None if day is None else start_of(day).date()

    found: dict[str, dict[str, Use]] = {}
    for entry in roll(outcome, names):
        number = f"+{entry.number}"
        found.setdefault(entry.organisation, {})[number] = Use(
            number=number,
            first=on(entry.first_use),
            first_known=entry.first_use_known,
            last=on(entry.last_use),
            called=on(entry.last_call),
            calls=entry.calls,
            status=entry.status,
            until=outcome.until,
        )
    return found


def _last(until: datetime) -> datetime:
    """The last instant before one: at midnight, of the day before."""
    return until - timedelta(microseconds=1)
