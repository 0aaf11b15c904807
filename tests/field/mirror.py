"""What the workers of a field have kept: the changelog read as a new owner would, and where `calls` ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import polars as pl
from aiokafka import AIOKafkaConsumer, TopicPartition

from monitor.day.sheet import Sheet
from monitor.day.usage import Usage
from streams.state.kept import Bucket, Kind
from streams.state.ledger import Ledger
from streams.topics import Names

_BEYOND = 2**31 - 1  # a generation that no group reaches


@dataclass(slots=True)
class State:
    """What the workers have kept, read from the changelog as a new owner would."""

    usage: pl.DataFrame
    heads: dict[int, int]
    closed: dict[int, int]
    #: Partitions that keep nothing of any organisation, but only how far they are.
    bare: frozenset[int] = frozenset()


class Mirror:
    """The changelog's content, and the ends of the topic `calls`, kept up to date."""

    def __init__(self, bootstrap: str, names: Names, partitions: int) -> None:
        self._bootstrap, self._names = bootstrap, names
        self._kept: dict[int, dict[bytes, bytes]] = {p: {} for p in range(partitions)}

    async def __aenter__(self) -> Mirror:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, auto_offset_reset="earliest", enable_auto_commit=False,
            max_partition_fetch_bytes=4 * 1024**2,
        )  # fmt: skip
        await self._consumer.start()
        names = self._names
        self._calls = await partitions_of(self._consumer, names.calls)
        parts = [*await partitions_of(self._consumer, names.changelog), *self._calls]
        self._consumer.assign(parts)
        await self._consumer.seek_to_beginning(*parts)
        self._changelog = names.changelog
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def poll(self) -> None:
        while polled := await self._consumer.getmany(timeout_ms=300):
            for tp, records in polled.items():
                if tp.topic == self._changelog:
                    kept = self._kept[tp.partition]
                    for record in records:
                        if record.value is None:
                            kept.pop(record.key, None)
                        else:
                            kept[record.key] = record.value

    def calls_end(self, partition: int) -> int:
        return self._consumer.highwater(TopicPartition(self._names.calls, partition)) or 0

    def state(self) -> State:
        usage, heads, closed, bare = [], {}, {}, set()
        for partition, kept in self._kept.items():
            ledger = Ledger.load(kept.items(), _BEYOND)
            heads[partition], closed[partition] = ledger.mark.head, ledger.mark.closed
            if not any(ledger.buckets(kind) for kind in Kind):
                bare.add(partition)
            for kind in (Kind.SHEET, Kind.WEEK):
                for at in ledger.buckets(kind):
                    contents = ledger.read(Bucket(kind, at), kept.__getitem__)
                    usage += [Sheet.decode(content).usage for content in contents]
        return State(Usage.total(usage).frame, heads, closed, frozenset(bare))


async def at_end(consumer: AIOKafkaConsumer, part: TopicPartition) -> bool:
    """Whether a partition is read to the end that the answer to a fetch gave: the embedded broker, asked for it
    alone, answers wrongly.
    """
    end = consumer.highwater(part)
    return end is not None and await consumer.position(part) >= end


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    for _ in range(100):
        await consumer._client.force_metadata_update()
        consumer._client.add_topic(topic)
        parts = consumer._client.cluster.partitions_for_topic(topic)
        if parts:
            return [TopicPartition(topic, part) for part in sorted(parts)]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no topic {topic}")
