"""The timed flushes of a worker's partitions."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from streams.agents import Keepers


class _Keeper:
    """One whose flush waits for the broker, or does not."""

    def __init__(self, waits: bool = False, error: Exception | None = None) -> None:
        self.flushed, self._waits, self._error = 0, waits, error

    async def flush_if_due(self) -> None:
        if self._waits:
            await asyncio.Event().wait()
        if self._error:
            raise self._error
        self.flushed += 1


async def _flushed(monkeypatch: pytest.MonkeyPatch, keepers: list[_Keeper]) -> list[BaseException]:
    """Let a worker with these flush for a while; what it failed with."""
    failed: list[BaseException] = []

    async def fail(error: BaseException) -> None:
        failed.append(error)

    async def moment(self: Keepers, _: float) -> None:
        await asyncio.sleep(0.001)

    monkeypatch.setattr(Keepers, "sleep", moment)
    service = Keepers.__new__(Keepers)
    service._keepers, service._fail = dict(enumerate(keepers)), fail
    monkeypatch.setattr(Keepers, "should_stop", False)
    with suppress(TimeoutError, ConnectionError):
        await asyncio.wait_for(Keepers._flush.fun(service), 0.5)
    return failed


async def test_a_partition_that_can_not_be_flushed_holds_up_no_other(monkeypatch) -> None:
    """Without a leader for one partition of the changelog, the others go on to be kept."""
    stuck, well = _Keeper(waits=True), _Keeper()
    assert await _flushed(monkeypatch, [stuck, well]) == []
    assert (stuck.flushed, well.flushed > 3) == (0, True)


async def test_a_flush_that_fails_ends_the_worker(monkeypatch) -> None:
    """What can't be waited out is told, though another flush still waits."""
    error = ConnectionError("invented")
    assert await _flushed(monkeypatch, [_Keeper(waits=True), _Keeper(error=error)]) == [error]
