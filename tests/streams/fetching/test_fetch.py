"""Fetch goes on reading whatever its group does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from unittest.mock import AsyncMock

import faust
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError

from monitor.feed import Feed
from streams.around_faust.steady import SteadyChannel
from streams.fetching.fetch import _APART_SECONDS, Batch, Fetch, Part, _Seen
from streams.ingest import agent
from streams.telemetry import Telemetry
from tests.streams.fetching.made import ALFA, QUEUE, REBALANCE_SECONDS, made
from tests.streams.waiting import until

_ROUNDS = 10
_RECORDS = 60


@asynccontextmanager
async def _reading(
    bootstrap: str, prefix: str, *others: str
) -> AsyncIterator[tuple[Fetch, set[bytes], asyncio.Event]]:
    """A fetch over a topic of two partitions (and others), the values that were handed on and done, and whether any are taken."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    missing = {f"{prefix}{name}" for name in ("cdr", *others)} - set(await admin.list_topics())
    if missing:
        await admin.create_topics([NewTopic(name, 2, 1) for name in missing])
    await admin.close()
    channel = SteadyChannel(faust.App("fetch", set_as_current=False), maxsize=QUEUE)
    fetch = made(
        Feed(name="alfa", topic=f"{prefix}cdr", dialect="canonical"),
        channel,
        None,
        *(Feed(name=name, topic=f"{prefix}{name}", dialect="canonical") for name in others),
        bootstrap_servers=bootstrap,
        group_id=f"{prefix}group",
        heartbeat_interval_ms=300,
        session_timeout_ms=6000,
        rebalance_timeout_ms=int(REBALANCE_SECONDS * 1000),
    )
    reader = channel.clone(is_iterator=True)
    read: set[bytes] = set()
    takes = asyncio.Event()
    takes.set()

    async def take() -> None:
        while True:
            batch: Batch = await reader.queue.get()
            await takes.wait()
            await asyncio.sleep(0.01)  # so that batches are under way when the group moves
            read.update(value for part in batch.parts for value in part.fetched.records().values)
            fetch.done(batch)

    async with fetch:
        taking = asyncio.create_task(take())
        yield fetch, read, takes
        taking.cancel()


async def test_records_that_come_while_the_group_rejoins_are_read_and_committed(
    bootstrap: str, prefix: str
) -> None:
    """A group that rejoins again and again, while records keep coming, reads every record and commits them."""
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap) as producer,
        _reading(bootstrap, prefix) as (fetch, read, _),
    ):
        for round_ in range(_ROUNDS):
            for at in range(_RECORDS):
                await producer.send_and_wait(f"{prefix}cdr", b"%d %d" % (round_, at), partition=at % 2)
                if at == _RECORDS // 2:
                    fetch._consumer._coordinator.request_rejoin()
        await until(lambda: len(read) >= _ROUNDS * _RECORDS)
        await fetch.finish()
        committed = [await fetch._consumer.committed(tp) for tp in fetch._consumer.assignment()]
    assert sum(committed) == _ROUNDS * _RECORDS


async def test_a_poll_that_waits_for_the_end_of_a_rebalance_does_not_hold_it_up(
    bootstrap: str, prefix: str
) -> None:
    """What is under way can be finished while a poll waits, as one does from the begin of a rebalance to its end."""
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap) as producer,
        _reading(bootstrap, prefix) as (fetch, read, _),
    ):
        await producer.send_and_wait(f"{prefix}cdr", b"before", partition=0)
        await until(lambda: len(read) >= 1)
        fetch._consumer._subscription.begin_reassignment()
        await asyncio.sleep(0.5)  # longer than a poll: the next one has begun
        await asyncio.wait_for(fetch.finish(), 5)
        await producer.send_and_wait(f"{prefix}cdr", b"after", partition=0)
        fetch._consumer._coordinator.request_rejoin()
        await until(lambda: len(read) >= 2)
    assert read == {b"before", b"after"}


async def test_a_worker_that_is_slow_stays_in_its_group(
    bootstrap: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Of what is under way at a rebalance no more is waited for than the group waits; else slow ones would throw each other out."""
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap) as producer,
        _reading(bootstrap, prefix) as (slow, done, takes),
    ):
        values = [b"%d" % at for at in range(6)]
        for at, value in enumerate(values[:2]):
            await producer.send_and_wait(f"{prefix}cdr", value, partition=at)
        await until(lambda: len(done) >= 2)
        takes.clear()
        for at, value in enumerate(values[2:]):
            await producer.send_and_wait(f"{prefix}cdr", value, partition=at % 2)
        async with asyncio.timeout(20):
            while not slow._under_way:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        before = slow._consumer._coordinator.member_id
        async with _reading(bootstrap, prefix) as (other, read, _):
            # Two rebalances: who joins while one goes on makes the next.
            async with asyncio.timeout(2 * REBALANCE_SECONDS + 5):
                while not other._consumer.assignment() or not slow._consumer.assignment():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert slow._consumer._coordinator.member_id == before
            # What was done of it is committed, and what was not is read again by whose it is now.
            (theirs,) = other._consumer.assignment()
            await until(lambda: len(read) >= 2)
            assert read == set(values[2 + theirs.partition :: 2])
            takes.set()
            await until(lambda: len(done) >= 4)
    assert "not recognized" not in caplog.text


async def test_a_feed_whose_topic_is_deleted_stops_no_other(bootstrap: str, prefix: str) -> None:
    """What was read of it can never be committed; those of other feeds are read and committed all the same."""
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap) as producer,
        _reading(bootstrap, prefix, "gone") as (fetch, read, takes),
    ):
        await until(lambda: len(fetch._consumer.assignment()) == 4)
        takes.clear()
        for topic in ("cdr", "gone"):
            await producer.send_and_wait(f"{prefix}{topic}", topic.encode(), partition=0)
        await until(lambda: fetch._under_way > 0)
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        await admin.delete_topics([f"{prefix}gone"])
        await admin.close()
        takes.set()
        await until(lambda: b"cdr" in read)
        await producer.send_and_wait(f"{prefix}cdr", b"after", partition=1)
        await until(lambda: b"after" in read)
        await fetch.finish()
        committed = [await fetch._consumer.committed(TopicPartition(f"{prefix}cdr", at)) for at in range(2)]
    assert committed == [1, 1]


async def test_what_is_read_again_is_not_sent_twice() -> None:
    """A batch that waits while its partitions are given out anew is left to whoever reads it then."""
    feed, here = ALFA, TopicPartition("cdr", 0)
    fetch = made()
    ingest = AsyncMock()
    ingest.make = lambda _: None

    async def batches() -> AsyncIterator[Batch]:
        for offset, assignment in enumerate((1, 1, 2)):
            yield Batch(feed, [Part(here, SimpleNamespace(next=offset + 1))], assignment=assignment)

    fetch._assignment, fetch._under_way = 2, 3
    fetch._finished.clear()
    await agent(ingest, fetch, AsyncMock())(batches())
    async with asyncio.timeout(5):
        await fetch._finished.wait()
    assert ingest.send.await_count == 1
    assert fetch._done == {here: 3}


async def test_memory_stays_bounded_when_nothing_takes_what_was_fetched(bootstrap: str, prefix: str) -> None:
    """While what follows stands still, no more is read than the queue and one batch hold; then all of it comes."""
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap) as producer,
        _reading(bootstrap, prefix) as (fetch, read, taking),
    ):
        await producer.send_and_wait(f"{prefix}cdr", b"first", partition=0)
        await until(lambda: len(read) >= 1)
        taking.clear()
        wanted = {b"first"}
        for round_ in range(3 * QUEUE + 6):
            value = b"%d" % round_
            wanted.add(value)
            await producer.send_and_wait(f"{prefix}cdr", value, partition=round_ % 2)
            await asyncio.sleep(0.1)
        assert fetch._under_way <= QUEUE + 2  # in the queue, waiting to be put, and with who takes
        assert sum(fetch.positions().values()) < len(wanted)
        taking.set()
        await until(lambda: len(read) >= len(wanted))
    assert read == wanted


def _at_its_end(seen: _Seen) -> tuple[Fetch, SimpleNamespace]:
    """A fetch over one partition that ends at 5, of which so much was seen here, and what its consumer knows of it."""
    here = TopicPartition("cdr", 0)
    state = SimpleNamespace(position=5, has_valid_position=True, timestamp=None)
    assignment = SimpleNamespace(state_value={here: state}.get)
    fetch = made(idle_seconds=0.0)
    fetch._consumer = SimpleNamespace(
        highwater={here: 5}.get,
        partitions_for_topic=lambda _: {0},
        _subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)),
    )
    fetch._seen[here] = seen
    return fetch, state


async def test_a_partition_whose_broker_does_not_answer_is_idle_as_of_before() -> None:
    """Event time is not moved on by what is not known: records may have come that nobody could read."""
    fetch, state = _at_its_end(_Seen(arrived=0.0, position=5))
    told = []
    for state.timestamp in (None, 1000, 1500, 2000, 2000, 2000):
        told += [report.at for batch in fetch._batches({}) for report in batch.reports if report.idle]
    assert told == [1000, 1500, 1500, 1500]


async def test_a_partition_at_its_end_is_idle_where_its_group_has_read_to() -> None:
    """Also when nothing was read of it since it was given to us: what is said of a position before is taken for old."""
    fetch, state = _at_its_end(_Seen(arrived=0.0))
    reports = []
    for state.timestamp in (1000, 2000):
        reports += [report for batch in fetch._batches({}) for report in batch.reports]
    assert [(report.idle, report.position) for report in reports] == [(True, 5)]


def test_the_lag_of_a_partition_that_is_stuck_grows() -> None:
    """It is told of all partitions that are read here, not of those only of which something came; and where each is."""
    here, there, gone = (TopicPartition("cdr", partition) for partition in range(3))
    state = SimpleNamespace(position=40, has_valid_position=True)
    telemetry = Telemetry()
    fetch = made(telemetry=telemetry)
    ends = {here: 5, there: 100}
    assignment = SimpleNamespace(state_value={there: state}.get)
    fetch._consumer = SimpleNamespace(
        highwater=ends.get,
        assignment=lambda: {here, there},
        _subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)),
    )
    # Of the second nothing was read yet, and the third is on its way to another worker.
    fetch._seen = {here: _Seen(0.0, position=5), there: _Seen(0.0), gone: _Seen(0.0)}

    def told(metric: str) -> list[float | None]:
        fetch._tell_lag()
        value = telemetry.registry.get_sample_value
        labels = [{"feed": "alfa", "partition": str(partition)} for partition in range(3)]
        return [value(metric, each) for each in labels]

    assert told("nummerwacht_feed_lag_records") == [0, 60, None]
    assert told("nummerwacht_feed_position_records") == [5, 40, None]
    ends[here] = 1000
    assert told("nummerwacht_feed_lag_records") == [995, 60, None]
    assert told("nummerwacht_feed_position_records") == [5, 40, None]


async def test_what_comes_while_a_small_batch_waits_comes_as_one(
    bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is slower than small batches come has larger ones instead of ever more of them."""
    counts: list[int] = []
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap) as producer,
        _reading(bootstrap, prefix) as (fetch, read, takes),
    ):
        done = fetch.done
        monkeypatch.setattr(fetch, "done", lambda batch: (counts.append(_count(batch)), done(batch)))
        takes.clear()
        for at in range(5):
            await producer.send_and_wait(f"{prefix}cdr", b"%d" % at, partition=0)
            if at < 2:  # the first is with who takes, the second waits
                await until(lambda at=at: fetch._under_way > at)
            await asyncio.sleep(2 * _APART_SECONDS)
        takes.set()
        await until(lambda: len(read) >= 5)
    assert [count for count in counts if count] == [1, 1, 3]


def _count(batch: Batch) -> int:
    return sum(part.fetched.count for part in batch.parts)


class _Ingest:
    """Makes nothing of a batch, and is refused the first one."""

    def __init__(self) -> None:
        self.sent = 0

    def make(self, batch: Batch) -> None:
        pass

    async def send(self, made: None, feed: str) -> None:
        self.sent += 1
        if self.sent == 1:
            raise MessageSizeTooLargeError


async def test_what_comes_after_a_batch_that_was_refused_is_neither_sent_nor_committed() -> None:
    """Faust starts an agent again behind the batch that broke it; that batch is read again, and nothing may overtake it."""
    feed, here = ALFA, TopicPartition("cdr", 0)
    fetch = made()
    failed: list[BaseException] = []

    async def fail(error: BaseException) -> None:
        failed.append(error)

    async def batches(*offsets: int) -> AsyncIterator[Batch]:
        for offset in offsets:
            yield Batch(feed, [Part(here, SimpleNamespace(next=offset + 1))])
            await asyncio.sleep(0.1)

    ingest = _Ingest()
    take = agent(ingest, fetch, fail)
    with suppress(MessageSizeTooLargeError):
        await take(batches(0, 1))
    await take(batches(2, 3))
    assert [type(error) for error in failed] == [MessageSizeTooLargeError]
    assert ingest.sent == 1
    assert fetch._done == {}
