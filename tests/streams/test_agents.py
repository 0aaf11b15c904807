"""Keepers that were lost while something was under way: they are let go, and nothing more is said of them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from streams import agents
from tests.streams.test_keepers import _Bench


async def test_a_keeper_that_is_lost_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose reading had gone back, or does so just now: it has the whole state of its partition."""
    bench = _Bench()
    bench.recovery.generation = 7
    await bench.keepers.go_back(await bench.keepers.of(0), 9)
    slow, sought = asyncio.Event(), bench.consumer.seek_wait

    async def seek(offsets: dict) -> None:
        await slow.wait()
        await sought(offsets)

    monkeypatch.setattr(bench.consumer, "seek_wait", seek)
    going = asyncio.create_task(bench.keepers.go_back(await bench.keepers.of(1), 9))
    await asyncio.sleep(0)
    await bench.keepers.lose()
    slow.set()
    await going
    assert bench.consumer.sought == [5, 5]
    assert bench.keepers._gone_back == {}


async def test_nothing_is_said_of_a_keeper_that_was_lost_while_others_were_merged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its partition's lag is for whoever has it now to tell."""
    bench = _Bench()
    bench.recovery.generation = 7
    monkeypatch.setattr(agents, "_COMPACT_SECONDS", 0.01)
    gate = asyncio.Event()

    async def compact(_: int) -> None:
        await gate.wait()

    async def confirmed(*_: int) -> bool:
        return True

    for partition in (0, 1):
        keeper = await bench.keepers.of(partition)
        keeper.ledger, keeper.compact = SimpleNamespace(mark=SimpleNamespace(head=5), begun=True), compact
    monkeypatch.setattr(bench.keepers, "_confirmed", confirmed)
    monkeypatch.setattr(bench.keepers, "_lag", lambda _: 3)
    merging = asyncio.create_task(type(bench.keepers)._compact.fun(bench.keepers))
    await asyncio.sleep(0.1)
    said = [bench.telemetry.registry.get_sample_value("nummerwacht_calls_lag_slices", {"partition": "0"})]
    await bench.keepers.lose()
    gate.set()
    await asyncio.sleep(0.1)
    merging.cancel()
    said += [
        bench.telemetry.registry.get_sample_value("nummerwacht_calls_lag_slices", {"partition": partition})
        for partition in ("0", "1")
    ]
    assert said == [3, None, None]
