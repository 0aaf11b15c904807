"""What is said of a replay besides its alerts: what became of the records, and whose they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from streams.cli.screen import Screen, visible
from streams.cli.unknown import nowhere, unknown_keys

if TYPE_CHECKING:
    from monitor.replay import Outcome


def nothing_read(outcome: Outcome, screen: Screen) -> None:
    """A note of what mappings and options name and no record has.

    Raises `Unreadable` when there was no record, or when none could be read: a wrong dialect, most likely.
    """
    from streams.files import Unreadable

    counts = outcome.counts
    for said in nowhere(counts.there):
        screen.note(f"[yellow]{escape(visible(said))}[/]")
    if not counts.records:
        raise Unreadable("no record is in what was given to read")
    rejected = sum(counts.rejected.values())
    if rejected and rejected == counts.records:
        first = outcome.rejected.row(0, named=True)
        detail = f" ({visible(first['detail'])})" if first["detail"] else ""
        if counts.rejected.keys() == {"in_future"}:
            raise Unreadable(
                f"all {counts.records:,} records are of calls that are yet to come; is the clock of this machine right?"
            )
        raise Unreadable(
            f"none of {counts.records:,} records could be read; the first: {first['reason']}{detail}. "
            "Is --dialect right? `nummerwacht check CONFIG --feed F --sample FILE` shows what becomes of a record"
        )


def nobodys(outcome: Outcome, screen: Screen) -> None:
    """A note where most calls belong to no known organisation: then nothing told is no news of anybody."""
    counts = outcome.counts
    if counts.nobodys * 2 > counts.calls:
        screen.note(
            f"{counts.nobodys:,} of {counts.calls:,} calls belong to no known organisation, and no rule judges those. Say whose "
            "they are: give the feed `organisation:` or `attribution:` rules in a file of settings, and that with --config; "
            "`nummerwacht check CONFIG --sample FILE` shows whose a record is"
        )


def summary(outcome: Outcome, screen: Screen) -> None:
    """What became of the records."""
    from monitor.cdr.reasons import LEFT_OUT

    counts = outcome.counts
    rows: list[tuple[object, ...]] = [("records", f"{counts.records:,}"), ("calls", f"{counts.calls:,}")]
    rows += [(f"left out: {LEFT_OUT[reason]}", f"{many:,}") for reason, many in sorted(counts.folded.items())]
    rows += [("calls of no known organisation", f"{counts.nobodys:,}")] if counts.nobodys else []
    rows += [("repeats", f"{counts.repeats:,}")] if counts.repeats else []
    rows += [("after --until", f"{counts.after_until:,}")] if counts.after_until else []
    rows += [(f"rejected: {reason}", f"{many:,}") for reason, many in sorted(counts.rejected.items())]
    rows += [(what, f"{many:,}") for what, many in unknown_keys(counts.unknown, counts.unknown_keys)]
    until = f", judged as of {outcome.until:%Y-%m-%d %H:%M} UTC" if outcome.until else ""
    screen.table(f"Records{until}", "what", "how many", rows=rows, numbers=frozenset({1}))
