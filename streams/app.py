"""The only wiring: settings in, a Faust app out whose parts know each other by argument.

feeds -> Fetch -> channel -> agent ingest -> topic calls -> agent tenures -> topic alerts
                                                             |  Keepers
                                                             ledger (table)
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import faust
import mode
from aiokafka import AIOKafkaProducer
from faust.types import TP

from monitor.alert import Alert, encode
from monitor.book import Book
from monitor.explain import explain
from monitor.judge import Judge
from monitor.lives import Report
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.reference import Known, Reference
from monitor.registry import Registry
from monitor.settings import Settings
from monitor.told import Told
from monitor.watermark import Tick
from monitor.wire import headers
from streams import agents, ingest, recovery
from streams.fetch import Fetch
from streams.keeper import REGISTRY, Keeper, Terms
from streams.patience import patient
from streams.security import connection, credentials
from streams.steady import SteadyChannel
from streams.tables import LedgerTable
from streams.telemetry import Telemetry
from streams.telemetry.events.judgement import AlertTold
from streams.topics import Names

#: Slices that Faust may hold before the agent takes them; each is up to 0.9 MB.
_SLICES_AHEAD = 48
#: Alerts written out and sent together. One has some ten kilobytes, and an organisation whose numbers all end may have fifty
#: thousand in one flush.
_ALERTS_AT_ONCE = 500
#: A rejected value keeps its original bytes, and a feed may allow values of up to 10 MB.
_LARGEST_REQUEST = 16 * 1024**2


@dataclass(slots=True)
class Nummerwacht:
    """The parts of a running worker."""

    app: faust.App
    fetch: Fetch
    keepers: agents.Keepers
    telemetry: Telemetry
    #: What ended the worker, when something did that it can't wait out.
    failed: asyncio.Future = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def recovered(self) -> bool:
        """Whether the state that is ours has been read back."""
        return recovery.recovered(self.app) is not None

    def recovering(self) -> int | None:
        """Changelog records that are still to be read back; None when all are."""
        return recovery.left(self.app)


class Outbox(mode.Service):
    """The producer of all that this worker writes, but what Faust writes itself."""

    def __init__(self, arguments: dict[str, object], **kwargs: object) -> None:
        super().__init__(**kwargs)
        # linger 0: everything is sent in batches already. One partition's records stay in order,
        # since aiokafka has one request a partition under way.
        self.producer = AIOKafkaProducer(
            acks="all", max_request_size=_LARGEST_REQUEST, max_batch_size=1024**2, linger_ms=0, **arguments
        )

    async def on_start(self) -> None:
        await self.producer.start()

    async def on_stop(self) -> None:
        await self.producer.stop()


def create(
    settings: Settings,
    policy: Policy,
    pseudonyms: Pseudonyms,
    *,
    reference: Reference | Known | None = None,
    telemetry: Telemetry | None = None,
) -> Nummerwacht:
    """A worker, not yet started. To be called in the event loop that runs it."""
    telemetry = telemetry or Telemetry(organisations=settings.telemetry.organisation_labels)
    kafka = settings.kafka
    names = Names(kafka.topic_prefix)
    quiet_libraries()
    app = faust.App(
        names.app,
        broker=[f"kafka://{server.strip()}" for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=credentials(kafka.security),
        broker_session_timeout=kafka.session_timeout.total_seconds(),
        broker_heartbeat_interval=kafka.heartbeat.total_seconds(),
        broker_rebalance_timeout=kafka.rebalance_timeout.total_seconds(),
        broker_request_timeout=max(kafka.request_timeout, kafka.session_timeout).total_seconds(),
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        datadir=str(settings.worker.datadir),
        store="rocksdb://",
        topic_partitions=kafka.partitions,
        topic_replication_factor=kafka.replication_factor,
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_buffer_maxsize=_SLICES_AHEAD,
        stream_wait_empty=False,
        stream_recovery_delay=0.5,
        # Compared with ListOffsets, which Tansu answers wrongly; the ledger proves itself whole.
        recovery_consistency_check=False,
        TableManager=recovery.SteadyTables,
        web_enabled=False,
        autodiscover=False,
        set_as_current=False,
    )
    arguments = connection(kafka)
    outbox = Outbox(dict(arguments))
    table = LedgerTable(app, "ledger", kafka.partitions)
    table.producer = outbox.producer
    recovery.steady(app)
    channel = SteadyChannel(app, maxsize=settings.worker.queue)
    fetch = Fetch(
        {feed.topic: feed for feed in settings.feeds},
        channel,
        telemetry,
        consumer={
            **arguments,
            "group_id": f"{names.app}-{settings.worker.group}",
            # What a producer gave up never happened, and what it has not ended yet may still be given up.
            "isolation_level": "read_committed",
            "fetch_max_bytes": settings.worker.fetch_bytes,
            "max_partition_fetch_bytes": max(1024**2, settings.worker.fetch_bytes // 8),
            "session_timeout_ms": int(kafka.session_timeout.total_seconds() * 1000),
            "heartbeat_interval_ms": int(kafka.heartbeat.total_seconds() * 1000),
            "rebalance_timeout_ms": int(kafka.rebalance_timeout.total_seconds() * 1000),
        },
        records=settings.worker.fetch_records,
        size=settings.worker.fetch_bytes // 2,
        idle_seconds=settings.time.idle.total_seconds(),
        rebalance_seconds=kafka.rebalance_timeout.total_seconds(),
    )

    async def tell(alerts: Sequence[Alert]) -> None:
        for begin in range(0, len(alerts), _ALERTS_AT_ONCE):
            some = alerts[begin : begin + _ALERTS_AT_ONCE]
            told = [(alert.id.encode(), encode(alert, explain(alert, policy))) for alert in some]
            async for attempt in patient():
                with attempt:
                    sent = [await outbox.producer.send(names.alerts, value, key) for key, value in told]
                    await asyncio.gather(*sent)
        for alert in alerts:
            telemetry.emit(AlertTold(alert.kind, alert.status, alert.organisation))

    async def say(reports: Sequence[Report]) -> None:
        values = [headers(Tick(), report) for report in reports]
        async for attempt in patient():
            with attempt:
                # They stay in their order: the last piece of a day says that all before it are there.
                sent = [
                    await outbox.producer.send(names.calls, b"", partition=REGISTRY, headers=value)
                    for value in values
                ]
                await asyncio.gather(*sent)

    terms = Terms(
        feeds=frozenset(feed.name for feed in settings.feeds),
        lateness=int(settings.time.grace.total_seconds() * 1e6),
        horizon=int(settings.time.repeats.total_seconds() * 1e6),
        flush_bytes=settings.flush.bytes,
        flush_seconds=settings.flush.interval.total_seconds(),
        flush_share=settings.flush.share,
    )

    turns = asyncio.Semaphore(os.cpu_count() or 1)

    def keeper(partition: int, confirmed: bool) -> Keeper:
        book = Book(Judge(policy, reference), Told(policy), partition)
        registry = Registry(policy, reference, kafka.partitions) if partition == REGISTRY else None
        generation = app.consumer_generation_id
        return Keeper(
            partition,
            book,
            table,
            terms,
            tell,
            say,
            telemetry,
            turns=turns,
            generation=generation,
            confirmed=confirmed,
            registry=registry,
        )

    calls = app.topic(
        names.calls, key_serializer="raw", value_serializer="raw", partitions=kafka.partitions, internal=False
    )
    worker: Nummerwacht

    async def fail(error: BaseException) -> None:
        if not worker.failed.done():
            worker.failed.set_exception(error)

    keepers = agents.Keepers(app, names.calls, keeper, telemetry, fail)
    sender = ingest.Ingest(pseudonyms, outbox.producer, names, kafka.partitions, telemetry, reference)
    app.agent(channel, name="ingest")(ingest.agent(sender, fetch, fail))
    app.agent(calls, name="tenures")(agents.agent(keepers, fail))
    for service in (outbox, fetch, keepers):
        app.service(service)

    async def lose(_app: faust.App, _revoked: set[TP], **_: object) -> None:
        await keepers.lose()

    app.on_partitions_revoked.connect(lose, weak=False)
    worker = Nummerwacht(app, fetch, keepers, telemetry)
    return worker


def quiet_libraries() -> None:
    """Keep the libraries from building debug records that nobody reads: 16 % of a core, measured."""
    for name in ("faust", "mode", "aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
