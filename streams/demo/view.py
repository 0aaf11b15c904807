"""What the demo shows while it runs: a live picture on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from monitor.explain import PARTING
from streams.cli.screen import Screen

#: Seconds between plain lines, and alerts shown below the figures.
_LINE_SECONDS = 5.0
_SHOWN = 10
_COLOURS = {"open": "bold red", "update": "yellow", "resolved": "green"}


@dataclass(slots=True)
class Seen:
    """What is shown; the counts are the worker's own metrics."""

    registry: CollectorRegistry
    until: Callable[[], datetime | None]
    sent: Callable[[], int]
    organisations: Callable[[], int]
    alerts: list[dict] = field(default_factory=list)  # CloudEvents, in the order in which they came

    def total(self, *names: str) -> int:
        """The sum of metrics over all their labels."""
        # Not of all: the collector of the process reads files at every look.
        wanted = self.registry.restricted_registry([f"nummerwacht_{name}" for name in names])
        return int(sum(sample.value for family in wanted.collect() for sample in family.samples))

    def numbers(self) -> int:
        """Pairs of organisation and number of which something is kept."""
        return self.total("state_numbers")

    def accounted(self) -> int:
        """Records of which it is known what became of them."""
        return self.total(
            "applied_calls_total",
            "repeated_calls_total",
            "rejected_records_total",
            "folded_records_total",
            "too_late_calls_total",
        )

    def carousels(self) -> set[str]:
        """The organisations told to be carousels."""
        return {
            event["data"]["organisation"]
            for event in self.alerts
            if event["data"]["kind"] == "number_carousel" and event["data"]["status"] == "open"
        }


class View:
    """Shows what was seen, again and again."""

    def __init__(self, screen: Screen, seen: Seen) -> None:
        self._screen, self._seen = screen, seen
        self._shown = 0
        self._before = (time.monotonic(), 0)
        self._line = 0.0

    @contextmanager
    def live(self) -> Iterator[Callable[[], None]]:
        """Gives what is to be called now and then."""
        if not self._screen.out.is_terminal:
            yield self._plain
            return
        with Live(self._picture(), console=self._screen.out, refresh_per_second=4) as live:
            yield lambda: live.update(self._picture())

    def _rate(self) -> float:
        """Calls a second since the last look."""
        now, calls = time.monotonic(), self._seen.accounted()
        then, before = self._before
        if now - then >= 1:
            self._before = (now, calls)
        return (calls - before) / max(now - then, 0.1)

    def _figures(self) -> str:
        until = self._seen.until()
        day = f"{until:%Y-%m-%d}" if until else "-"
        return (
            f"{day}  {self._rate():,.0f} CDRs/s  {self._seen.accounted():,} of {self._seen.sent():,} accounted for  "
            f"{self._seen.organisations():,} organisations  {self._seen.numbers():,} numbers  "
            f"{len(self._seen.carousels())} carousels"
        )

    def _picture(self) -> Group:
        table = Table(box=None, padding=(0, 2, 0, 0), title="Alerts, newest first", title_justify="left")
        for column in ("day", "status", "what", "organisation", "number"):
            table.add_column(column, header_style="dim")
        for event in [e for e in reversed(self._seen.alerts) if e["data"]["kind"] != "short_tenure"][:_SHOWN]:
            data = event["data"]
            table.add_row(
                data["as_of"][:10],
                Text(data["status"], style=_COLOURS[data["status"]]),
                data["kind"].replace("_", " "),
                Text(data["organisation"]),
                data["number"] or "",
            )
        tenures = sum(event["data"]["kind"] == "short_tenure" for event in self._seen.alerts)
        newest = next(
            (event["data"]["explanation"]["en"] for event in reversed(self._seen.alerts)
             if event["data"]["kind"] == "number_carousel"),
            "",
        )  # fmt: skip
        short = Text(f"and {tenures:,} numbers given up too soon" if tenures else "", style="dim")
        return Group(Text(self._figures(), style="bold"), "", table, short, "", Text(newest))

    def _plain(self) -> None:
        for event in self._seen.alerts[self._shown :]:
            data = event["data"]
            if data["kind"] != "short_tenure":
                # What it is; all its figures, a paragraph an alert, are in the dossier and in alerts.jsonl.
                said = data["explanation"]["en"].split(PARTING)[0]
                self._screen.say(f"{data['as_of'][:10]}  {data['status']:8}  {data['kind']:17}  {said}")
        self._shown = len(self._seen.alerts)
        if time.monotonic() - self._line >= _LINE_SECONDS:
            self._line = time.monotonic()
            self._screen.note(self._figures())
