"""How fast fetch reads: small batches are kept apart, and nothing is read that finds no room."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest.mock import AsyncMock

import faust
import pytest
from aiokafka import TopicPartition

from streams.around_faust.steady import SteadyChannel
from streams.fetching.consumer import Fetched
from streams.fetching.fetch import _APART_SECONDS, Fetch
from tests.streams.fetching.made import QUEUE
from tests.streams.fetching.made import made as made_fetch


async def test_small_batches_are_kept_apart_and_full_ones_are_not() -> None:
    """Each batch has a cost: after one that is less than half full, in records and in bytes, the next poll waits."""
    polls = iter([(1, 1), (4, 49), (5, 1), (10, 1), (3, 50), (3, 49), None])  # records, bytes
    here, waited = TopicPartition("cdr", 0), []
    fetch = made_fetch(channel=SimpleNamespace(put=AsyncMock(), waiting=0), size=100)

    async def fetched(*_: object) -> dict[TopicPartition, Fetched]:
        poll = next(polls)
        fetch._given_up = poll is None
        waited.append([])
        return {here: Fetched(0, 1, *poll, memoryview(b""))} if poll else {}

    async def sleep(seconds: float) -> None:
        waited[-1].append(seconds)

    fetch._consumer = _made_up(fetched)
    fetch.sleep = sleep
    await Fetch._read.fun(fetch)
    assert [bool(each) for each in waited[:6]] == [True, True, False, False, False, True]
    assert all(0 <= seconds <= _APART_SECONDS for each in waited for seconds in each)


@pytest.mark.parametrize(("records", "polls"), [(5, QUEUE + 1), (4, 1)])
async def test_nothing_is_read_that_finds_no_room(records: int, polls: int) -> None:
    """While nobody takes them, batches of at least half fill the queue and one waits for room; after a small one none is read."""
    here, made = TopicPartition("cdr", 0), 0
    channel = SteadyChannel(faust.App("room", set_as_current=False), maxsize=QUEUE)
    reader = channel.clone(is_iterator=True)
    fetch = made_fetch(channel=channel)

    async def fetched(*_: object) -> dict[TopicPartition, Fetched]:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return {here: Fetched(0, 1, records, 1, memoryview(b""))}

    fetch._consumer = _made_up(fetched)
    fetch.sleep = lambda _: asyncio.sleep(0)
    reading = asyncio.create_task(Fetch._read.fun(fetch))
    for _ in range(100):  # so often it could go on
        await asyncio.sleep(0)
    assert made == polls
    assert reader.waiting == min(polls, QUEUE)
    # It goes on where there is room again.
    await reader.queue.get()
    for _ in range(100):
        await asyncio.sleep(0)
    assert made == polls + 1
    reading.cancel()


def _made_up(fetched: object) -> SimpleNamespace:
    """A consumer that has no broker."""
    return SimpleNamespace(
        fetched=fetched,
        highwater={}.get,
        partitions_for_topic=lambda _: {0},
        assignment=set,
        paused=set,
        pause=lambda *_: None,
        resume=lambda *_: None,
        _subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=None)),
    )
