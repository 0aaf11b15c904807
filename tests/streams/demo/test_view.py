"""What the demo says where there is no terminal."""

from __future__ import annotations

import io

from prometheus_client import CollectorRegistry
from rich.console import Console

from streams.cli.screen import Screen
from streams.demo.view import Seen, View


def _event(kind: str, said: str) -> dict:
    data = {"as_of": "2026-02-03T00:00:00Z", "status": "open", "kind": kind, "organisation": "B.V. Proef"}
    return {"data": data | {"explanation": {"en": said}}}


def test_an_alert_is_a_line_that_says_what_it_is_and_is_said_once() -> None:
    """Its figures are left to the dossier, and numbers that were given up to their count."""
    screen, seen = Screen(), Seen(CollectorRegistry(), lambda: None, lambda: 0, lambda: 0)
    screen.out = Console(file=(said := io.StringIO()), width=200)
    seen.alerts = [
        _event(
            "number_carousel",
            "Noticed: other numbers at the shop of B.V. Proef.\n\nLooked at: 4 January.\n\nMore.",
        ),
        _event("short_tenure", "Noticed: a number that was given up."),
    ]
    with View(screen, seen).live() as look:
        look()
        look()
    [line] = [line for line in said.getvalue().splitlines() if " open " in line]
    assert line.split("  ")[-1].strip() == "Noticed: other numbers at the shop of B.V. Proef."
