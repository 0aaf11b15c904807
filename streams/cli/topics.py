"""`nummerwacht topics`: the topics a worker needs, how large they should be, and making them."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from streams.cli.exits import Exit
from streams.cli.screen import Screen

if TYPE_CHECKING:
    from monitor.settings import Settings
    from streams.cluster.provision import Found
    from streams.topics import Topic

EXAMPLES = """
Examples:

* `nummerwacht topics nummerwacht.yml` shows what is there and what is missing

* `nummerwacht topics nummerwacht.yml --apply` makes what is missing

* `nummerwacht topics nummerwacht.yml --acls User:nummerwacht` writes the commands that grant a worker its rights

* `nummerwacht topics --plan --calls-a-day 50000000 --numbers 1000000` says how large a cluster must be
"""


def register(main: typer.Typer) -> None:
    main.command("topics", epilog=EXAMPLES)(topics)


def topics(
    config: Annotated[
        Path | None, typer.Argument(help="Settings file; without it the defaults and the environment.")
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Size partitions, disk and workers instead of looking at Kafka.")
    ] = False,
    calls_a_day: Annotated[int, typer.Option(min=1, help="Calls a day, for --plan.")] = 1_000_000,
    numbers: Annotated[int, typer.Option(min=1, help="Numbers in use at a time, for --plan.")] = 20_000,
    apply: Annotated[
        bool, typer.Option("--apply", help="Make the topics that are missing; never changes one.")
    ] = False,
    with_feeds: Annotated[
        bool,
        typer.Option(
            "--with-feeds", help="The feeds' own topics too; they usually are made where the CDRs come from."
        ),
    ] = False,
    acls: Annotated[
        str | None,
        typer.Option(
            "--acls",
            metavar="PRINCIPAL",
            help="Write the commands of Kafka's own tools that grant a worker the rights it needs, and no others.",
        ),
    ] = None,
) -> None:
    """The topics a worker needs: which are there, how large they should be, and making them."""
    from streams.config import load

    if plan and (apply or with_feeds):
        raise typer.BadParameter("--plan only sizes; give --apply and --with-feeds without it")
    if acls is not None and (plan or apply or with_feeds):
        raise typer.BadParameter("--acls only writes; give --plan, --apply and --with-feeds without it")
    if acls is not None and ":" not in acls:
        raise typer.BadParameter(f"--acls {acls}: a principal is a kind and a name, as User:{acls}")
    settings, screen = load(config), Screen()
    if acls is not None:
        _acls(settings, acls, screen)
        return
    # What aiokafka would log of a cluster that is away is in the error as well.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if plan:
        _plan(settings, calls_a_day, numbers, screen)
        return
    from streams.cluster.provision import needed, of_feeds

    wanted = [*needed(settings.kafka), *(of_feeds(settings) if with_feeds else [])]
    asyncio.run(_apply(settings, wanted, screen) if apply else _show(settings, wanted, screen))


def _acls(settings: Settings, principal: str, screen: Screen) -> None:
    from streams.cluster.rights import rights

    for right in rights(settings):
        screen.say(f"# {escape(right.why)}")
        screen.say(escape(right.command(settings.kafka.bootstrap_servers, principal)), whole=True)
    screen.note(
        "Nothing was granted. `topics --apply` needs the right to Create these topics, too, and `reference --publish` that to Write. "
        "Where Kafka's tools need a login themselves, add --command-config."
    )


async def _show(settings: Settings, wanted: list[Topic], screen: Screen) -> None:
    from streams.cluster.provision import find

    found = await find(settings.kafka, wanted)
    screen.table(
        f"Topics on {settings.kafka.bootstrap_servers}",
        "topic",
        "partitions",
        "there",
        "holds",
        "differs",
        rows=[
            (
                each.topic.name,
                each.topic.partitions,
                _there(each.partitions),
                each.topic.purpose,
                "; ".join(map(str, each.differences)),
            )
            for each in found
        ],
        numbers=frozenset({1, 2}),
    )
    if any(each.partitions is None for each in found):
        screen.note("Some are missing: `nummerwacht topics CONFIG --apply` makes them.")
    _judge(settings, found, screen)


def _there(partitions: int | None) -> str:
    return "missing" if partitions is None else str(partitions)


def _judge(settings: Settings, found: list[Found], screen: Screen) -> None:
    """Say what is not as it should be, and how to change it; end with an error if a worker would not start."""
    from streams.cluster.differences import command
    from streams.cluster.provision import doubts, flaws

    wrong = flaws(settings.kafka, found)
    for flaw in wrong:
        screen.note(f"[bold red]error:[/] {escape(str(flaw))}")
    for name, doubt in doubts(found).items():
        screen.note(f"[yellow]{escape(name)}:[/] {escape(doubt)}")
    for each in found:
        if harmless := [difference for difference in each.differences if not difference.loses]:
            ran = command(settings.kafka.bootstrap_servers, each.topic, harmless)
            screen.note(f"  to change it: {escape(ran)}", whole=True)
    if wrong:
        raise typer.Exit(Exit.USAGE)


async def _apply(settings: Settings, wanted: list[Topic], screen: Screen) -> None:
    from streams.cluster.provision import find, make

    made = await make(settings.kafka, wanted)
    for topic in made:
        screen.say(f"made {topic.name} with {topic.partitions} partitions")
    if not made:
        screen.say("nothing to make: all topics are there")
    _judge(settings, await find(settings.kafka, [topic for topic in wanted if topic not in made]), screen)


def _plan(settings: Settings, calls_a_day: int, numbers: int, screen: Screen) -> None:
    from streams.cluster.sizing import COMPACTING, PARTITIONS_A_WORKER, STATE_A_WORKER, STEP, WORKER, sizes

    it, kafka = sizes(settings, calls_a_day, numbers), settings.kafka
    screen.table(
        f"For {calls_a_day:,} calls a day from {numbers:,} numbers",
        "what",
        "how much",
        "why",
        rows=[
            ("busy hour", f"{it.calls_a_second:,.0f} calls/s", "an eighth of the day's calls in an hour"),
            (
                "workers",
                it.workers,
                f"{it.workers_by_calls:,} to be half idle in the busy hour, {it.workers_by_state:,} so that each holds at most "
                f"{_bytes(STATE_A_WORKER)} of state while one is away; at least two, so that one may be replaced",
            ),
            (
                "kafka.partitions",
                it.partitions,
                f"at least {PARTITIONS_A_WORKER} for each worker, in steps of {STEP}, which 2, 3, 4 or 6 workers share "
                "evenly; can't be changed later",
            ),
            ("partitions of the feeds", it.feed_partitions, "in all: what the workers share when reading"),
            (
                "disk of the feeds",
                _bytes(it.feed_disk),
                f"kept {kafka.calls_kept.days} days, {kafka.replication_factor} copies",
            ),
            (
                "disk of calls",
                _bytes(it.calls_disk),
                f"kept {kafka.calls_kept.days} days (kafka.calls_kept), {kafka.replication_factor} copies",
            ),
            (
                "disk of the state",
                _bytes(it.state_disk),
                f"numbers, and ids for {settings.time.repeats.days} days (time.repeats); {kafka.replication_factor} copies, "
                f"{COMPACTING} times: old and new while the log is compacted",
            ),
            (
                "disk of alerts",
                _bytes(it.alerts_disk),
                f"kept {kafka.alerts_kept.days} days (kafka.alerts_kept), {kafka.replication_factor} copies",
            ),
            ("disk of the brokers", _bytes(it.disk), "all of it"),
            (
                "disk of a worker",
                _bytes(it.worker_disk),
                f"its part of the state and that of one that is away, {COMPACTING} times: old and new while the store is "
                "compacted",
            ),
            (
                "memory of a worker",
                _bytes(it.worker_memory),
                f"the same part once, as it is held, and {_bytes(WORKER)} to work in",
            ),
        ],
        numbers=frozenset({1}),
    )


def _bytes(amount: float) -> str:
    """An amount as disks are sold, in powers of ten."""
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 1000:
            return f"{amount:,.1f} {unit}"
    return f"{amount / 1000:,.1f} TB"
