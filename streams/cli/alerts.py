"""Alerts for people: what is open, since when, and why, in a table or a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from streams.cli.screen import Screen

if TYPE_CHECKING:
    from monitor.alert import Alert

#: Alerts that are shown; the file has all of them.
_SHOWN = 20
_COLOURS = {"high": "bold red", "medium": "yellow", "low": "dim"}


def standing(alerts: Iterable[Alert]) -> list[Alert]:
    """The last state of each alert, those that are open first, the newest of them on top."""
    last = {alert.id: alert for alert in alerts}
    return sorted(
        last.values(), key=lambda alert: (alert.status == "resolved", -alert.opened_at.timestamp(), alert.id)
    )


def show(alerts: Iterable[Alert], screen: Screen) -> None:
    """The alerts that are open, as a table."""
    opened = [alert for alert in standing(alerts) if alert.status != "resolved"]
    if not opened:
        return
    screen.table(
        f"Open alerts ({len(opened):,})",
        "kind",
        "organisation",
        "number",
        "severity",
        "since",
        "why",
        rows=[_row(alert) for alert in opened[:_SHOWN]],
    )
    if len(opened) > _SHOWN:
        screen.note(f"... and {len(opened) - _SHOWN:,} more")


def _row(alert: Alert) -> tuple[object, ...]:
    reasons = ", ".join(
        f"{reason.measure} {reason.value:.3g} ({reason.threshold:.3g})" for reason in alert.reasons
    )
    return (
        alert.kind,
        alert.organisation,
        alert.number or "",
        alert.severity,
        f"{alert.opened_at:%Y-%m-%d}",
        reasons,
    )


def lines(alerts: Iterable[Alert]) -> Iterator[str]:
    """Each state of each alert as a CloudEvent in words and figures, one a line."""
    from monitor.alert import encode
    from monitor.explain import explain

    for alert in alerts:
        yield encode(alert, explain(alert)).decode() + "\n"


def write(alerts: Iterable[Alert], file: TextIO) -> None:
    file.writelines(lines(alerts))
