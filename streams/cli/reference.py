"""`nummerwacht reference`: what is known of organisations, as the topic has it, and publishing a file to it."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from streams.cli.output import written as to_file
from streams.cli.screen import Screen

if TYPE_CHECKING:
    from monitor.reference import Entry, Reference
    from monitor.settings import Settings
    from streams.reference import Entries

EXAMPLES = """
Examples:

* `nummerwacht reference nummerwacht.yml` shows what is on the topic, and what of it can't be used

* `nummerwacht reference nummerwacht.yml --publish known.yml` checks a file and shows what would change

* `nummerwacht reference nummerwacht.yml --publish known.yml --whole --apply` makes the topic say what the file says

* `nummerwacht reference nummerwacht.yml --out known-now.json` writes what a worker goes by, for `replay --reference`
"""


def register(main: typer.Typer) -> None:
    main.command("reference", epilog=EXAMPLES)(reference)


def reference(
    config: Annotated[
        Path | None, typer.Argument(help="Settings file; without it the defaults and the environment.")
    ] = None,
    publish: Annotated[
        Path | None, typer.Option("--publish", help="A reference file whose entries are put on the topic.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Take away what is on the topic and not in that file.")
    ] = False,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", help="Take the entry with this key away; may be given again."),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without this it is only shown what would change.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Write the file of the settings and the topic together, as a worker goes by them."
        ),
    ] = None,
) -> None:
    """What is known of organisations by the topic `reference`: show it, check a file, and publish that.

    Workers read the topic when `kafka.reference_topic` is on. The topic is made by `nummerwacht topics --apply`.
    """
    from streams.config import load
    from streams.terms import reference as read

    changing = publish is not None or bool(remove)
    if whole and publish is None:
        raise typer.BadParameter("--whole goes with --publish")
    if apply and not changing:
        raise typer.BadParameter("--apply goes with --publish or --remove")
    if out is not None and changing:
        raise typer.BadParameter("--out shows what is there; give it without --publish and --remove")
    settings, screen = load(config), Screen()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it is in the error as well
    wanted = read(publish)  # before Kafka is asked for anything
    there = asyncio.run(_look(settings))
    if changing:
        plan = _plan(there, wanted, whole, remove or [])
        _show_plan(there, plan, screen)
        if not settings.kafka.reference_topic:
            screen.note("[yellow]workers with these settings do not read it:[/] kafka.reference_topic is off")
        _apply(settings, plan, apply, screen)
    elif out is not None:
        _write(there, read(settings.reference), out)
    else:
        _show(there, screen)


async def _look(settings: Settings) -> Entries:
    from monitor.config.mistakes import Mistake
    from streams.cluster.provision import find
    from streams.config import ConfigError
    from streams.reference import look
    from streams.topics import Names, reference_topic

    topic = reference_topic(Names(settings.kafka.topic_prefix))
    (found,) = await find(settings.kafka, [topic])
    if found.partitions is None:
        said = f"there is no topic {topic.name}; `nummerwacht topics CONFIG --apply` makes it with kafka.reference_topic"
        raise ConfigError("the settings", [Mistake("kafka.reference_topic", said)])
    return await look(settings.kafka)


def _plan(
    there: Entries, wanted: Reference | None, whole: bool, remove: list[str]
) -> dict[str, Entry | None]:
    """What is to be written, by key; None takes away."""
    entries = wanted.entries() if wanted is not None else {}
    gone = {key for key in (*there.good, *there.wrong) if key not in entries} if whole else set()
    for key in remove:
        if key in entries:
            raise typer.BadParameter(f"--remove {key}: the file has it")
        if key not in there.good and key not in there.wrong:
            raise typer.BadParameter(f"--remove {key}: there is no such entry on the topic")
    plan: dict[str, Entry | None] = {
        key: entry for key, entry in entries.items() if there.good.get(key) != entry
    }
    return plan | dict.fromkeys(sorted(gone | set(remove)))


def _show_plan(there: Entries, plan: dict[str, Entry | None], screen: Screen) -> None:
    def change(key: str) -> str:
        if plan[key] is None:
            return "take away"
        return "change" if key in there.good or key in there.wrong else "add"

    if not plan:
        screen.say("nothing to do: the topic says that already")
        return
    rows = [(change(key), key, _said(entry)) for key, entry in plan.items()]
    screen.table("What would change", "change", "key", "entry", rows=rows, under=True)
    from monitor.claim import Claim

    since_ever = [key for key, entry in plan.items() if isinstance(entry, Claim) and entry.since is None]
    if since_ever:
        screen.note(
            f"[yellow]{len(since_ever)} accounts or ranges have no `from`:[/] they are about calls that are read from "
            "now on, while a replay has all calls under them"
        )


def _said(entry: Entry | None) -> str:
    from monitor.entries import plain

    return json.dumps(plain(entry), ensure_ascii=False) if entry is not None else ""


def _apply(settings: Settings, plan: dict[str, Entry | None], apply: bool, screen: Screen) -> None:
    from monitor.entries import written
    from streams.reference import publish

    if not plan:
        return
    if not apply:
        screen.note("Nothing was written: --apply does it.")
        return
    values = {key: None if entry is None else written(entry) for key, entry in plan.items()}
    asyncio.run(publish(settings.kafka, values))
    gone = sum(value is None for value in values.values())
    screen.say(f"wrote {len(values) - gone} entries, took {gone} away")


def _show(there: Entries, screen: Screen) -> None:
    rows = [(key, _said(entry)) for key, entry in sorted(there.good.items())]
    screen.table("Entries on the topic", "key", "entry", rows=rows, under=True)
    for key, wrong in sorted(there.wrong.items()):
        screen.note(f"[bold red]can't be used:[/] {escape(key)}: {escape(str(wrong))}")


def _write(there: Entries, file: Reference | None, out: Path) -> None:
    from monitor.entries import as_file, together
    from monitor.reference import Reference

    with to_file(out) as stream:
        json.dump(as_file(together(file or Reference(), there.good)), stream, ensure_ascii=False, indent=2)
        stream.write("\n")
