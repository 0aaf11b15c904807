"""Lists of numbers, for a spreadsheet: those that alerts name, and all of the organisations that are told of."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.alert import Number
    from monitor.replay import Outcome
    from monitor.report import Received

#: What evidence says of a number's use (`monitor/alert.py`).
_USE = ("first_use", "first_use_known", "last_use", "last_call", "calls", "status")
#: Columns of the list of numbers that alerts name.
COLUMNS = (
    "number", "organisation", "kind", "alert_status", "severity", "opened_at", "as_of", *_USE, "alert",
)  # fmt: skip
#: Columns of the list of all numbers of an organisation: the same, without what is said of one alert.
ALL = ("number", "organisation", *_USE)
#: Alerts of which it is said how many numbers they count.
_SAID = 3


def told(states: Iterable[Received], file: IO[str]) -> None:
    """A row for each number that an alert is about or has named, as it named it last."""
    last = {each.alert.id: each.alert for each in states}
    named = _named(states)
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    for alert in sorted(last.values(), key=lambda alert: (alert.organisation, alert.opened_at, alert.id)):
        about = (_inert(alert.organisation), _inert(alert.kind), alert.status, alert.severity)
        when = (alert.opened_at.isoformat(), alert.as_of.isoformat())
        numbers: dict[str, Number | None] = {alert.number: None} if alert.number is not None else {}
        for number, line in (numbers | named[alert.id]).items():
            use = [None if line is None else getattr(line, name) for name in _USE]
            rows.writerow([number, *about, *when, *use, _inert(alert.id)])


def unnamed(states: Iterable[Received]) -> str | None:
    """That alerts count more numbers than they name, and which do most; None where all are named."""
    named = _named(states)
    counted: dict[str, tuple[int, str, str]] = {}
    for each in states:
        alert, many = each.alert, each.alert.evidence.counts.get("numbers", 0)
        if alert.number is None and many > len(named[alert.id]):
            counted[alert.id] = max(
                counted.get(alert.id, (0, "", "")), (many, alert.kind, alert.organisation)
            )
    if not counted:
        return None
    most = sorted(counted.items(), key=lambda item: (-item[1][0], item[0]))
    said = [
        f"{kind} of {name} counts {many:,} and has named {len(named[key]):,}"
        for key, (many, kind, name) in most[:_SAID]
    ]
    if len(most) > _SAID:
        said.append(f"{len(most) - _SAID:,} other alerts count more than they name, too")
    return (
        f"not all numbers are in the list, as an alert names 50 of an organisation at most: {'; '.join(said)}. "
        "`nummerwacht replay --numbers FILE` lists all of them where the calls are"
    )


def known(outcome: Outcome, file: IO[str]) -> None:
    """A row for each number of the organisations that are told of, as it stands at the end of a replay; what is not known is empty."""
    from monitor.day.usage import start_of
    from monitor.roll import roll

    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(ALL)
    for entry in roll(outcome, {alert.organisation for alert in outcome.alerts}):
        days = (entry.first_use, entry.last_use, entry.last_call)
        first, until, called = (None if day is None else start_of(day).date() for day in days)
        whose = (f"+{entry.number}", _inert(entry.organisation))
        rows.writerow([*whose, first, entry.first_use_known, until, called, entry.calls, entry.status])


def _named(states: Iterable[Received]) -> dict[str, dict[str, Number]]:
    """By alert, the numbers that its states have named, each as it was named last."""
    named: dict[str, dict[str, Number]] = {}
    for each in states:
        lines = {line.number: line for line in each.alert.evidence.numbers}
        named.setdefault(each.alert.id, {}).update(lines)
    return named


def _inert(name: str) -> str:
    """A name from a record so that a spreadsheet does not take it for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name
