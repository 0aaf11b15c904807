"""Alerts for people: what is open, since when, and why, in a table or a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from monitor.verdict import GRAVITY
from streams.cli.screen import Screen

if TYPE_CHECKING:
    from monitor.alert import Alert
    from monitor.policy import Policy
    from monitor.reference import Reference

#: Alerts that are shown; the file has all of them.
_SHOWN = 20


def standing(alerts: Iterable[Alert]) -> list[Alert]:
    """The last state of each alert, those that are open first, the newest of them on top."""
    last = {alert.id: alert for alert in alerts}
    return sorted(
        last.values(), key=lambda alert: (alert.status == "resolved", -alert.opened_at.timestamp(), alert.id)
    )


def show(alerts: Iterable[Alert], screen: Screen) -> None:
    """The alerts that are open, as a table: the gravest first, and numbers of one organisation together."""
    told = standing(alerts)
    opened = [alert for alert in told if alert.status != "resolved"]
    if not opened:
        screen.note(f"no alert is open; {len(told):,} were, and are over" if told else "nothing to tell of")
        return
    bundles = bundled(opened)
    screen.table(
        f"Open alerts ({len(opened):,})",
        "kind",
        "organisation",
        "number",
        "severity",
        "since",
        "why (and the bound)",
        rows=[_row(bundle) for bundle in bundles[:_SHOWN]],
        under=True,
    )
    if len(bundles) > _SHOWN:
        screen.note(f"... and {len(bundles) - _SHOWN:,} more lines")


def bundled(alerts: Iterable[Alert]) -> list[list[Alert]]:
    """Alerts of one kind about numbers of one organisation together; the gravest first, of these the newest."""
    bundles: dict[tuple[str, str, str, bool], list[Alert]] = {}
    for alert in alerts:
        key = (alert.organisation, alert.kind, alert.about, alert.number is None)
        bundles.setdefault(key, []).append(alert)
    return sorted(
        bundles.values(),
        key=lambda bundle: (
            min(GRAVITY.index(alert.severity) for alert in bundle),
            -max(alert.opened_at for alert in bundle).timestamp(),
            bundle[0].organisation,
            bundle[0].kind,
        ),
    )


def _row(bundle: list[Alert]) -> tuple[object, ...]:
    first = min(bundle, key=lambda alert: alert.opened_at)
    worst = min(bundle, key=lambda alert: GRAVITY.index(alert.severity))
    found: dict[str, list[tuple[float, float]]] = {}
    for alert in bundle:
        for reason in alert.reasons:
            found.setdefault(reason.measure, []).append((reason.value, reason.threshold))
    reasons = ", ".join(
        f"{measure} {_span([value for value, _ in seen])} ({seen[0][1]:.3g})"
        for measure, seen in found.items()
    )
    return (
        first.kind,
        first.organisation,
        f"{len(bundle):,} {'numbers' if first.number else 'alerts'}"
        if len(bundle) > 1
        else first.number or first.about,
        worst.severity,
        f"{first.opened_at:%Y-%m-%d}",
        reasons,
    )


def _span(values: list[float]) -> str:
    least, most = f"{min(values):.3g}", f"{max(values):.3g}"
    return least if least == most else f"{least} to {most}"


def lines(alerts: Iterable[Alert], policy: Policy, reference: Reference) -> Iterator[str]:
    """Each state of each alert as a CloudEvent in words and figures, one a line. reference: has the names of organisations."""
    from monitor.alert import encode
    from monitor.explain import explain

    for alert in alerts:
        words = explain(alert, policy, reference.called)
        yield encode(alert, words, reference.name_of(alert.organisation)).decode() + "\n"


def write(alerts: Iterable[Alert], policy: Policy, reference: Reference, file: TextIO) -> None:
    file.writelines(lines(alerts, policy, reference))
