"""Puts a dossier together: figures of the replay, one chapter an organisation."""

from __future__ import annotations

import polars as pl

from monitor.census import curves
from monitor.day.usage import day_of
from monitor.explain import paragraphs, together
from monitor.policy import Policy
from monitor.replay import Outcome
from monitor.report.families import pictures
from monitor.report.page import Drawn, Standing, render
from monitor.report.pictures import Curve, coverage, curve, days, lanes


def dossier(outcome: Outcome, policy: Policy) -> str:
    """The page of a replay (HTML), organisations with open alerts first."""
    standing, called = Standing(outcome.alerts), outcome.judge.reference.called
    usage = outcome.usage.filter(pl.col("organisation").is_in(standing.names)).partition_by(
        "organisation", as_dict=True
    )
    end = day_of(outcome.until) if outcome.until else 0
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
            lanes=lanes(theirs, end, standing.flagged(name)),
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
