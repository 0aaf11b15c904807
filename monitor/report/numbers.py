"""Alerts about single numbers, as people read them: one table for an organisation and kind.

On the stream each number has an alert of its own, since bodies act on numbers: who blocks, withdraws or
publishes one needs its id, its state and its end. Thousands of times the same sentence is not read, however: so
the page says it once, and gives what differs between the numbers as rows. All are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.alert import Alert, Reason
from monitor.number import pretty
from monitor.verdict import GRAVITY

#: Alerts of one kind that are still written out one by one.
_WRITTEN = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One number."""

    number: str
    first: date | None  # None: not known any more
    last: date | None
    called: date | None  # for the last time, which may be after the last use
    calls: int | None  # up to that
    reason: Reason  # why, with its value
    told: date
    over: bool  # resolved


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of one kind."""

    kind: str
    severity: str
    words: Mapping[str, str]
    rows: list[Row]


def tables(
    alerts: Iterable[Alert],
    noted: Mapping[str, Alert],
    together: Callable[[Sequence[Alert]], Mapping[str, str]],
) -> tuple[list[Alert], list[Table]]:
    """Those that are few enough to be written out, and the others as tables.

    alerts: the last states of alerts about single numbers of an organisation. noted: by id, their last states that had
        evidence: one that is resolved has none. together: says in words, by language, what several have in common.
    """
    by_kind: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_kind.setdefault(alert.kind, []).append(alert)
    written: list[Alert] = []
    found: list[Table] = []
    for kind, theirs in by_kind.items():
        if len(theirs) <= _WRITTEN:
            written += theirs
            continue
        opened = [alert for alert in theirs if alert.status != "resolved"]
        rows = sorted((_row(alert, noted) for alert in theirs), key=lambda row: (row.told, row.number))
        found.append(
            Table(
                kind,
                min((alert.severity for alert in opened or theirs), key=GRAVITY.index),
                together(theirs),
                rows,
            )
        )
    return written, found


def _row(alert: Alert, noted: Mapping[str, Alert]) -> Row:
    line = next(iter(noted.get(alert.id, alert).evidence.numbers), None)
    return Row(
        pretty(int(alert.number.lstrip("+"))),
        line and line.first_use,
        line and line.last_use,
        line and line.last_call,
        line and line.calls,
        alert.reasons[0],
        alert.opened_at.date(),
        alert.status == "resolved",
    )
