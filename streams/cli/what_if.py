"""`nummerwacht what-if`: which alerts another policy would raise over the same history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.moment import Until, instant
from streams.cli.outcome import nobodys, nothing_read, uncalled_of
from streams.cli.screen import Screen
from streams.cli.source import Config, Dialect, FeedName, Files, KeyFile, Reference, Region, Zone, source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.alert import Alert
    from monitor.replay import Read

EXAMPLES = """
Examples:

* `nummerwacht what-if calls.parquet --policy stricter.yaml`

* `nummerwacht what-if calls.parquet --policy uk --against nl --until 2026-03-01`
"""

#: Lines that are shown to a person; what is piped on has all of them.
_SHOWN = 40


def register(main: typer.Typer) -> None:
    main.command("what-if", epilog=EXAMPLES)(what_if)


def what_if(
    files: Files,
    policy: Annotated[str, typer.Option("--policy", help="The policy to try: a profile or a file.")],
    against: Annotated[
        str | None,
        typer.Option("--against", help="The policy to compare with; by default that of the settings."),
    ] = None,
    dialect: Dialect = None,
    until: Until = None,
    config: Config = None,
    feed: FeedName = None,
    reference: Reference = None,
    region: Region = None,
    zone: Zone = None,
    key: KeyFile = None,
) -> None:
    """Say which alerts another policy would raise over the same calls, and which it would not.

    The same alert under both: the same kind about the same organisation and number, whenever it opens.
    """
    from monitor.replay import Replay
    from streams.shelf import FileShelf
    from streams.terms import policy as policy_of
    from streams.terms import reference as reference_of

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
    known = reference_of(reference or given.settings.reference)
    now, moment = datetime.now(UTC), instant(until)
    old, new = (
        Replay(
            given.feeds,
            policy_of(said),
            given.pseudonyms,
            now=now,
            until=moment,
            reference=known,
            shelf=FileShelf(),
        )
        for said in (against or given.settings.policy, policy)
    )

    def take(read: Read) -> None:
        old.take(read)
        new.take(read)

    nothing_read(old.counts, given.read(old.read, take, screen), screen)
    outcomes = []
    for name, judging in (("as it is", old), ("as it would be", new)):
        with screen.work(f"judging {name}") as step:
            outcomes.append(judging.finish(step))
    nobodys(outcomes[0], screen)
    uncalled_of(outcomes[0], screen)
    _show(outcomes[0].alerts, outcomes[1].alerts, screen)


def _show(before: Iterable[Alert], after: Iterable[Alert], screen: Screen) -> None:
    was, would_be = _opened(before), _opened(after)
    rows: list[tuple[object, ...]] = []
    rows += [("appears", *key, "", f"{day:%Y-%m-%d}") for key, day in would_be.items() if key not in was]
    rows += [("vanishes", *key, f"{day:%Y-%m-%d}", "") for key, day in was.items() if key not in would_be]
    both = [key for key in was if key in would_be]
    rows += [
        ("moves", *key, f"{was[key]:%Y-%m-%d}", f"{would_be[key]:%Y-%m-%d}")
        for key in both
        if was[key] != would_be[key]
    ]
    if rows:
        # Of organisations first, then of single numbers, of which there may be thousands.
        rows.sort(key=lambda row: row[3].startswith("+"))
        shown = rows[:_SHOWN] if screen.out.is_terminal else rows
        screen.table(
            "What would change",
            "change",
            "kind",
            "organisation",
            "number",
            "opened",
            "would open",
            rows=shown,
        )
        if len(shown) < len(rows):
            screen.note(f"... and {len(rows) - len(shown):,} more lines; `| cat` shows all")
    moved = sum(row[0] == "moves" for row in rows)
    screen.note(
        f"{len(was):,} alerts as it is, {len(would_be):,} as it would be: {len(both) - moved:,} stay as they are, "
        f"{moved:,} open on another day, {len(would_be) - len(both):,} appear, {len(was) - len(both):,} vanish"
    )


def _opened(alerts: Iterable[Alert]) -> dict[tuple[str, str, str], datetime]:
    """When each kind of alert was first opened, by kind, organisation, and number or what it is about."""
    opened: dict[tuple[str, str, str], datetime] = {}
    for alert in alerts:
        key = (alert.kind, alert.organisation, alert.number or alert.about)
        opened[key] = min(opened.get(key, alert.opened_at), alert.opened_at)
    return dict(sorted(opened.items()))
