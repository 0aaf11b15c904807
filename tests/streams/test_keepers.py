"""Keepers take no slice before the state is there, and none that is not theirs any more."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from aiokafka.errors import IllegalStateError, MessageSizeTooLargeError

from monitor.book import Book
from monitor.day.coverage import Coverage
from monitor.judge import Judge
from monitor.newer import NewerVersion
from monitor.policy import Policy
from monitor.told import Told
from monitor.watermark import Reach, Tick
from monitor.wire import H_TICK, H_VERSION, VERSION, headers
from streams.agents import Keepers
from streams.keeper import Keeper, Terms
from streams.state.kept import Bucket, Kind, Mark
from streams.state.ledger import Ledger
from streams.telemetry import Telemetry
from streams.telemetry.events.judgement import DayRestored


class _Consumer:
    """Where a partition was sought, and whether it is still ours."""

    def __init__(self) -> None:
        self.sought: list[int] = []
        self.ours = True

    async def earliest_offsets(self, tp: object) -> dict:
        return {tp: 0}

    async def seek_wait(self, offsets: dict) -> None:
        if not self.ours:
            raise IllegalStateError("not assigned")
        self.sought += offsets.values()


def _closed(telemetry: Telemetry) -> float | None:
    return telemetry.registry.get_sample_value("nummerwacht_closed_day_end_seconds", {"partition": "0"})


class _Bench:
    """Keepers of an app of which only the generation and the consumer are there."""

    def __init__(self) -> None:
        self.recovery = SimpleNamespace(generation=None)
        self.consumer = _Consumer()
        self.app = SimpleNamespace(
            tables=SimpleNamespace(recovery=self.recovery),
            consumer_generation_id=7,
            consumer=self.consumer,
        )
        self.made: list[SimpleNamespace] = []
        self.counted: list[int] = []
        self.telemetry = Telemetry()
        self.keepers = Keepers(self.app, "calls", self.make, self.telemetry, self.fail)

    def make(self, partition: int, confirmed: bool) -> SimpleNamespace:
        async def lose() -> None:
            pass

        async def count() -> None:
            self.counted.append(partition)

        self.telemetry.emit(DayRestored(partition, 20_000))
        book = SimpleNamespace(closed=20_000)
        self.made.append(SimpleNamespace(partition=partition, next=5, lose=lose, count=count, book=book))
        return self.made[-1]

    def closed(self) -> float | None:
        """The end of the last day that partition 0 is said to have closed."""
        return _closed(self.telemetry)

    async def fail(self, error: BaseException) -> None:
        raise error


@pytest.mark.parametrize("generation", [None, 6])
async def test_no_keeper_loads_a_state_that_is_not_there_yet(generation: int | None) -> None:
    """Before a recovery, or with that of an earlier generation, a slice is left to be read again."""
    bench = _Bench()
    bench.recovery.generation = generation
    assert await bench.keepers.of(0) is None
    assert bench.made == []


async def test_no_keeper_outlives_a_rebalance_that_began_while_it_loaded() -> None:
    """What was loaded for an assignment that is gone is thrown away."""
    bench = _Bench()
    bench.recovery.generation = 7
    loading = asyncio.create_task(bench.keepers.of(0))
    await asyncio.sleep(0)
    bench.recovery.generation = None
    await bench.keepers.lose()
    assert await loading is None
    assert bench.keepers.keepers() == []
    assert bench.closed() is None


async def test_a_partition_that_comes_back_is_counted_again() -> None:
    """What was told of it ended with its release, and the next day's close may be a day away."""
    bench = _Bench()
    bench.recovery.generation = 7
    await bench.keepers.of(0)
    await bench.keepers.count()
    await bench.keepers.count()
    assert bench.counted == [0]
    await bench.keepers.lose()
    await bench.keepers.of(0)
    await bench.keepers.count()
    assert bench.counted == [0, 0]
    assert bench.closed() == 20_001 * 86_400


async def test_going_back_is_tried_again_when_slices_still_come_from_beyond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Slices that were read ahead do not make it seek again; a seek that was lost is made good."""
    bench, now = _Bench(), [100.0]
    monkeypatch.setattr("streams.agents.time.monotonic", lambda: now[0])
    bench.recovery.generation = 7
    keeper = await bench.keepers.of(0)
    for offset in (9, 10, 11):
        await bench.keepers.go_back(keeper, offset)
    assert bench.consumer.sought == [5]
    now[0] += 5
    await bench.keepers.go_back(keeper, 12)
    assert bench.consumer.sought == [5, 5]


async def test_going_back_on_a_partition_that_has_just_gone_is_left_to_its_next_owner() -> None:
    """It does not end the worker."""
    bench = _Bench()
    bench.consumer.ours = False
    await bench.keepers.go_back(SimpleNamespace(partition=0, next=5), 9)


class _Table:
    """A table whose puts can be held up, and refused."""

    def __init__(self, mark: Mark | None = None, contents: dict[Bucket, bytes] | None = None) -> None:
        """mark: up to where its state counts. contents: what was kept up to there."""
        self.mark = mark
        self.contents = contents or {}
        self.free = asyncio.Event()
        self.refuses = False
        self.kept: list = []

    def items(self, partition: int) -> list:
        if self.mark is None:
            return []
        puts, counts = Ledger.load([], 1).flush(self.mark, self.contents, {})
        return [*puts, counts]

    def get(self, partition: int, key: bytes) -> bytes:
        return dict(self.items(partition))[key]

    async def put(self, partition: int, puts: list) -> int:
        await self.free.wait()
        if self.refuses:
            raise MessageSizeTooLargeError
        self.kept += puts
        return 0


async def _tell(alerts: list) -> None:
    pass


def _keeper(table: _Table, telemetry: Telemetry | None = None, **flush: float) -> Keeper:
    """One that flushes every slice at once, unless said otherwise."""
    policy = Policy.load("nl")
    terms = Terms(
        frozenset({"alfa"}), 0, 0, **{"flush_bytes": 0, "flush_seconds": 0.0, "flush_share": 1.0} | flush
    )
    return Keeper(
        0, Book(Judge(policy, None), Told(policy)), table, terms, _tell, _tell, telemetry or Telemetry(),
        turns=asyncio.Semaphore(), generation=1,
    )  # fmt: skip


def _event(offset: int, acked: list[int], tick: Tick | None = None) -> SimpleNamespace:
    message = SimpleNamespace(offset=offset, value=b"", headers=headers(tick or Tick()))
    return SimpleNamespace(message=message, ack=lambda: acked.append(offset))


@pytest.mark.parametrize("lost", [False, True])
async def test_what_was_flushed_while_the_partition_was_lost_is_not_acknowledged(lost: bool) -> None:
    """Perhaps another owner has begun before it was kept: then it does not count, and must be read again."""
    table, acked = _Table(), []
    keeper = _keeper(table)
    adding = asyncio.create_task(keeper.add(_event(0, acked)))
    await asyncio.sleep(0.3)
    losing = asyncio.create_task(keeper.lose()) if lost else None
    await asyncio.sleep(0)
    table.free.set()
    await adding
    if losing:
        await losing
    assert acked == ([] if lost else [0])


async def test_who_is_lost_while_its_flush_waits_for_a_turn_does_nothing_more() -> None:
    """A rebalance waits for flushes at work, not for those in the queue: theirs would be done again by the next owner."""
    table, acked = _Table(), []
    table.free.set()
    keeper = _keeper(table)
    async with keeper._turns:
        adding = asyncio.create_task(keeper.add(_event(0, acked)))
        await asyncio.sleep(0.1)
        losing = asyncio.create_task(keeper.lose())
        await asyncio.sleep(0)
    await asyncio.gather(adding, losing)
    assert (table.kept, acked) == ([], [])


async def test_who_is_lost_closes_no_more_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many may be due after a feed was away. Those that are closed are kept, and the others are left to the next owner."""
    seen = Coverage(pl.DataFrame([("alfa", 19_999, 1, 0, 0)], Coverage.SCHEMA, orient="row"))
    table = _Table(Mark(5, 20_000, 480_000, Tick(coverage=seen).encode()))
    table.free.set()
    keeper = _keeper(table)
    close, loop = keeper.book.close, asyncio.get_running_loop()
    losing: list[asyncio.Future] = []

    def closing(day: int, coverage: Coverage) -> list:
        if day == 20_003:
            losing.append(asyncio.run_coroutine_threadsafe(keeper.lose(), loop))
            while not keeper._lost:
                time.sleep(0.01)
        return close(day, coverage)

    monkeypatch.setattr(keeper.book, "close", closing)
    report = Reach("alfa", 0, 1, 5, 20_010 * 86_400_000_000, False)
    await keeper.add(_event(5, [], Tick([report])))
    await asyncio.wrap_future(losing[0])
    assert keeper.book.closed == keeper.ledger.mark.closed == 20_003


async def test_slices_are_taken_while_earlier_ones_are_being_kept() -> None:
    """The next slice waits for no flush, which would hold up those of all partitions; it counts with the next one."""
    table, acked = _Table(), []
    keeper = _keeper(table, flush_bytes=1)
    await keeper.add(_event(0, acked))
    flushing = asyncio.create_task(keeper.flush_if_due())
    await asyncio.sleep(0.3)
    assert await asyncio.wait_for(keeper.add(_event(1, acked)), 1)
    table.free.set()
    await flushing
    assert (acked, keeper.ledger.mark.head) == ([0], 1)
    await keeper.flush_if_due()
    assert (acked, keeper.ledger.mark.head) == ([0, 1], 2)


@pytest.mark.parametrize(("day", "flushes"), [(20_001, False), (20_002, True)])
async def test_a_slice_that_ends_a_day_waits_for_no_rest(
    day: int, flushes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a merge that worked for a second nine are rest, but not for a slice after which a day can be judged."""
    seen = Coverage(pl.DataFrame([("alfa", 19_999, 1, 0, 0)], Coverage.SCHEMA, orient="row"))
    now, table, acked = [0.0], _Table(Mark(5, 20_000, 480_000, Tick(coverage=seen).encode())), []
    works = iter(range(100))
    clock = SimpleNamespace(monotonic=lambda: now[0], perf_counter=lambda: float(next(works)))
    monkeypatch.setattr("streams.keeper.time", clock)
    table.free.set()
    keeper = _keeper(table, flush_bytes=1, flush_seconds=1.0, flush_share=0.1)

    async def comes(offset: int, day: int) -> None:
        report = Reach("alfa", 0, 1, offset, day * 86_400_000_000, False)
        await keeper.add(_event(offset, acked, Tick([report])))

    await comes(5, 20_001)
    now[0] = 1.0
    await keeper.flush_if_due()
    assert acked == [5]
    await comes(6, day)
    for now[0] in (1.5, 2.0, 2.5):
        await comes(int(2 * now[0] + 4), day)
        await keeper.flush_if_due()
    assert (acked == [5, 6, 7, 8]) is flushes
    assert (acked == [5]) is not flushes
    now[0] = 10.5
    await comes(10, day)
    await keeper.flush_if_due()
    assert acked[-1] == (10 if not flushes else 8)


async def test_a_slice_of_a_later_version_is_not_passed_by() -> None:
    """It holds calls: the worker ends with a sentence that says what to do, and the next one that can reads it."""
    table, acked = _Table(), []
    table.free.set()
    keeper = _keeper(table)
    event = _event(0, acked)
    event.message.headers = [(H_VERSION, str(VERSION + 1).encode())]
    with pytest.raises(NewerVersion, match="upgrade"):
        await keeper.add(event)
    assert (table.kept, acked, keeper.ledger.mark.head) == ([], [], 0)


async def test_a_slice_with_a_torn_tick_is_counted_as_unreadable_and_passed_by() -> None:
    """A foreign header on `calls` stops no worker: what can't be read of a slice is for its flush to say."""
    table, acked, telemetry = _Table(), [], Telemetry()
    table.free.set()
    event = _event(0, acked)
    event.message.headers = [
        (H_VERSION, str(VERSION).encode()),
        (H_TICK, b'{"reports":[],"coverage":[["x","y"]]}'),
    ]
    assert await _keeper(table, telemetry).add(event)
    assert acked == [0]
    labels = {"reason": "not_a_slice", "intended": "false"}
    assert telemetry.registry.get_sample_value("nummerwacht_rejected_slices_total", labels) == 1


async def test_only_who_was_confirmed_forgets_old_ids() -> None:
    """A flush deletes nothing, as a zombie may make one too: ids go when the coordinator has confirmed what they are older than."""
    old, kept = Bucket(Kind.IDS, 400_000), Bucket(Kind.IDS, 480_001)
    ids = np.array([2, 4], np.uint64).tobytes()
    table = _Table(Mark(5, 20_000, 480_000, Tick().encode()), {old: ids, kept: ids})
    table.free.set()
    keeper = _keeper(table)
    await keeper.add(_event(5, []))
    assert [key for key, value in table.kept if value is None] == []
    await keeper.compact(4)  # what says that they are old is not confirmed yet
    assert keeper.ledger.buckets(Kind.IDS) == [old.at, kept.at]
    await keeper.compact(6)
    assert keeper.ledger.buckets(Kind.IDS) == [kept.at]
    assert len([key for key, value in table.kept if value is None]) == 1


async def test_after_a_flush_that_failed_nothing_more_is_kept() -> None:
    """The slices of that flush would be missing from the next, which would count without them."""
    table, acked = _Table(), []
    table.free.set()
    table.refuses = True
    keeper = _keeper(table)
    with pytest.raises(MessageSizeTooLargeError):
        await keeper.add(_event(0, acked))
    table.refuses = False
    await keeper.add(_event(1, acked))
    assert (table.kept, acked) == ([], [])


async def test_a_keeper_says_up_to_which_day_it_has_judged_when_it_is_loaded() -> None:
    """After a restart no day may close for long, which is when somebody wants to know."""
    telemetry = Telemetry()
    seen = Coverage(pl.DataFrame([("alfa", 19_999, 1, 0, 0)], Coverage.SCHEMA, orient="row"))
    _keeper(_Table(Mark(5, 20_000, 480_000, Tick(coverage=seen).encode())), telemetry)
    assert _closed(telemetry) == 20_001 * 86_400
    assert telemetry.registry.get_sample_value("nummerwacht_closed_days_total") == 0


async def test_one_stuck_partition_of_a_feed_holds_its_watermark_in_the_metrics() -> None:
    """The watermark is what closes days, and not the latest start that was seen."""
    telemetry, table = Telemetry(), _Table()
    table.free.set()
    reports = [Reach("alfa", 0, 2, 1, 900_000_000, False), Reach("alfa", 1, 2, 1, 30_000_000, False)]
    reports.append(Reach("taken out", 0, 1, 1, 10_000_000, False))
    await _keeper(table, telemetry).add(_event(0, [], Tick(reports)))
    value, labels = telemetry.registry.get_sample_value, {"feed": "alfa", "partition": "0"}
    assert value("nummerwacht_watermark_seconds", labels) == 30
    assert value("nummerwacht_latest_call_seconds", labels) == 900
    # A feed that is not in the settings any more would be old for ever.
    assert value("nummerwacht_watermark_seconds", labels | {"feed": "taken out"}) is None
