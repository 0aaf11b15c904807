"""A worker that can't work ends, and says why."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import GroupAuthorizationFailedError

from streams.around_faust.recovery import SteadyRecovery
from streams.keys import pseudonyms
from streams.state.kept import VERSION
from streams.telemetry import Event, Telemetry
from streams.telemetry.events.tenures import RecoveryProgressed
from streams.worker import Stopped, running
from tests.field.field import Field


async def _field(bootstrap: str, prefix: str, folder: Path) -> Field:
    """One whose worker runs in this process, and whose state is in that folder."""
    more = {"worker": {"http_port": 0, "datadir": str(folder)}}
    return await Field(bootstrap, prefix, folder, more=more).make()


async def test_what_breaks_a_service_ends_the_worker(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    """An error in the reading of feeds, which Faust alone would only log, is what the worker ends with."""
    field = await _field(bootstrap, prefix, tmp_path)
    async with running(field.settings, Telemetry()) as worker:
        assert not worker.parts.failed.done()

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("the reading broke")

        worker.parts.fetch._batches = broken
        with pytest.raises(RuntimeError, match="the reading broke"):
            await asyncio.wait_for(worker.parts.failed, 30)


async def test_a_worker_says_which_key_it_has(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    """By its name and its fingerprint, so that two with different ones are seen beside each other."""
    field, telemetry = await _field(bootstrap, prefix, tmp_path), Telemetry()
    key = pseudonyms(field.settings.privacy)
    labels = {"key_id": key.key_id, "fingerprint": key.fingerprint}
    async with running(field.settings, telemetry):
        assert telemetry.registry.get_sample_value("nummerwacht_pseudonym_key_info", labels) == 1


_known = GroupCoordinator.ensure_coordinator_known


async def _denied(self: GroupCoordinator) -> None:
    if self.group_id.endswith("nummerwacht"):  # the one that Faust reads with
        raise GroupAuthorizationFailedError(self.group_id)
    await _known(self)


async def test_a_group_that_refuses_the_worker_ends_it(
    bootstrap: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker without the right to its group waited for ever, and named the state that it reads back: Faust asks aiokafka for no error."""
    field = await _field(bootstrap, prefix, tmp_path)
    monkeypatch.setattr(GroupCoordinator, "ensure_coordinator_known", _denied)
    with pytest.raises(GroupAuthorizationFailedError, match=f"{prefix}nummerwacht$"):
        async with asyncio.timeout(60), running(field.settings, Telemetry()):
            await asyncio.Event().wait()


async def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("the state can't be read back")


async def test_what_breaks_a_recovery_at_the_start_ends_the_worker(
    bootstrap: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker does not wait for ever for a recovery that broke, as Faust alone does."""
    field = await _field(bootstrap, prefix, tmp_path)
    monkeypatch.setattr(SteadyRecovery, "_build_highwaters", _broken)
    with pytest.raises(RuntimeError, match="can't be read back"):
        async with asyncio.timeout(60), running(field.settings, Telemetry()):
            pass


async def test_a_worker_can_be_stopped_while_it_starts(
    bootstrap: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop does not wait for the end of a recovery."""
    field = await _field(bootstrap, prefix, tmp_path)
    stop = asyncio.Event()

    async def hanging(*_: object, **__: object) -> None:
        stop.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(SteadyRecovery, "_build_highwaters", hanging)
    with pytest.raises(Stopped):
        async with asyncio.timeout(60), running(field.settings, Telemetry(), stop=stop):
            pass


async def test_a_worker_can_be_stopped_before_a_broker_has_answered(tmp_path: Path) -> None:
    """A broker that takes a connection and never answers keeps no worker from ending as it is told."""
    asked = asyncio.Event()

    async def silent(*_: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    bootstrap = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    field = Field(bootstrap, "", tmp_path, more={"worker": {"http_port": 0, "datadir": str(tmp_path)}})

    async def start() -> None:
        async with running(field.settings, Telemetry(), stop=asked):
            pass

    with pytest.raises(Stopped):
        await asyncio.wait_for(start(), 10)
    server.close()


#: A worker whose end hangs in a thread that nobody can end.
_HANGS = """
import os, threading, time, streams.worker as worker
worker._CERTAIN_SECONDS = 0.2
worker._certainly(os._exit, 7)
threading.Thread(target=time.sleep, args=(60,)).start()
"""


def test_an_end_that_hangs_is_made_an_end() -> None:
    """A thread that does not end keeps no worker from ending."""
    assert subprocess.run([sys.executable, "-c", _HANGS], timeout=300, check=False).returncode == 7


async def test_a_worker_tells_what_is_left_while_it_reads_its_state_back(
    bootstrap: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its first start too, before anything of it works; at the end nothing is left."""
    field = await _field(bootstrap, prefix, tmp_path)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for at in range(50):
            key, value = b"?%d" % at, bytes([VERSION])  # nothing that a ledger knows, nor minds
            await producer.send_and_wait(field.names.changelog, value, key, partition=1)
    monkeypatch.setattr("streams.progress._LOOK_SECONDS", 0.002)
    telemetry, lefts = Telemetry(), []
    emit = telemetry.emit

    def noted(event: Event) -> None:
        if isinstance(event, RecoveryProgressed) and event.partition == 1:
            lefts.append(event.left)
        emit(event)

    telemetry.emit = noted
    async with asyncio.timeout(60), running(field.settings, telemetry):
        while not lefts or lefts[-1]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert lefts[0] == 50
    assert lefts == sorted(lefts, reverse=True)
