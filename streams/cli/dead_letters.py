"""`nummerwacht dead-letters`: alerts that a receiver never got, and telling them again."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from streams.cli.screen import Screen, visible

if TYPE_CHECKING:
    from monitor.settings import Settings
    from streams.sinks.letters import Letters, Waiting

#: Letters that a terminal shows, the newest; elsewhere all of them are written.
_SHOWN = 50

EXAMPLES = """
Examples:

* `nummerwacht dead-letters nummerwacht.yml` shows which alerts which receiver never got, and why

* `nummerwacht dead-letters nummerwacht.yml --sink ksf --again` tells them again, when the cause is mended
"""


def register(main: typer.Typer) -> None:
    main.command("dead-letters", epilog=EXAMPLES)(dead_letters)


def dead_letters(
    config: Annotated[
        Path | None, typer.Argument(help="Settings file; without it the defaults and the environment.")
    ] = None,
    sink: Annotated[str | None, typer.Option("--sink", help="Only those of the sink of this name.")] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="Only those given up for this reason, as `gave_up_http_503`."),
    ] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Put them on `alerts` again: a worker tells them to whoever was not told since."
        ),
    ] = False,
) -> None:
    """Alerts that a sink gave up and has not told since: which, why, and telling them again.

    They lie on the topic `alerts.dead`, unchanged. A state of an alert of which a later one was told is settled. What is
    put on `alerts` twice is told once. Another sink that gave up the same state is told of it, too.
    """
    from streams.config import load
    from streams.sinks.letters import again as tell_again

    settings, screen = load(config), Screen()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it is in the error as well
    letters = asyncio.run(_look(settings))
    waiting = [
        each
        for each in letters.waiting
        if (sink is None or each.letter.sink == sink) and (reason is None or each.letter.reason == reason)
    ]
    _show(letters, waiting, screen)
    if others := len(letters.waiting) - len(waiting):
        screen.note(f"{others:,} more are of other sinks or reasons")
    theirs = {each.name for each in settings.sinks}
    if nobodys := sorted({each.letter.sink for each in waiting} - theirs):
        names = escape(visible(", ".join(nobodys)))
        screen.note(f"[yellow]not in these settings, so not told again:[/] {names}")
    waiting = [each for each in waiting if each.letter.sink in theirs]
    if waiting and again:
        many = asyncio.run(tell_again(settings.kafka, waiting))
        screen.say(f"put {many} states on alerts again; a worker with the sink tells them")
    elif waiting:
        screen.note("Nothing was written: --again has them told again, when what stood in the way is mended.")


async def _look(settings: Settings) -> Letters:
    from monitor.config.mistakes import Mistake
    from streams.cluster.provision import find, needed
    from streams.config import ConfigError
    from streams.sinks.letters import look
    from streams.topics import Names

    names = Names(settings.kafka.topic_prefix)
    topics = [topic for topic in needed(settings.kafka) if topic.name in (names.dead, names.told)]
    for found in await find(settings.kafka, topics):
        if found.partitions is None:
            said = f"there is no topic {found.topic.name}; `nummerwacht topics CONFIG --apply` makes it"
            raise ConfigError("the settings", [Mistake("kafka.topic_prefix", said)])
    return await look(settings.kafka)


def _show(letters: Letters, waiting: list[Waiting], screen: Screen) -> None:
    if letters.unreadable:
        screen.note(f"{len(letters.unreadable):,} hold no alert, and can't be told")
    if letters.settled:
        screen.note(
            f"{letters.settled:,} are settled: they, or a later state of their alert, were told since"
        )
    if not waiting:
        screen.say("no alert waits to be told again")
        return
    why = Counter((each.letter.sink, each.letter.reason) for each in waiting)
    for (sink, reason), many in sorted(why.items()):
        screen.note(f"{many:,} for {escape(visible(sink))}: {escape(visible(reason))}")
    rows = [_row(each) for each in sorted(waiting, key=lambda each: each.at, reverse=True)]
    shown = rows[:_SHOWN] if screen.out.is_terminal else rows
    columns = ("given up at", "sink", "reason", "alert", "kind", "status", "organisation")
    screen.table("Given up, and not told since", *columns, rows=shown)
    if len(rows) > len(shown):
        screen.note(f"... and {len(rows) - len(shown):,} more")


def _row(waiting: Waiting) -> tuple[str, ...]:
    """A letter in a line; of an alert of another's making what it does not say is empty."""
    event = json.loads(waiting.state.value)
    data = event.get("data") if isinstance(event.get("data"), dict) else {}
    said = [str(data.get(name, "")) for name in ("kind", "status", "organisation")]
    letter = waiting.letter
    return (f"{waiting.at:%Y-%m-%d %H:%M}", letter.sink, letter.reason, waiting.state.key, *said)
