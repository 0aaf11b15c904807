"""The consumer that fetches whole answers reads what aiokafka's own does."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.consumer import BlockConsumer

_RECORDS = 400


async def topic_of(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 2, 1)])
    await admin.close()


async def _send(bootstrap: str, topic: str, compression: str | None) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=compression) as producer:
        for at in range(_RECORDS):
            value = None if at % 50 == 7 else b"value %d " % at * (at % 90)
            headers = [("n", b"%d" % at)] if at % 3 else []
            await producer.send(topic, value, b"key" if at % 2 else None, partition=at % 2, headers=headers)
        await producer.flush()


async def _by_aiokafka(bootstrap: str, topic: str) -> set[tuple]:
    found: set[tuple] = set()
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        while len(found) < _RECORDS:
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                found |= {
                    (tp, r.offset, r.timestamp, r.key, r.value, tuple(map(tuple, r.headers))) for r in records
                }
    return found


async def _by_block(consumer: BlockConsumer, most: int) -> set[tuple]:
    found: set[tuple] = set()
    async with asyncio.timeout(30):
        while len(found) < _RECORDS:
            for tp, fetched in (await consumer.fetched(0.5, most, 2**30)).items():
                records = fetched.records()
                assert fetched.next == records.offsets[-1] + 1 == await consumer.position(tp)
                found |= {
                    (tp, int(offset), int(time), records.key(row), value,
                     tuple((name, bytes(said)) for name, said in records.headers(row)))
                    for row, (offset, time, value) in enumerate(
                        zip(records.offsets, records.times, records.values, strict=True)
                    )
                }  # fmt: skip
    return found


@pytest.mark.parametrize("compression", [None, "gzip", "snappy", "lz4", "zstd"])
async def test_both_consumers_read_the_same(bootstrap: str, prefix: str, compression: str | None) -> None:
    """Keys, values, headers, times and offsets are those that `getmany` gives, however producers compress."""
    topic = f"{prefix}cdr"
    await topic_of(bootstrap, topic)
    await _send(bootstrap, topic, compression)
    async with BlockConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        assert await _by_block(consumer, 10) == await _by_aiokafka(bootstrap, topic)


async def test_reading_goes_on_from_where_it_was_sought(bootstrap: str, prefix: str) -> None:
    """From an offset within a batch, that record comes first."""
    topic = f"{prefix}cdr"
    await topic_of(bootstrap, topic)
    await _send(bootstrap, topic, None)
    async with BlockConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        tp = TopicPartition(topic, 1)
        consumer.assign([tp])
        consumer.seek(tp, 33)
        async with asyncio.timeout(30):
            while not (found := await consumer.fetched(0.5, 10, 2**30)):
                pass
        assert found[tp].records().offsets[0] == 33


async def test_a_paused_partition_gives_nothing(bootstrap: str, prefix: str) -> None:
    """What was fetched of a partition before it was paused is not handed on, and read again later."""
    topic = f"{prefix}cdr"
    await topic_of(bootstrap, topic)
    await _send(bootstrap, topic, None)
    async with BlockConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.pause(TopicPartition(topic, 0))
        seen = set()
        async with asyncio.timeout(30):
            while sum(1 for tp in seen) < 1:
                seen |= set(await consumer.fetched(0.5, 10**6, 2**30))
        assert seen == {TopicPartition(topic, 1)}
        consumer.resume(TopicPartition(topic, 0))
        async with asyncio.timeout(30):
            while not (found := await consumer.fetched(0.5, 10**6, 2**30)):
                pass
        assert set(found) == {TopicPartition(topic, 0)}


async def test_a_poll_takes_no_more_partitions_than_fill_it(bootstrap: str, prefix: str) -> None:
    """Once there are as many records or bytes as asked for, other partitions wait for the next poll."""
    topic = f"{prefix}cdr"
    await topic_of(bootstrap, topic)
    await _send(bootstrap, topic, None)
    async with BlockConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        await asyncio.sleep(1)  # both partitions are fetched
        for bounds in ((1, 2**30), (10**6, 1)):
            async with asyncio.timeout(30):
                while not (found := await consumer.fetched(0.5, *bounds)):
                    pass
            assert len(found) == 1


@pytest.mark.kafka
async def test_a_transaction_that_was_given_up_never_happened(bootstrap: str, prefix: str) -> None:
    """Of records in transactions those are read that were committed, and the others are passed by."""
    topic = f"{prefix}cdr"
    await topic_of(bootstrap, topic)
    tp = TopicPartition(topic, 0)
    producers = [
        AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{prefix}{name}", linger_ms=0)
        for name in ("one", "two")
    ]
    wanted = []
    async with producers[0] as one, producers[1] as two:
        for turn in range(6):
            await one.begin_transaction()
            await two.begin_transaction()
            for producer, ends_well in ((one, turn % 2), (two, turn % 3)):
                for part in range(2):
                    value = b"%d %d %d" % (id(producer), turn, part)
                    await producer.send_and_wait(topic, value, partition=0)
                    wanted += [value] if ends_well else []
            await (one.commit_transaction() if turn % 2 else one.abort_transaction())
            await (two.commit_transaction() if turn % 3 else two.abort_transaction())
    for most in (1, 10**6):
        read, end = [], 0
        async with BlockConsumer(
            bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level="read_committed",
            max_partition_fetch_bytes=400 if most == 1 else 2**20,
        ) as consumer:  # fmt: skip
            consumer.assign([tp])
            last = (await consumer.end_offsets([tp]))[tp]
            async with asyncio.timeout(30):
                while end < last:
                    for fetched in (await consumer.fetched(0.5, most, 2**30)).values():
                        read += list(fetched.records().values)
                        end = fetched.next
        assert sorted(read) == sorted(wanted)
