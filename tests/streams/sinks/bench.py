"""A bench for sinks: topics of its own on the broker, what is produced to them, and what can be read back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.sinks import Retry, Sink, run_sinks
from streams.telemetry import Telemetry
from streams.topics import Names
from tests.streams.sinks.alerts import message
from tests.streams.waiting import bounded

PARTITIONS = 2
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: A member that died is missed after two seconds.
MEMBERSHIP = {"session_timeout_ms": 2000, "heartbeat_interval_ms": 300, "rebalance_timeout_ms": 2000}
QUICK = Retry(first=0.05, longest=0.2)


class Bench:
    """Topics of its own on the broker, what is produced to them and what can be read back."""

    def __init__(self, bootstrap: str, producer: AIOKafkaProducer) -> None:
        self.kafka = {"bootstrap_servers": bootstrap}
        self.names = Names(f"t{secrets.token_hex(4)}-")
        self.telemetry = Telemetry()
        self.producer = producer

    async def create(self) -> None:
        admin = AIOKafkaAdminClient(**self.kafka)
        await admin.start()
        topics = [(self.names.alerts, PARTITIONS), (self.names.dead, 1), (self.names.told, 1)]
        await admin.create_topics([NewTopic(name, partitions, 1) for name, partitions in topics])
        await admin.close()

    async def tell(self, *values: tuple[str, bytes | None]) -> None:
        """Write messages to `alerts`, each keyed by its alert's id."""
        for id, value in values:
            await self.producer.send_and_wait(self.names.alerts, key=id.encode(), value=value)

    async def bury(self, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        """Put a letter on `alerts.dead`."""
        await self.producer.send_and_wait(self.names.dead, value, key, headers=headers)

    async def note(self, sink: str, id: str, sequence: int) -> None:
        """Note that a sink was told a state, as another worker of it does."""
        await self.producer.send_and_wait(
            self.names.told, key=f"{sink}|{id}".encode(), value=str(sequence).encode()
        )

    async def read(self, topic: str) -> list[ConsumerRecord]:
        """All records of a topic of one partition."""
        consumer = AIOKafkaConsumer(auto_offset_reset="earliest", **self.kafka)
        await consumer.start()
        tp = TopicPartition(topic, 0)
        consumer.assign([tp])
        found: list[ConsumerRecord] = []
        while (end := consumer.highwater(tp)) is None or await consumer.position(tp) < end:
            found += (await consumer.getmany(timeout_ms=200)).get(tp, [])
        await consumer.stop()
        return found

    async def noted(self, sink: str) -> dict[str, int]:
        """The last sequence by alert that a sink has noted as told."""
        rows = [(row.key.decode().partition("|"), int(row.value)) for row in await self.read(self.names.told)]
        return {id: sequence for (name, _, id), sequence in rows if name == sink}

    async def committed(self, sink: str) -> int:
        """Alerts that are behind the sink's group."""
        consumer = AIOKafkaConsumer(
            group_id=f"{self.names.app}-sink-{sink}", enable_auto_commit=False, **self.kafka
        )
        await consumer.start()
        tps = [TopicPartition(self.names.alerts, partition) for partition in range(PARTITIONS)]
        consumer.assign(tps)
        offsets = [await consumer.committed(tp) or 0 for tp in tps]
        await consumer.stop()
        return sum(offsets)

    def sample(self, name: str, **labels: str) -> float:
        return self.telemetry.registry.get_sample_value(f"nummerwacht_{name}", labels) or 0.0

    @asynccontextmanager
    async def running(self, *sinks: Sink) -> AsyncIterator[asyncio.Task]:
        """Runs sinks during the block, then stops them and waits."""
        stop = asyncio.Event()
        task = asyncio.create_task(
            run_sinks(self.kafka, self.names, sinks, self.telemetry, stop, membership=MEMBERSHIP)
        )
        try:
            yield task
        finally:
            stop.set()
            if not task.cancelled():
                async with bounded():
                    await task


def states(count: int, sequence: int = 1) -> Sequence[tuple[str, bytes]]:
    return [(f"a{n}", message(f"a{n}", sequence)) for n in range(count)]


def dead(reason: str) -> dict[str, str]:
    return {"sink": "desk", "reason": reason, "intended": "false"}
