"""Keepers take no slice before the state is there, and none that is not theirs any more."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.errors import IllegalStateError, MessageSizeTooLargeError

from monitor.book import Book
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.told import Told
from monitor.watermark import Tick
from monitor.wire import H_VERSION, VERSION, NewerSlice, headers
from streams.agents import Keepers
from streams.keeper import Keeper, Terms
from streams.telemetry import Telemetry


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
        self.keepers = Keepers(self.app, "calls", self.make, Telemetry(), self.fail)

    def make(self, partition: int, confirmed: bool) -> SimpleNamespace:
        async def lose() -> None:
            pass

        self.made.append(SimpleNamespace(partition=partition, next=5, lose=lose))
        return self.made[-1]

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


async def test_going_back_is_tried_again_when_slices_still_come_from_beyond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Slices that were read ahead do not make it seek again; a seek that was lost is made good."""
    bench, now = _Bench(), [100.0]
    monkeypatch.setattr("streams.agents.time.monotonic", lambda: now[0])
    keeper = SimpleNamespace(partition=0, next=5)
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

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.refuses = False
        self.kept: list = []

    def items(self, partition: int) -> list:
        return []

    async def put(self, partition: int, puts: list) -> int:
        await self.free.wait()
        if self.refuses:
            raise MessageSizeTooLargeError
        self.kept += puts
        return 0


async def _tell(alerts: list) -> None:
    pass


def _keeper(table: _Table) -> Keeper:
    """One that flushes every slice at once."""
    policy = Policy.load("nl")
    terms = Terms(frozenset({"alfa"}), 0, 0, flush_bytes=0, flush_seconds=0.0)
    return Keeper(
        0, Book(Judge(policy, None), Told(policy)), table, terms, _tell, _tell, Telemetry(),
        turns=asyncio.Semaphore(), generation=1,
    )  # fmt: skip


def _event(offset: int, acked: list[int]) -> SimpleNamespace:
    message = SimpleNamespace(offset=offset, value=b"", headers=headers(Tick()))
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


async def test_a_slice_of_a_later_version_is_not_passed_by() -> None:
    """It holds calls: the worker ends with a sentence that says what to do, and the next one that can reads it."""
    table, acked = _Table(), []
    table.free.set()
    keeper = _keeper(table)
    event = _event(0, acked)
    event.message.headers = [(H_VERSION, str(VERSION + 1).encode())]
    with pytest.raises(NewerSlice, match="upgrade"):
        await keeper.add(event)
    assert (table.kept, acked, keeper.ledger.mark.head) == ([], [], 0)


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
