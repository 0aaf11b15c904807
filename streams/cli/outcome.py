"""What is said of a replay besides its alerts: what became of the records, and whose they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape

from streams.cli.screen import Screen, visible
from streams.cli.tally import Tally, doubts, wholly_rejected
from streams.cli.unknown import nowhere, uncalled, unknown_keys, unreached

if TYPE_CHECKING:
    from monitor.replay import Counts, Outcome


def nothing_read(counts: Counts, tallies: Sequence[Tally], screen: Screen) -> None:
    """Notes of what mappings and options name and no record has, and of files that were read in part.

    Raises `Unreadable` when there was no record, or a file of whose records none could be read: a wrong dialect, most
    likely. It is asked before anything is judged or written: alerts that lack the calls of a file look like silence.
    """
    from streams.files import Unreadable

    for said in (*nowhere(counts.there), *(doubts(tallies) if counts.records else ())):
        screen.note(f"[yellow]{escape(visible(said))}[/]")
    if not counts.records:
        raise Unreadable("no record is in what was given to read")
    if said := wholly_rejected(tallies):
        raise Unreadable(said)


def nobodys(outcome: Outcome, screen: Screen) -> None:
    """A note where most calls belong to no known organisation: then nothing told is no news of anybody.

    Of those that come in by themselves, where it is known whose the others are: rules that go by accounts lose just these.
    """
    counts = outcome.counts
    others = (counts.nobodys - counts.nobodys_inbound) * 2 > counts.calls - counts.inbound
    if counts.nobodys_inbound * 2 > counts.inbound and not others:
        screen.note(f"[yellow]{escape(unreached(counts.nobodys_inbound, counts.inbound))}[/]")
    elif counts.nobodys * 2 > counts.calls:
        screen.note(
            f"{counts.nobodys:,} of {counts.calls:,} calls belong to no known organisation, and no rule judges those. Say whose "
            "they are: give the feed `organisation:` or `attribution:` rules in a file of settings, and that with --config; "
            "`nummerwacht check CONFIG --sample FILE` shows whose a record is"
        )


def uncalled_of(outcome: Outcome, screen: Screen) -> None:
    """A note of organisations that the reference names and that have no call: an exemption of a mistyped name exempts nobody."""
    called = {name for part in outcome.parts for name in part.frame["organisation"].unique()}
    if outcome.counts.calls and (said := uncalled(outcome.judge.reference, called)):
        screen.note(f"[yellow]{escape(visible(said))}[/]")


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
