"""The channel between fetch and ingest keeps its batches when Faust rebalances."""

from __future__ import annotations

import asyncio

import faust
import pytest

from streams.around_faust.steady import SteadyChannel


async def _left(channel: faust.Channel, app: faust.App) -> list[str]:
    """What a reader finds of two values after Faust's flow control was cleared, as at a rebalance."""
    app.flow_control.resume()
    reader = channel.clone(is_iterator=True)
    await channel.put("a")
    await channel.put("b")
    app.flow_control.suspend()
    app.flow_control.clear()
    app.flow_control.resume()
    found = []
    while not reader.queue.empty():
        found.append(await asyncio.wait_for(reader.queue.get(), 2))
    return found


@pytest.fixture
def app() -> faust.App:
    return faust.App("steady", set_as_current=False)


async def test_batches_on_the_channel_survive_a_rebalance(app: faust.App) -> None:
    """Nothing that was put is dropped when Faust clears its queues."""
    assert await _left(SteadyChannel(app, maxsize=4), app) == ["a", "b"]


async def test_what_waits_on_the_channel_is_known(app: faust.App) -> None:
    """Who puts batches on it sees how many of them nobody has taken yet."""
    channel = SteadyChannel(app, maxsize=4)
    reader = channel.clone(is_iterator=True)
    seen = [channel.waiting]
    for value in ("a", "b"):
        await channel.put(value)
        seen.append(channel.waiting)
    await reader.queue.get()
    assert [*seen, channel.waiting, reader.waiting] == [0, 1, 2, 1, 1]


async def test_fausts_own_channel_drops_them(app: faust.App) -> None:
    """When this fails, Faust keeps them too, and `steady.py` can go."""
    assert await _left(app.channel(maxsize=4), app) == []
