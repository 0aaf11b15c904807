"""`nummerwacht replay`: the whole way over files."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import alerts as alerts_of
from streams.cli.output import written
from streams.cli.screen import Screen
from streams.cli.source import Config, Dialect, FeedName, Files, KeyFile, Reference, Region, Zone, source
from streams.cli.unknown import unknown_keys

if TYPE_CHECKING:
    from monitor.replay import Outcome

EXAMPLES = """
Examples:

* `nummerwacht replay calls.jsonl.zst --alerts alerts.jsonl --report dossier.html`

* `nummerwacht replay Master.csv --dialect asterisk_csv --zone Europe/Amsterdam`

* `zcat cdr-*.gz | nummerwacht replay - --alerts -`

* `nummerwacht replay --config nummerwacht.yml north=a.jsonl south=b.csv.gz --until 2026-03-01`
"""

Policy = Annotated[
    str | None,
    typer.Option("--policy", help="Profile (nl, uk, ...) or policy file; by default that of the settings."),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", help="Judge as of this day or time (UTC unless it says); by default the last call."
    ),
]


def register(main: typer.Typer) -> None:
    main.command("replay", epilog=EXAMPLES)(replay)


def replay(
    files: Files,
    dialect: Dialect = None,
    policy: Policy = None,
    alerts: Annotated[
        Path | None,
        typer.Option(help="Write each state of each alert, one JSON object a line; `-` is standard output."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a dossier: one HTML file with pictures and words.")
    ] = None,
    until: Until = None,
    config: Config = None,
    feed: FeedName = None,
    reference: Reference = None,
    region: Region = None,
    zone: Zone = None,
    key: KeyFile = None,
) -> None:
    """Read CDRs from files and say which alerts a worker would have raised on them, and when.

    All files are one history; their order does not matter, nor that a call is in them twice. Memory grows
    with numbers and days, not with calls: 4 million calls of 100,000 numbers in a month take 1 to 1.4 GB. Ids of more than
    32 million calls, by which repeats are known, go to a file in TMPDIR, 8 bytes each.
    """
    from monitor.replay import Replay
    from monitor.report import dossier
    from streams.shelf import FileShelf
    from streams.terms import policy as policy_of
    from streams.terms import reference as reference_of

    if str(alerts) == "-" and str(report) == "-":
        raise typer.BadParameter("--alerts and --report can't both be standard output")
    screen = Screen()
    given = source(
        files, screen, dialect=dialect, config=config, feed=feed, region=region, zone=zone, key=key
    )
    judged_by = policy_of(policy or given.settings.policy)
    judging = Replay(
        given.feeds,
        judged_by,
        given.pseudonyms,
        now=datetime.now(UTC),
        until=instant(until),
        reference=reference_of(reference or given.settings.reference),
        shelf=FileShelf(),
    )
    with ExitStack() as outputs:
        alerts_file = outputs.enter_context(written(alerts)) if alerts else None
        report_file = outputs.enter_context(written(report)) if report else None
        given.read(judging.read, judging.take, screen)
        with screen.work("judging, day by day") as step:
            outcome = judging.finish(step)
        nothing_read(outcome)
        if alerts_file:
            alerts_of.write(outcome.alerts, judged_by, alerts_file)
        if report_file:
            report_file.write(dossier(outcome, judged_by))
    nobodys(outcome, screen)
    if outcome.counts.after_until == outcome.counts.records:
        screen.note(f"all calls are later than --until {until}, so nothing was judged")
    if str(alerts) != "-" and str(report) != "-":
        summary(outcome, screen)
        alerts_of.show(outcome.alerts, screen)


def instant(text: str | None) -> datetime | None:
    """A day (its beginning) or a time; UTC unless it says otherwise. Raises `typer.BadParameter`."""
    if text is None:
        return None
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"--until {text}: give a day (2026-03-01) or a time (2026-03-01T12:00:00Z)"
        ) from None
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


def nothing_read(outcome: Outcome) -> None:
    """Raises `Unreadable` when there was no record, or when none could be read: a wrong dialect, most likely."""
    from streams.files import Unreadable

    counts = outcome.counts
    if not counts.records:
        raise Unreadable("no record is in what was given to read")
    rejected = sum(counts.rejected.values())
    if rejected and rejected == counts.records:
        first = outcome.rejected.row(0, named=True)
        detail = f" ({first['detail']})" if first["detail"] else ""
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
    counts = outcome.counts
    rows: list[tuple[object, ...]] = [("records", f"{counts.records:,}"), ("calls", f"{counts.calls:,}")]
    rows += [
        (f"part of another record's call: {reason}", f"{many:,}")
        for reason, many in sorted(counts.folded.items())
    ]
    rows += [("calls of no known organisation", f"{counts.nobodys:,}")] if counts.nobodys else []
    rows += [("repeats", f"{counts.repeats:,}")] if counts.repeats else []
    rows += [("after --until", f"{counts.after_until:,}")] if counts.after_until else []
    rows += [(f"rejected: {reason}", f"{many:,}") for reason, many in sorted(counts.rejected.items())]
    rows += [(what, f"{many:,}") for what, many in unknown_keys(counts.unknown, counts.unknown_keys)]
    until = f", judged as of {outcome.until:%Y-%m-%d %H:%M} UTC" if outcome.until else ""
    screen.table(f"Records{until}", "what", "how many", rows=rows, numbers=frozenset({1}))
