"""`nummerwacht simulate`: labelled traffic, to files or to a topic."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.moment import day
from streams.cli.output import apart, written
from streams.cli.screen import Screen, Step

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

    from monitor.simulate import Scenario, Simulation

EXAMPLES = """
Examples:

* `nummerwacht simulate --scenario small --out calls.jsonl.zst --labels labels.json`

* `nummerwacht simulate --scenario behaviours --out calls.parquet --reference known.json`

* `nummerwacht simulate --scenario behaviours --dialect asterisk_csv --out Master.csv`

* `nummerwacht simulate --scenario my.yaml --topic --config nummerwacht.yml --pace 120` sends to the topics of the feeds,
  two simulated minutes a second

* `nummerwacht simulate --list` shows scenarios and behaviours
"""


#: Event time of the records that are sent at once when a pace is kept.
_STEP = timedelta(minutes=10)
#: The same where none is: each is waited for, and so many small ones would be nothing but waiting.
_STRIDE = timedelta(hours=12)


def register(main: typer.Typer) -> None:
    main.command("simulate", epilog=EXAMPLES)(simulate)


def simulate(
    scenario: Annotated[str, typer.Option(help="A scenario that comes along, or a YAML file.")] = "small",
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write: .jsonl, .csv (also .gz, .zst) or .parquet; `{feed}` in it makes one a feed; `-` is "
            "standard output."
        ),
    ] = None,
    topic: Annotated[
        bool, typer.Option("--topic", help="Send to the topics of the configuration's feeds instead.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="Settings with the cluster and the feeds, for --topic.")
    ] = None,
    dialect: Annotated[
        str | None, typer.Option(help="How records are written; default canonical, or the feed's.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="File for the truth: who evades, which numbers end when.")
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="File for what the organisations declared beforehand, and their classes: the --reference of `replay`."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same calls.")] = 1,
    start: Annotated[
        str | None,
        typer.Option(
            help="First day, in place of the scenario's (2026-01-05, or so many weeks earlier that all days are over: "
            "calls of days to come are rejected by whoever reads them)."
        ),
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days, in place of the scenario's.")] = None,
    scale: Annotated[
        float, typer.Option(min=0.001, max=1000, help="Times the calls of everybody; numbers stay as many.")
    ] = 1.0,
    pace: Annotated[
        float | None,
        typer.Option(
            min=0.001, help="Simulated seconds a second, for --topic; by default as fast as it goes."
        ),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Show scenarios and behaviours.")] = False,
) -> None:
    """Write the calls of invented organisations, honest and evading, whose truth is known."""
    from monitor import simulate as simulating
    from monitor.config.mistakes import Mistake
    from streams.config import ConfigError

    screen = Screen()
    if listing:
        _list(screen)
        return
    if (out is None) == (not topic):
        raise typer.BadParameter("give either --out FILE or --topic")
    if out is not None and (config is not None or pace is not None):
        raise typer.BadParameter("--config and --pace go with --topic")
    first = day(start, "--start")
    apart({"--out": out, "--labels": labels, "--reference": reference})
    try:
        loaded = simulating.Scenario.load(scenario)
        made = simulating.simulate(loaded, seed, _first(loaded, first, days, screen), days, scale)
    except OSError as error:
        raise ConfigError(scenario, [Mistake("", f"can't be read: {error.strerror}")]) from None
    except simulating.WrongScenario as error:
        raise ConfigError("the scenario", [Mistake("", line) for line in str(error).splitlines()]) from None
    except OverflowError:
        raise typer.BadParameter("--start and --days: no calendar goes so far") from None
    with ExitStack() as outputs:
        truth = outputs.enter_context(written(labels)) if labels else None
        declared = outputs.enter_context(written(reference)) if reference else None
        if out is not None:
            _to_files(made, out, dialect or "canonical", screen)
        else:
            asyncio.run(_to_topics(made, config, dialect, pace, screen))
        if truth is not None:
            truth.write(json.dumps(made.labels, indent=1, default=str) + "\n")
        if declared is not None:
            declared.write(json.dumps(made.reference, indent=1, default=str) + "\n")


def _first(scenario: Scenario, given: date | None, days: int | None, screen: Screen) -> date:
    """The first day: what is given, or the scenario's own, or an earlier one so that all days are over."""
    today = datetime.now(UTC).date()
    if given is not None:
        if given + timedelta(days=days or scenario.days) > today:
            screen.note(
                "not all days are over: whoever reads these calls today rejects those of days to come"
            )
        return given
    first = scenario.first_day(today, days)
    if first < scenario.start:
        screen.note(f"begins on {first} and not on {scenario.start}, so that all days are over")
    return first


def _list(screen: Screen) -> None:
    from monitor.simulate import Scenario, behaviours, scenarios

    screen.table(
        "Scenarios",
        "name",
        "what for",
        rows=[(name, Scenario.load(name).description) for name in scenarios()],
    )
    rows = [
        (name, "evading" if what["evading"] else "honest", what["says"])
        for name, what in behaviours().items()
    ]
    screen.table("Behaviours", "name", "", "what it does", rows=rows)


def _onward(step: Step, expected: int, done: int) -> None:
    step(done, max(done, expected))


def _to_files(made: Simulation, out: Path, dialect: str, screen: Screen) -> None:
    from monitor.simulate.writers import WrongFormat, by_feed, write

    per_feed = "{feed}" in str(out)
    feeds = made.scenario.feeds if per_feed else (None,)
    try:
        for feed in feeds:
            path = Path(str(out).replace("{feed}", feed or ""))
            chunks = (
                made.chunks()
                if feed is None
                else (cut[feed] for chunk in made.chunks() if feed in (cut := by_feed(chunk)))
            )
            with screen.work(f"writing {path.name}") as step, written(path, "wb") as file:
                calls = write(file, path.name, chunks, dialect, partial(_onward, step, made.expected))
            # Where the calls themselves are the output, what is said of them is not.
            said = screen.note if str(path) == "-" else screen.say
            said(f"{calls:,} calls in {'standard output' if str(path) == '-' else path}")
    except WrongFormat as error:
        raise typer.BadParameter(str(error)) from None


async def _to_topics(
    made: Simulation, config: Path | None, dialect: str | None, pace: float | None, screen: Screen
) -> None:
    from aiokafka import AIOKafkaProducer

    from monitor.simulate.writers import WrongFormat, by_feed, maker
    from streams.cluster.security import connection
    from streams.config import load

    settings = load(config)
    if not settings.feeds:
        raise typer.BadParameter("--topic needs --config with feeds")
    try:
        makers = {feed.topic: maker(dialect or feed.dialect) for feed in settings.feeds}
    except WrongFormat as error:
        raise typer.BadParameter(str(error)) from None
    # The scenario's operators are dealt over the feeds in their order.
    dealt = {name: settings.feeds[at % len(settings.feeds)] for at, name in enumerate(made.scenario.feeds)}
    producer = AIOKafkaProducer(linger_ms=20, max_batch_size=256 * 1024, **connection(settings.kafka))
    await producer.start()
    sent = 0
    began: tuple[float, float] | None = None
    try:
        with screen.work("sending") as step:
            for chunk in made.chunks(_STEP if pace is not None else _STRIDE):
                for name, part in by_feed(chunk).items():
                    topic = dealt[name].topic
                    sent += await _send(producer, topic, makers[topic](part))
                first = chunk["started_at"].min().timestamp()
                began = began or (time.monotonic(), first)
                step(sent, max(sent, made.expected))
                if pace is not None:
                    due = began[0] + (chunk["started_at"].max().timestamp() - began[1]) / pace
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
    finally:
        await producer.stop()
    screen.say(f"{sent:,} records sent")


async def _send(producer: AIOKafkaProducer, topic: str, values: list[bytes]) -> int:
    """Send to a topic, whichever partition the client takes; returns how many, when all are acknowledged."""
    waiting = [await producer.send(topic, value) for value in values]
    await asyncio.gather(*waiting)
    return len(waiting)
