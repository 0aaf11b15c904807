"""Lists of numbers, for a spreadsheet: those that alerts name, and all of the organisations that are told of."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.alert import Number
    from monitor.replay import Outcome
    from monitor.report import Received

ForExcel = Annotated[
    bool,
    typer.Option(
        "--for-excel",
        help="Write --numbers so that Excel opens it well where a comma is in a figure, as in Dutch: semicolons between its columns, "
        "and numbers as text.",
    ),
]

#: What evidence says of a number's use (`monitor/alert.py`).
_USE = ("first_use", "first_use_known", "last_use", "last_call", "calls", "status")
#: Columns of the list of numbers that alerts name.
COLUMNS = (
    "number", "organisation", "organisation_name", "kind", "alert_status", "severity", "opened_at", "as_of", *_USE, "alert",
)  # fmt: skip
#: Columns of the list of all numbers of an organisation: the same, without what is said of one alert.
ALL = ("number", "organisation", "organisation_name", *_USE)
#: What a spreadsheet may take for a figure or a day, and change: a plus goes away, and so does a nought in front.
_TEXTS = frozenset({"number", "organisation", "alert"})
#: Letters that a spreadsheet takes in a text within a formula.
_MOST = 255
#: Alerts of which it is said how many numbers they count.
_SAID = 3


class _Rows:
    """Writes rows of columns; for Excel as it opens them where a comma is in a figure."""

    def __init__(self, columns: Sequence[str], file: IO[str], for_excel: bool) -> None:
        self._columns, self._for_excel = columns, for_excel
        if for_excel:
            file.write("\ufeff")  # else it takes what is UTF-8 for Latin letters
        self._rows = csv.writer(file, delimiter=";" if for_excel else ",", lineterminator="\n")
        self._rows.writerow(columns)

    def add(self, cells: Iterable[object]) -> None:
        """A row, in the order of the columns; None is empty."""
        self._rows.writerow(map(self._cell, self._columns, cells))

    def _cell(self, column: str, cell: object) -> object:
        if not isinstance(cell, str) or not cell:
            return cell
        if self._for_excel and column in _TEXTS and len(cell) <= _MOST and cell.isprintable():
            quoted = cell.replace('"', '""')
            return f'="{quoted}"'  # a text, whatever it looks like
        return cell if column == "number" else _inert(cell)


def told(states: Sequence[Received], file: IO[str], for_excel: bool = False) -> None:
    """A row for each number that an alert is about or has named, as it named it last."""
    from monitor.report.received import names_of

    last, names = {each.alert.id: each.alert for each in states}, names_of(states)
    named = _named(states)
    rows = _Rows(COLUMNS, file, for_excel)
    for alert in sorted(last.values(), key=lambda alert: (alert.organisation, alert.opened_at, alert.id)):
        whose = (alert.organisation, names.get(alert.organisation))
        about = (*whose, alert.kind, alert.status, alert.severity)
        when = (alert.opened_at.isoformat(), alert.as_of.isoformat())
        numbers: dict[str, Number | None] = {alert.number: None} if alert.number is not None else {}
        for number, line in (numbers | named[alert.id]).items():
            use = [None if line is None else getattr(line, name) for name in _USE]
            rows.add([number, *about, *when, *use, alert.id])


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


def known(outcome: Outcome, file: IO[str], for_excel: bool = False) -> None:
    """A row for each number of the organisations that are told of, as it stands at the end of a replay; what is not known is empty."""
    from monitor.day.usage import start_of
    from monitor.roll import roll

    rows, reference = _Rows(ALL, file, for_excel), outcome.judge.reference
    for entry in roll(outcome, {alert.organisation for alert in outcome.alerts}):
        days = (entry.first_use, entry.last_use, entry.last_call)
        first, until, called = (None if day is None else start_of(day).date() for day in days)
        whose = (f"+{entry.number}", entry.organisation, reference.name_of(entry.organisation))
        rows.add([*whose, first, entry.first_use_known, until, called, entry.calls, entry.status])


def _named(states: Iterable[Received]) -> dict[str, dict[str, Number]]:
    """By alert, the numbers that its states have named, each as it was named last."""
    named: dict[str, dict[str, Number]] = {}
    for each in states:
        lines = {line.number: line for line in each.alert.evidence.numbers}
        named.setdefault(each.alert.id, {}).update(lines)
    return named


def asked(numbers: Path | None, for_excel: bool) -> None:
    """See to it that how a list is written is said where there is one. Raises `typer.BadParameter`."""
    if for_excel and numbers is None:
        raise typer.BadParameter("--for-excel says how --numbers is written; give --numbers FILE, too")


def _inert(name: str) -> str:
    """A name from a record so that a spreadsheet does not take it for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name
