"""Records of a feed, and what each becomes: for whoever sets a feed up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from streams.cli.exits import Exit
from streams.cli.screen import Screen, visible
from streams.cli.unknown import nowhere, unknown_keys, unreached

if TYPE_CHECKING:
    from monitor.feed import Feed
    from monitor.privacy import Pseudonyms
    from monitor.reference import Reference

#: Records that are read of a sample: as many as a person reads.
RECORDS = 20


def show(
    feed: Feed, path: Path, pseudonyms: Pseudonyms, screen: Screen, reference: Reference | None = None
) -> Exit:
    """Read a few records of a file as a worker would, and say of each what it became, or why not."""
    import polars as pl

    from monitor.attribution import Attribution
    from monitor.call import UNKNOWN
    from monitor.canonical import canonicalise
    from monitor.cdr import dialect
    from monitor.cdr.reasons import LEFT_OUT
    from streams.files import NO_HEADER, batches

    first = next(iter(batches(path, feed.dialect)), [])[:RECORDS]
    if not len(first):
        screen.note("the sample is empty")
        return Exit.DATA
    reader = dialect(feed.dialect)
    parsed = reader.frame(first, feed) if isinstance(first, pl.DataFrame) else reader.parse(first, feed)
    whose = Attribution(feed, reference)
    made = canonicalise(parsed, feed, pseudonyms, now=datetime.now(UTC), attribution=whose)
    came = pl.col("direction") == "inbound"
    # Nobody's, and how many: of those that come in, and of the others.
    back, others = (
        (int((some["organisation"] == UNKNOWN).sum()), some.height)
        for some in (made.calls.filter(came), made.calls.filter(~came))
    )
    calls = {row["row"]: row for row in made.calls.iter_rows(named=True)}
    refused = {
        row: (reason, detail)
        for frame in (parsed.rejected, made.rejected)
        for row, reason, detail in frame.iter_rows()
    }
    for at in range(len(first)):
        _record(at, calls.get(at), refused.get(at), screen)
    screen.say("")
    screen.say(
        f"the first {len(first)} records: {len(calls)} calls, {len(refused)} rejected, {sum(parsed.folded.values())} left out"
    )
    for reason, many in parsed.folded.items():
        screen.say(f"left out: {LEFT_OUT[reason]}: {many}")
    for what, many in unknown_keys(parsed.unknown, parsed.unknown_keys):
        screen.say(escape(visible(f"{what}: {many:,}")))
    if back[0] * 2 > back[1] and others[0] * 2 <= others[1]:
        screen.note(f"[yellow]{escape(unreached(*back))}[/]")
    for said in nowhere({(feed.name, path): records for path, records in parsed.there.items()}):
        screen.note(f"[yellow]{escape(visible(said))}[/]")
    if (
        feed.dialect == "canonical"
        and {reason for reason, _ in refused.values()} == {"not_json"}
        and not calls
    ):
        screen.note(f"no record is JSON. If it is CSV, {NO_HEADER}")
    return Exit.OK if calls else Exit.DATA


def _record(at: int, call: dict | None, refused: tuple[str, str] | None, screen: Screen) -> None:
    if call is not None:
        screen.say(f"[bold]record {at + 1}[/] [green]became a call[/]")
        for name, said in _fields(call):
            screen.say(f"  {name:16} {said}")
    elif refused is not None:
        reason, detail = refused
        screen.say(
            f"[bold]record {at + 1}[/] [red]was rejected[/]: {reason}"
            + (f" ({escape(visible(detail))})" if detail else "")
        )
    else:
        screen.say(f"[bold]record {at + 1}[/] [yellow]was left out[/]")


def _fields(call: dict) -> Sequence[tuple[str, str]]:
    """A call in the words of the design. The other party is shown as its pseudonym alone."""
    return [
        (name, _said(name, value))
        for name, value in call.items()
        if name not in ("row", "id") and value is not None
    ]


def _said(name: str, value: object) -> str:
    if name in ("number", "network_number"):
        return f"+{value}"
    if name == "person":
        return f"pseudonym {value:016x}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    return escape(visible(value))
