"""The consumer that fetches whole answers reads what aiokafka's own does."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.consumer.fetcher import Fetcher, OffsetResetStrategy
from aiokafka.consumer.subscription_state import Assignment

from streams.fetching.consumer import BlockConsumer, _BlockFetcher

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


@pytest.mark.parametrize(
    ("stood", "begins", "missed"), [(100, 900, [800]), (900, 0, []), (900, 900, []), (None, 900, [])]
)
async def test_it_is_said_how_many_records_were_gone(
    monkeypatch: pytest.MonkeyPatch, stood: int | None, begins: int, missed: list[int]
) -> None:
    """Where the log begins later than reading stood; not where it was made anew, nor of a group that begins."""
    tp, request = TopicPartition("cdr", 0), SimpleNamespace()
    assignment = Assignment({tp})
    state = assignment.state_value(tp)
    if stood is not None:
        state.reset_to(stood)

    async def refused(*_: object) -> bool:
        state.await_reset(OffsetResetStrategy.EARLIEST)
        return False

    async def reset(*_: object) -> bool:
        state.reset_to(begins)
        return False

    monkeypatch.setattr(Fetcher, "_proc_fetch_request", refused)
    monkeypatch.setattr(Fetcher, "_update_fetch_positions", reset)
    fetcher, found = object.__new__(_BlockFetcher), []
    fetcher._records, fetcher.stood = {}, {}
    fetcher.missed = lambda _, offsets: found.append(offsets)
    await fetcher._proc_fetch_request(assignment, 0, request)
    await fetcher._update_fetch_positions(assignment, 0, [tp])
    # A later assignment begins where the group is, which another may have moved on.
    fetcher.stood[tp] = Assignment({tp}), 5
    state.await_reset(OffsetResetStrategy.EARLIEST)
    await fetcher._update_fetch_positions(assignment, 0, [tp])
    assert found == missed


@pytest.mark.kafka
async def test_records_that_retention_removed_are_missed_and_gaps_are_not(
    bootstrap: str, prefix: str
) -> None:
    """Reading goes on where the log begins now, and how many offsets lie between is said once."""
    topic = f"{prefix}cdr"
    tp = TopicPartition(topic, 0)
    await topic_of(bootstrap, topic)
    await _send(bootstrap, topic, None)
    arguments = {"bootstrap_servers": bootstrap, "group_id": f"{prefix}g", "enable_auto_commit": False}
    missed: list[tuple[TopicPartition, int]] = []
    async with AIOKafkaConsumer(**arguments) as consumer:
        consumer.assign([tp])
        await consumer.commit({tp: 20})
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({tp: RecordsToDelete(before_offset=150)})
    finally:
        await admin.close()
    consumer = BlockConsumer(topic, auto_offset_reset="earliest", **arguments)
    consumer.missed = lambda *what: missed.append(what)
    async with consumer, asyncio.timeout(60):
        while not (found := await consumer.fetched(0.5, 10, 2**30)).get(tp):
            pass
    assert found[tp].begin == 150
    assert missed == [(tp, 130)]
