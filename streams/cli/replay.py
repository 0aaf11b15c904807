"""`nummerwacht replay`: the whole way over files."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.cli import alerts as alerts_of
from streams.cli import numbers as numbers_of
from streams.cli.moment import Until, instant
from streams.cli.outcome import nobodys, nothing_read, summary, uncalled_of
from streams.cli.output import apart, written
from streams.cli.screen import Screen
from streams.cli.source import Config, Dialect, FeedName, Files, KeyFile, Reference, Region, Zone, source

EXAMPLES = """
Examples:

* `nummerwacht replay calls.jsonl.zst --alerts alerts.jsonl --report dossier.html`

* `nummerwacht replay Master.csv --dialect asterisk_csv --zone Europe/Amsterdam`

* `nummerwacht replay calls.jsonl.zst --numbers numbers.csv` lists all numbers of whom is told of, of which an alert names 50

* `zcat cdr-*.gz | nummerwacht replay - --alerts -`

* `nummerwacht replay --config nummerwacht.yml north=a.jsonl south=b.csv.gz --until 2026-03-01`
"""

Policy = Annotated[
    str | None,
    typer.Option("--policy", help="Profile (nl, uk, ...) or policy file; by default that of the settings."),
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
    numbers: Annotated[
        Path | None,
        typer.Option(
            "--numbers",
            help="Write all numbers of the organisations that are told of, as CSV: each with its first and last use, last call, "
            "calls and status at the end.",
        ),
    ] = None,
    for_excel: numbers_of.ForExcel = False,
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

    numbers_of.asked(numbers, for_excel)
    screen = Screen()
    given = source(
        files,
        screen,
        dialect=dialect,
        config=config,
        feed=feed,
        region=region,
        zone=zone,
        key=key,
        reference=reference,
    )
    results = {"--alerts": alerts, "--report": report, "--numbers": numbers}
    apart(results, (path for _, path in given.files if str(path) != "-"))
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
        listed = outputs.enter_context(written(numbers)) if numbers else None
        nothing_read(judging.counts, given.read(judging.read, judging.take, screen), screen)
        with screen.work("judging, day by day") as step:
            outcome = judging.finish(step)
        if alerts_file:
            alerts_of.write(outcome.alerts, judged_by, outcome.judge.reference, alerts_file)
        if report_file:
            report_file.write(dossier(outcome, judged_by))
        if listed:
            numbers_of.known(outcome, listed, for_excel)
    nobodys(outcome, screen)
    uncalled_of(outcome, screen)
    if outcome.counts.after_until and not outcome.counts.calls:
        screen.note(f"all calls are later than --until {until}, so nothing was judged")
    if "-" not in map(str, results.values()):
        summary(outcome, screen)
        alerts_of.show(outcome.alerts, screen)
