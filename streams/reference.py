"""The topic `reference`: what is known of organisations, over what a file says, read whole and then followed.

Every worker reads all of it, without a group, before anything is attributed or judged. A change is in use from then on:
for the records that are parsed next, and for the days that are closed next. An entry that can't be used is
left out and said, with its key. What was under that key before does not count any more either: it may be compacted away, and
a worker that starts now would not know it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from monitor.entries import WrongEntry, key_of, read, together
from monitor.reference import Entry, Known, Reference
from monitor.settings import Kafka
from streams.cluster.closing import close
from streams.cluster.contents import contents, end_of
from streams.cluster.patience import patient
from streams.cluster.security import connection
from streams.telemetry import Telemetry
from streams.telemetry.events.reference import EntryRejected, ReferenceRead
from streams.topics import Names

#: Milliseconds that a look waits for a change; one comes through as soon as it is there.
_LOOK_MS = 1000
#: Milliseconds while it is read for the first time, and somebody waits.
_BEGIN_MS = 200


@dataclass(slots=True)
class Entries:
    """What is on the topic: entries that can be used and those that can't, by key."""

    good: dict[str, Entry] = field(default_factory=dict)
    wrong: dict[str, WrongEntry] = field(default_factory=dict)

    def take(self, raw: bytes | None, value: bytes | None) -> str:
        """Read one record; its key, whether it can be used or not."""
        key, entry, wrong = repr(raw), None, None
        try:
            key = key_of(raw)
            entry = read(key, value) if value is not None else None
        except WrongEntry as error:
            wrong = error
        self.good.pop(key, None)
        self.wrong.pop(key, None)
        if entry is not None:
            self.good[key] = entry
        elif wrong is not None and value is not None:
            self.wrong[key] = wrong
        return key


class Following:
    """Keeps `known` at what the file and the topic say together."""

    def __init__(self, kafka: Kafka, file: Reference, known: Known, telemetry: Telemetry) -> None:
        self._kafka = kafka
        self._file = file
        self._known = known
        self._say = telemetry.emit
        self._topic = _Topic(kafka)
        self.entries = Entries()

    async def begin(self) -> None:
        """Read all that is there. Raises aiokafka's errors."""
        await self._topic.open()
        changed = 0
        while not self._topic.at_end():
            changed += self._take(await self._topic.poll(_BEGIN_MS))
        self._use(changed)

    async def follow(self) -> None:
        """Take up what changes, for ever. Raises aiokafka's errors that do not pass."""
        while True:
            async for attempt in patient():
                with attempt:
                    records = await self._topic.poll(_LOOK_MS)
            if changed := self._take(records):
                self._use(changed)

    async def end(self) -> None:
        await self._topic.close()

    def _take(self, records: list[tuple[bytes | None, bytes | None]]) -> int:
        for raw, value in records:
            key = self.entries.take(raw, value)
            if (wrong := self.entries.wrong.get(key)) is not None:
                self._say(EntryRejected(key, wrong.reason, str(wrong)))
        return len(records)

    def _use(self, changed: int) -> None:
        self._known.now = together(self._file, self.entries.good)
        self._say(ReferenceRead(changed, len(self.entries.good), len(self.entries.wrong)))


class _Topic:
    """The records of the topic, from its beginning."""

    def __init__(self, kafka: Kafka) -> None:
        # Without a group, all partitions of the topic are its.
        self._consumer = AIOKafkaConsumer(
            Names(kafka.topic_prefix).reference,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            # What a producer gave up was never said.
            isolation_level="read_committed",
            **connection(kafka),
        )

    async def open(self) -> None:
        await self._consumer.start()
        self._positions: dict[TopicPartition, int] = {}

    async def close(self) -> None:
        await close(self._consumer)

    async def poll(self, milliseconds: int) -> list[tuple[bytes | None, bytes | None]]:
        """Keys and values that have come."""
        polled = await self._consumer.getmany(timeout_ms=milliseconds)
        for tp in self._consumer.assignment():
            self._positions[tp] = await self._consumer.position(tp)
        return [(record.key, record.value) for records in polled.values() for record in records]

    def at_end(self) -> bool:
        """Whether all is read that was there at the last answer to a fetch, but for transactions that are still open."""
        for tp in self._consumer.assignment():
            end = end_of(self._consumer, tp)
            if end is None or tp not in self._positions or self._positions[tp] < end:
                return False
        return True


async def look(kafka: Kafka) -> Entries:
    """All that is on the topic now. Raises aiokafka's errors, `Unreachable`."""
    entries = Entries()
    async for record in contents(kafka, Names(kafka.topic_prefix).reference):
        entries.take(record.key, record.value)
    return entries


async def publish(kafka: Kafka, values: Mapping[str, bytes | None]) -> None:
    """Write entries by key, and take away those of which the value is None; returns when all are acknowledged."""
    async with AIOKafkaProducer(acks="all", **connection(kafka)) as producer:
        name = Names(kafka.topic_prefix).reference
        sent = [await producer.send(name, value, key.encode()) for key, value in values.items()]
        await asyncio.gather(*sent)


@asynccontextmanager
async def followed(
    kafka: Kafka, file: Reference | None, telemetry: Telemetry
) -> AsyncIterator[tuple[Known, Following | None]]:
    """What is known for the length of a block: the file alone, or with the topic where the settings say so."""
    known = Known(file or Reference())
    if not kafka.reference_topic:
        yield known, None
        return
    following = Following(kafka, known.now, known, telemetry)
    try:
        await following.begin()
        yield known, following
    finally:
        await following.end()
