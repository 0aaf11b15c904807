"""Keepers that were lost while something was under way: they are let go, and nothing more is said of them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from streams import agents
from tests.streams.test_keepers import _Bench
from tests.streams.waiting import until


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


async def test_a_partition_that_can_not_be_merged_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a leader for one partition of the changelog, the buckets of the others are merged again and again."""
    bench = _Bench()
    bench.recovery.generation = 7
    monkeypatch.setattr(agents, "_COMPACT_SECONDS", 0.01)
    merged: list[int] = []

    async def stuck(_: int) -> None:
        await asyncio.Event().wait()

    async def well(head: int) -> None:
        merged.append(head)

    async def confirmed(*_: int) -> bool:
        return True

    ledger = SimpleNamespace(mark=SimpleNamespace(head=5), begun=True)
    for partition, compact in enumerate((stuck, well)):
        bench.keepers._keepers[partition] = Mock(partition=partition, ledger=ledger, compact=compact)
    monkeypatch.setattr(bench.keepers, "_confirmed", confirmed)
    merging = asyncio.create_task(type(bench.keepers)._compact.fun(bench.keepers))
    await until(lambda: len(merged) > 3)
    merging.cancel()
    assert set(merged) == {5}


async def test_the_lag_of_a_partition_that_was_lost_is_not_told_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is for whoever has the partition now to tell."""
    bench = _Bench()
    bench.recovery.generation = 7
    monkeypatch.setattr(agents, "_LAG_SECONDS", 0.01)
    monkeypatch.setattr(bench.keepers, "_lag", lambda _: 3)
    await bench.keepers.of(0)

    def lag() -> float | None:
        return bench.telemetry.registry.get_sample_value("nummerwacht_calls_lag_slices", {"partition": "0"})

    telling = asyncio.create_task(type(bench.keepers)._tell.fun(bench.keepers))
    await until(lambda: lag() == 3)
    await bench.keepers.lose()
    await asyncio.sleep(0.1)
    telling.cancel()
    assert lag() is None
