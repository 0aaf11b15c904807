"""`nummerwacht dossier`: alerts that were received, as a page and as a list of numbers."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from monitor.config.mistakes import did_you_mean
from streams.cli import alerts as alerts_of
from streams.cli import numbers as numbers_of
from streams.cli.moment import day
from streams.cli.output import apart, written
from streams.cli.screen import Screen, visible
from streams.cli.source import onward

if TYPE_CHECKING:
    from datetime import date

    from monitor.report import Received

EXAMPLES = """
Examples:

* `nummerwacht dossier alerts.jsonl` shows what is open

* `nummerwacht dossier alerts.jsonl --out dossier.html --organisation bakker` makes a page of one organisation

* `nummerwacht dossier north.jsonl south.jsonl.gz --open --numbers numbers.csv` lists the numbers of alerts that are open
"""

#: Organisations that are named to whoever mistyped one.
_NAMED = 20


def register(main: typer.Typer) -> None:
    main.command("dossier", epilog=EXAMPLES)(dossier)


def dossier(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Alerts as they were told, one CloudEvent a line, plain, gzip or zstd; `-` is standard input.",
        ),
    ],
    out: Annotated[Path | None, typer.Option("--out", help="Write a page: one HTML file.")] = None,
    numbers: Annotated[
        Path | None,
        typer.Option(
            "--numbers",
            help="Write the numbers that alerts are about or name, as CSV. An alert names 50 of an organisation at most, those "
            "used most; `replay --numbers` lists all of them where the calls are.",
        ),
    ] = None,
    for_excel: numbers_of.ForExcel = False,
    organisation: Annotated[
        list[str] | None,
        typer.Option("--organisation", help="Only alerts about this organisation; may be given again."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only alerts of which something was told on this day (UTC) or later."),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Only alerts that are open.")] = False,
) -> None:
    """Put alerts that were received in words and pictures, for whoever has the alerts and not the calls.

    Files are those that a `jsonl` sink or `replay --alerts` writes, and the bodies of a webhook, one a line. They are
    one history: their order does not matter, nor that a state is in them twice. Lines that are no alert are left out, and counted.

    The list has commas between its columns (semicolons with --for-excel): the number, whom and what the alert is about, when it was told
    first and last, the number's first and last use, last call, calls and status, and the alert's id.
    """
    from monitor.report import received

    numbers_of.asked(numbers, for_excel)
    screen = Screen()
    apart({"--out": out, "--numbers": numbers}, (path for path in files if str(path) != "-"))
    told_since = day(since, "--since")
    with ExitStack() as outputs:
        page = outputs.enter_context(written(out)) if out else None
        listed = outputs.enter_context(written(numbers)) if numbers else None
        states = _chosen(_read(files, screen), organisation, told_since, open_)
        if page:
            with screen.work("writing, by organisation") as step:
                page.write(received(states, step))
        if listed:
            numbers_of.told(states, listed, for_excel)
    if listed and (said := numbers_of.unnamed(states)):
        screen.note(escape(visible(said)))
    if "-" not in (str(out), str(numbers)):
        alerts_of.show((each.alert for each in states), screen)


def _read(files: list[Path], screen: Screen) -> list[Received]:
    """The states of alerts, each once, those of one alert in their order. Raises `Unreadable` if there is none."""
    from monitor.alert import NoAlert, decode
    from monitor.report import Received
    from streams.files import Unreadable, lines, size

    states: dict[tuple[str, int], Received] = {}
    wrong, first, before = 0, "", 0
    sizes = [size(path) for path in files]
    total = sum(sizes) if None not in sizes else 0
    with screen.work("reading", of_bytes=True) as step:
        for path, length in zip(files, sizes, strict=True):
            for at, line in enumerate(lines(path, onward(step, before, total)), 1):
                if not line.strip():
                    continue
                try:
                    alert, words = decode(line)
                except NoAlert as error:
                    wrong += 1
                    first = first or f"line {at} of {path} is {error}"
                    continue
                key, new = (alert.id, alert.sequence), Received(alert, words)
                # A state that two files say otherwise (of replays under two policies) is the one that was told later.
                if states.setdefault(key, new) != new:
                    states[key] = max(states[key], new, key=_later)
            before += length or 0
    if wrong and not states:
        raise Unreadable(f"there is no alert, one CloudEvent a line, in what was given: {first}")
    if wrong:
        screen.note(f"[yellow]{wrong:,} lines are no alert and left out:[/] {escape(visible(first))}")
    return [states[key] for key in sorted(states)]


def _later(state: Received) -> tuple[object, ...]:
    return state.alert.as_of, state.alert.model_dump_json(), sorted(state.words.items())


def _chosen(
    states: list[Received], organisations: Collection[str] | None, since: date | None, opened: bool
) -> list[Received]:
    """All states of the alerts that are asked for. Raises `typer.BadParameter` for an organisation without any."""
    last = {each.alert.id: each.alert for each in states}
    known = {alert.organisation for alert in last.values()}
    if missing := sorted(set(organisations or ()) - known):
        near = did_you_mean(missing[0], known) if len(known) <= _NAMED else ""
        raise typer.BadParameter(visible(f"--organisation {missing[0]}: no alert is about it{near}"))
    wanted = {
        alert.id
        for alert in last.values()
        if (not organisations or alert.organisation in organisations)
        and (since is None or alert.as_of.astimezone(UTC).date() >= since)
        and not (opened and alert.status == "resolved")
    }
    return [each for each in states if each.alert.id in wanted]
