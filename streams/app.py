"""The only wiring: settings in, a Faust app out whose parts know each other by argument.

feeds -> Fetch -> channel -> agent ingest -> topic calls -> agent tenures -> topic alerts
                                                             |  Keepers
                                                             ledger (table)
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass

import faust
from faust.types import TP, ChannelT

from monitor.across.registry import Registry
from monitor.book import Book
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.reference import Known, Reference
from monitor.settings import Settings
from monitor.told import Told
from streams import agents, ingest
from streams.around_faust import recovery
from streams.around_faust.steady import SteadyChannel
from streams.cluster.membership import membership
from streams.cluster.security import connection, credentials
from streams.fetching.fetch import Fetch
from streams.keeper import REGISTRY, Keeper, Terms
from streams.outbox import Outbox
from streams.state.tables import LedgerTable
from streams.telemetry import Telemetry
from streams.topics import Names

#: Slices that Faust may hold before the agent takes them; each is up to 0.9 MB.
_SLICES_AHEAD = 48


@dataclass(slots=True)
class Nummerwacht:
    """The parts of a running worker."""

    app: faust.App
    fetch: Fetch
    keepers: agents.Keepers
    telemetry: Telemetry
    #: What ended the worker, when something did that it can't wait out.
    failed: asyncio.Future

    def recovered(self) -> bool:
        """Whether the state that is ours has been read back."""
        return recovery.recovered(self.app) is not None

    def recovering(self) -> int | None:
        """Changelog records that are still to be read back; None when all are."""
        return recovery.left(self.app)


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
    names, partitions = Names(settings.kafka.topic_prefix), settings.kafka.partitions
    quiet_libraries()
    failed = asyncio.get_running_loop().create_future()

    async def fail(error: BaseException) -> None:
        if not failed.done():
            failed.set_exception(error)

    app, arguments = _faust(settings, names), connection(settings.kafka)
    outbox = Outbox(arguments, names, policy, telemetry, Known.of(reference))
    table = LedgerTable(app, "ledger", partitions)
    table.producer = outbox.producer
    recovery.steady(app)
    channel = SteadyChannel(app, maxsize=settings.worker.queue)
    fetch = _fetch(settings, names, channel, telemetry, arguments)
    calls = app.topic(
        names.calls, key_serializer="raw", value_serializer="raw", partitions=partitions, internal=False
    )
    spaces = {feed.name: feed.id_space for feed in settings.feeds}
    terms, turns = Terms.of(settings), asyncio.Semaphore(os.cpu_count() or 1)

    def keeper(partition: int, confirmed: bool) -> Keeper:
        return Keeper(
            partition,
            Book(Judge(policy, reference, spaces), Told(policy), partition),
            table,
            terms,
            outbox.tell,
            outbox.pass_on,
            telemetry,
            turns=turns,
            generation=app.consumer_generation_id,
            confirmed=confirmed,
            registry=Registry(policy, reference, partitions) if partition == REGISTRY else None,
        )

    keepers = agents.Keepers(app, names.calls, keeper, telemetry, fail)
    sender = ingest.Ingest(pseudonyms, outbox.producer, names, partitions, telemetry, reference)
    app.agent(channel, name="ingest")(ingest.agent(sender, fetch, fail))
    app.agent(calls, name="tenures")(agents.agent(keepers, fail))
    for service in (outbox, fetch, keepers):
        app.service(service)

    async def lose(_app: faust.App, _revoked: set[TP], **_: object) -> None:
        await keepers.lose()

    app.on_partitions_revoked.connect(lose, weak=False)
    return Nummerwacht(app, fetch, keepers, telemetry, failed)


def _faust(settings: Settings, names: Names) -> faust.App:
    """The app: groups, assignment, the table's recovery and the agents, and nothing else of Faust."""
    kafka = settings.kafka
    return faust.App(
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
        # They are there when it starts (`worker.py`): asking for one needs the right to make it, also when it is there.
        topic_allow_declare=False,
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


def _fetch(
    settings: Settings,
    names: Names,
    channel: ChannelT,
    telemetry: Telemetry,
    connection: Mapping[str, object],
) -> Fetch:
    """The reading of the feeds, in a group of its own. connection: keyword arguments of every aiokafka client."""
    worker, kafka = settings.worker, settings.kafka
    return Fetch(
        {feed.topic: feed for feed in settings.feeds},
        channel,
        telemetry,
        consumer={
            **connection,
            **membership(kafka),
            "group_id": f"{names.app}-{worker.group}",
            # What a producer gave up never happened, and what it has not ended yet may still be given up.
            "isolation_level": "read_committed",
            "fetch_max_bytes": worker.fetch_bytes,
            "max_partition_fetch_bytes": max(1024**2, worker.fetch_bytes // 8),
        },
        records=worker.fetch_records,
        size=worker.fetch_bytes // 2,
        idle_seconds=settings.time.idle.total_seconds(),
        rebalance_seconds=kafka.rebalance_timeout.total_seconds(),
    )


def quiet_libraries() -> None:
    """Keep the libraries from building debug records that nobody reads: 16 % of a core, measured."""
    for name in ("faust", "mode", "aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
