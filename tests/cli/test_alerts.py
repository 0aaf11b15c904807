"""Alerts as a table: the gravest first, and the numbers of one organisation on one line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rich.console import Console

from monitor.alert import Alert, Basis, Evidence, Reason, Window
from streams.cli.alerts import show
from streams.cli.screen import Screen
from streams.cli.what_if import _show

_DAY = datetime(2026, 3, 1, tzinfo=UTC)


def alert(
    kind: str, number: int | None, severity: str, day: int, value: float, measure: str = "measure"
) -> Alert:
    at = _DAY.replace(day=day)
    reason = Reason(
        family=kind, measure=measure, value=value, threshold=90, exposure={}, strong=True, clears_when=""
    )
    return Alert(
        id=f"{kind}{number}{measure}",
        sequence=0,
        kind=kind,
        status="open",
        organisation="acme",
        number=number and f"+{number}",
        severity=severity,
        opened_at=at,
        as_of=at,
        window=Window(since=_DAY, to=at),
        reasons=[reason],
        clears_when="",
        policy=Basis(profile="nl", version="1", basis="ksf-2022"),
        evidence=Evidence.over(),
    )


def test_a_carousel_stands_above_its_numbers_which_are_one_line(capsys: pytest.CaptureFixture) -> None:
    """However many numbers are told after it, and however many there are."""
    alerts = [alert("number_carousel", None, "high", 2, 0.25)]
    alerts += [
        alert("short_tenure", 31_850_000_000 + turn, "low", 3 + turn % 9, turn + 1) for turn in range(60)
    ]
    alerts.append(alert("invalid_number", 31_850_000_099, "medium", 20, 0.5))
    show(alerts, Screen())
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[:5] for row in rows[1:]] == [
        ["number_carousel", "acme", "", "high", "2026-03-02"],
        ["invalid_number", "acme", "+31850000099", "medium", "2026-03-20"],
        ["short_tenure", "acme", "60 numbers", "low", "2026-03-03"],
    ]
    assert rows[3][5] == "measure 1 to 60 (90)"


def test_an_alert_about_shared_numbers_is_another_one(capsys: pytest.CaptureFixture) -> None:
    """In the table, and in what another policy would change: of one kind an organisation may have several."""
    own = alert("number_carousel", None, "high", 2, 0.25)
    shared = alert("number_carousel", None, "medium", 2, 0.5, measure="numbers_of_others")
    show([own, shared], Screen())
    rows = [line.split("\t")[:4] for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [["number_carousel", "acme", "", "high"], ["number_carousel", "acme", "sharing", "medium"]]
    _show([own, shared], [own], Screen())
    (row,) = capsys.readouterr().out.splitlines()[1:]
    assert row.split("\t")[:4] == ["vanishes", "number_carousel", "acme", "sharing"]


def test_a_name_from_a_record_leads_no_terminal_and_makes_no_line(capsys):
    """Its tabs, line ends and escapes are shown and not obeyed; other letters stay as they are."""
    named = alert("short_tenure", None, "low", 1, 4).model_copy(
        update={"organisation": "a\tb\n\x1b[2J[b]Ünï"}
    )
    show([named], Screen())

    head, row = capsys.readouterr().out.splitlines()
    assert len(row.split("\t")) == len(head.split("\t"))
    assert r"a\x09b\x0a\x1b[2J[b]Ünï" in row


def test_one_long_name_moves_only_its_own_row():
    """On a narrow terminal the other rows stay in their columns."""
    screen = Screen()
    screen.out = Console(width=80, force_terminal=True, color_system=None, record=True)
    long = alert("short_tenure", None, "low", 1, 4).model_copy(update={"organisation": "x" * 200})
    show([alert("number_carousel", None, "high", 2, 0.25), long], screen)

    (row,) = (line for line in screen.out.export_text().splitlines() if line.startswith("number_carousel"))
    assert row.split() == ["number_carousel", "acme", "high", "2026-03-02"]
