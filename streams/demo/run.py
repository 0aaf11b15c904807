"""Puts the demo together: an embedded broker, one worker, traffic, and somebody who looks on."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from monitor.policy import Policy
from monitor.replay import Replay
from monitor.settings import Settings
from streams.cli.exits import Exit
from streams.cli.screen import Screen
from streams.cluster import provision
from streams.cluster.closing import close
from streams.cluster.embedded import EmbeddedBroker
from streams.demo.traffic import DAY_SECONDS, Traffic
from streams.demo.view import Seen, View
from streams.keys import one_run
from streams.telemetry import Telemetry
from streams.telemetry.logs import handler
from streams.terms import policy as policy_of
from streams.terms import reference as reference_of
from streams.topics import Names
from streams.worker import Stopped, running

#: Where the demo leaves what somebody may want to read afterwards.
FOLDER = Path("nummerwacht-data") / "demo"
_FEEDS = ("north", "south")
_PARTITIONS = 2
#: Days after which a carousel must have been told of; of fewer, on a slow machine, nothing follows.
_ENOUGH = timedelta(days=60)
#: Seconds at the end in which the worker must count some of what was sent, until it has counted all.
_CATCH_UP = 60.0
#: Seconds before the end at which no more is sent, so that the end comes in time.
_TAIL = 5.0
_METRICS_PORT = 6066
#: What somebody who wants to leave sends.
_ENDS = (signal.SIGTERM, signal.SIGINT)


def run(seconds: float | None) -> Exit:
    """Run the demo for some seconds, or until Ctrl-C; OK if it showed what it should, or was not given the time to."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    screen = Screen()
    with (FOLDER / "worker.log").open("w", encoding="utf-8") as log:
        lines = handler(stream=log)
        root = logging.getLogger()
        root.addHandler(lines)
        root.setLevel(logging.INFO)
        try:
            with EmbeddedBroker() as broker, tempfile.TemporaryDirectory(prefix="nummerwacht-") as state:
                return asyncio.run(_demo(_settings(broker.bootstrap, Path(state)), seconds, screen))
        except Stopped:
            screen.say("stopped before any call was sent")
            return Exit.OK
        finally:
            root.removeHandler(lines)


def _settings(bootstrap: str, state: Path) -> Settings:
    return Settings.model_validate(
        {
            "kafka": {
                "bootstrap_servers": bootstrap,
                "partitions": _PARTITIONS,
                "replication_factor": 1,
                "session_timeout": "6s",
                "heartbeat": "1s",
                "rebalance_timeout": "8s",
            },
            "feeds": [{"name": name} for name in _FEEDS],
            "reference": str(FOLDER / "reference.json"),
            "privacy": {"demo": True},
            "flush": {"interval": "500ms"},
            "worker": {"datadir": str(state / "worker"), "http_port": _free(_METRICS_PORT)},
            "sinks": [{"kind": "jsonl", "name": "demo", "path": str(FOLDER / "alerts.jsonl")}],
        }
    )


def _free(port: int) -> int:
    """The usual port, or any where that one is taken."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


async def _demo(settings: Settings, seconds: float | None, screen: Screen) -> Exit:
    began = time.monotonic()
    stop, left, hurried = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def leave() -> None:
        if left.is_set():
            hurried.set()
        else:
            screen.say("[dim]ending ... (once more: at once)[/]")
        left.set()
        stop.set()

    for name in _ENDS:
        asyncio.get_running_loop().add_signal_handler(name, leave)
    for before in ("alerts.jsonl", "dossier.html"):
        (FOLDER / before).unlink(missing_ok=True)
    screen.say("[bold]Nummerwacht[/]: starting a broker and a worker, then invented calls, "
               f"{1 / DAY_SECONDS:.0f} days a second ...")  # fmt: skip
    await provision.make(settings.kafka, provision.of_feeds(settings))
    traffic = Traffic({feed.name: feed.topic for feed in settings.feeds}, _PARTITIONS)
    (FOLDER / "reference.json").write_text(json.dumps(traffic.reference), encoding="utf-8")
    telemetry = Telemetry(organisations=True)
    policy = policy_of(settings.policy)
    feeds = {feed.name: feed for feed in settings.feeds}
    known = reference_of(settings.reference)
    replay = Replay(feeds, policy, one_run(), now=datetime.now(UTC), reference=known)
    async with running(settings, telemetry, stop=stop) as worker, _producer(settings) as producer:
        screen.say(
            f"metrics: {worker.url}/metrics   alerts: {FOLDER / 'alerts.jsonl'}   log: {FOLDER / 'worker.log'}"
        )
        screen.say(
            f"dossier: {FOLDER / 'dossier.html'} (written at the end)"
            + ("" if seconds else "   Ctrl-C ends it")
        )
        seen = Seen(
            telemetry.registry,
            until=lambda: traffic.sent.until,
            sent=lambda: traffic.sent.records,
            organisations=lambda: sum(k.book.judge.organisations for k in worker.parts.keepers.keepers()),
        )
        end = None if seconds is None else began + seconds - _TAIL
        sending = asyncio.create_task(
            traffic.send(producer, stop, lambda: traffic.sent.records - seen.accounted())
        )
        reading = asyncio.create_task(_read(settings, seen))
        with View(screen, seen).live() as look:
            while not (stop.is_set() or sending.done() or worker.parts.failed.done()):
                await asyncio.sleep(0.25)
                look()
                if end is not None and time.monotonic() >= end:
                    break
            screen.say("[dim]ending: what was sent is being counted ...[/]")
            stop.set()
            await sending
            counted, moved = seen.accounted(), time.monotonic()
            while (
                counted < traffic.sent.records
                and time.monotonic() - moved < _CATCH_UP
                and not hurried.is_set()
            ):
                if worker.parts.failed.done():
                    worker.parts.failed.result()
                await asyncio.sleep(0.1)
                if (now := seen.accounted()) != counted:
                    counted, moved = now, time.monotonic()
                    look()
            if not hurried.is_set():
                await asyncio.sleep(1.0)  # for the alerts of the last flush
            look()
        reading.cancel()
        accounted = seen.accounted()
    early = left.is_set() or traffic.sent.gone_by < _ENOUGH
    if hurried.is_set():
        screen.say(f"left at once, with {accounted:,} of {traffic.sent.records:,} CDRs accounted for")
        return Exit.OK
    # The loop stands still from here on, so it could not say that somebody wants to leave.
    for name in _ENDS:
        asyncio.get_running_loop().remove_signal_handler(name)
        signal.signal(name, signal.default_int_handler)
    try:
        screen.say(
            "[dim]writing the dossier: the same records once more, as a replay of a file reads them (Ctrl-C: without) ...[/]"
        )
        for feed, values in traffic.again():
            replay.add(feed, values)
        _dossier(replay, policy)
        dossier = str(FOLDER / "dossier.html")
    except KeyboardInterrupt:
        dossier = "left out"
    return _summary(screen, seen, traffic.sent.records, accounted, early, dossier)


async def _read(settings: Settings, seen: Seen) -> None:
    names = Names(settings.kafka.topic_prefix)
    consumer = AIOKafkaConsumer(
        names.alerts, bootstrap_servers=settings.kafka.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async for record in consumer:
            seen.alerts.append(json.loads(record.value))
    finally:
        await close(consumer)


@asynccontextmanager
async def _producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    # Of a partition all that is sent at once in one batch: aiokafka's own size takes 16 kB of it.
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, linger_ms=5, max_batch_size=2**19
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def _dossier(replay: Replay, policy: Policy) -> None:
    """The dossier of the same records, made as `nummerwacht replay --report` makes it."""
    from monitor.report import dossier

    (FOLDER / "dossier.html").write_text(dossier(replay.finish(), policy), encoding="utf-8")


def _summary(screen: Screen, seen: Seen, sent: int, accounted: int, early: bool, dossier: str) -> Exit:
    rejected = seen.total("rejected_records_total")
    kinds: dict[str, int] = {}
    for event in seen.alerts:
        if event["data"]["status"] == "open":
            kinds[event["data"]["kind"]] = kinds.get(event["data"]["kind"], 0) + 1
    screen.say("")
    screen.say(f"{sent:,} CDRs sent, {accounted:,} accounted for: {seen.total('applied_calls_total'):,} calls counted, "
               f"{seen.total('repeated_calls_total'):,} repeats, {rejected:,} rejected with their reason")  # fmt: skip
    screen.say(
        f"alerts opened: {', '.join(f'{many} {kind}' for kind, many in sorted(kinds.items())) or 'none'}"
    )
    screen.say(f"carousels: {', '.join(sorted(seen.carousels())) or 'none'}")
    screen.say(f"dossier: {dossier}")
    if accounted != sent:
        screen.say(
            f"[bold red]{abs(sent - accounted):,} CDRs are {'missing' if accounted < sent else 'too many'}[/]"
        )
    if not seen.carousels():
        screen.say(
            "no carousel was found yet: that takes about a month of calls, and a slow machine minutes"
            if early
            else "[bold red]no carousel was found[/]"
        )
    return Exit.OK if accounted == sent and (seen.carousels() or early) else Exit.FAILED
