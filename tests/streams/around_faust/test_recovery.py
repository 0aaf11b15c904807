"""After a rebalance slices come in order and from where they count, and not before the state they belong to.

The second test is of Faust alone, and tells when it does so too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import faust
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import IllegalStateError, KafkaTimeoutError
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.types import TP

from streams.around_faust import recovery
from tests.streams.waiting import until

_RECORDS = 120


@asynccontextmanager
async def _worker(
    bootstrap: str, prefix: str, folder: Path, *, steady: bool, slow_seek: float
) -> AsyncIterator[tuple[faust.App, list[int]]]:
    """A Faust worker with a table, over a topic of one partition; and the offsets that its agent takes."""
    topic = f"{prefix}in"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for at in range(_RECORDS):
            await producer.send_and_wait(topic, b"%d" % at, partition=0)
    app = faust.App(
        f"{prefix}app", broker=f"kafka://{bootstrap}", store="memory://", datadir=str(folder), topic_partitions=1,
        topic_disable_leader=True, consumer_auto_offset_reset="earliest", stream_buffer_maxsize=16, autodiscover=False,
        stream_wait_empty=False, stream_recovery_delay=0.1, recovery_consistency_check=False, web_enabled=False,
        broker_rebalance_timeout=2.0, broker_session_timeout=6.0, broker_heartbeat_interval=1.0, set_as_current=False, **({"TableManager": recovery.SteadyTables} if steady else {}),
    )  # fmt: skip
    app.Table("state", key_type=bytes, value_type=bytes, partitions=1)
    if steady:
        recovery.steady(app)
    seek = app.consumer.perform_seek

    async def slowly() -> None:
        await seek()
        # Recovery makes a task of it; a poll, that does the same, is not what is tried here.
        if asyncio.current_task().get_coro().cr_code is slowly.__code__:
            await asyncio.sleep(slow_seek)

    app.consumer.perform_seek = slowly
    taken: list[int] = []

    @app.agent(app.topic(topic, key_serializer="raw", value_serializer="raw", partitions=1))
    async def take(events: faust.StreamT) -> None:
        async for event in events.noack().events():
            taken.append(event.message.offset)
            await asyncio.sleep(0.02)  # slower than the reading, so that some always wait

    await app.start()
    try:
        yield app, taken
    finally:
        await app.stop()


async def _rebalanced(app: faust.App, tp: TP) -> None:
    """As a rebalance does that takes all and gives it back, to be read from the beginning."""
    ours = app.consumer.assignment()
    await app.consumer.on_partitions_revoked(ours)
    await app.consumer.seek_wait({tp: 0})
    app.consumer_generation_id += 1
    await app.consumer.on_partitions_assigned(ours, app.consumer_generation_id)


@dataclass(slots=True)
class Seen:
    """What a worker did."""

    after_rebalance: list[int]  # taken after a rebalance, when nothing was committed and the seek takes long
    gone_back: list[int]  # taken after a seek to 10, while a record from further on is under way
    late_seek: type[Exception] | None  # what a seek raises when partitions have just gone away
    flows: bool  # whether a worker without partitions goes on reading when it is to be given some
    state: int | None  # the generation whose state is then there


async def _seen(bootstrap: str, prefix: str, folder: Path, *, steady: bool) -> Seen:
    tp = TP(f"{prefix}in", 0)
    async with _worker(bootstrap, prefix, folder, steady=steady, slow_seek=1.6) as (app, taken):
        await until(lambda: _RECORDS - 1 in taken)
        taken.clear()
        await _rebalanced(app, tp)
        await until(lambda: _RECORDS - 1 in taken)
        after_rebalance = taken.copy()

        taken.clear()
        await app.consumer.seek_wait({tp: 10})
        app.consumer._read_offset[tp] = 100  # as the record under way leaves it
        await until(lambda: _RECORDS - 1 in taken)
        gone_back = taken.copy()

        late_seek = None
        app.consumer.seek_to_committed = _gone
        try:
            await app.consumer.perform_seek()
        except IllegalStateError as error:
            late_seek = type(error)

        app.consumer.assignment = set
        await app._on_partitions_revoked(set())
        state = recovery.recovered(app) if steady else None
        return Seen(after_rebalance, gone_back, late_seek, app.consumer.flow_active, state)


async def _gone() -> None:
    raise IllegalStateError("not assigned")


@pytest.mark.wide
async def test_nothing_is_passed_over_and_nothing_comes_too_early(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """Every record comes once and in order after a rebalance and a seek back; a late seek harms nobody; all stop."""
    assert await _seen(bootstrap, prefix, tmp_path, steady=True) == Seen(
        after_rebalance=list(range(_RECORDS)),
        gone_back=list(range(10, _RECORDS)),
        late_seek=None,
        flows=False,
        state=None,
    )


@pytest.mark.wide
async def test_faust_alone_passes_over_what_comes_during_a_seek(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """When one of these fails, Faust was mended, and that part of `recovery.py` can go."""
    alone = await _seen(bootstrap, prefix, tmp_path, steady=False)
    assert set(alone.after_rebalance) < set(range(_RECORDS))
    assert alone.gone_back[0] == 100
    assert alone.late_seek is IllegalStateError
    assert alone.flows


async def _away() -> None:
    raise KafkaTimeoutError("the broker is away")


async def test_a_recovery_begins_again_when_the_broker_is_away(tmp_path: Path) -> None:
    """A step that takes too long, or fails by the broker, does not end recovery, as it does in Faust alone."""
    app = faust.App("steps", set_as_current=False, datadir=str(tmp_path))
    for step in (asyncio.sleep(30), _away()):
        steady = recovery.SteadyRecovery(app, app.tables)
        with pytest.raises(RebalanceAgain):
            await steady._wait(step, timeout=0.05)
        assert steady.signal_recovery_start.is_set()
    await recovery.SteadyRecovery(app, app.tables)._wait(asyncio.sleep(0), timeout=5)

    with pytest.raises(ServiceStopped):
        await Recovery(app, app.tables)._wait(asyncio.sleep(30), timeout=0.05)
    with pytest.raises(KafkaTimeoutError):
        await Recovery(app, app.tables)._wait(_away(), timeout=5)


async def _waits(app: faust.App) -> list[float]:
    """The seconds for which the start of the tables waits."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def start() -> None: ...

    app.tables.sleep, app.tables._update_channels, app.tables.recovery.start = sleep, start, start
    await app.tables.on_start()
    return waits


async def test_the_tables_wait_for_nothing_at_the_start(tmp_path: Path) -> None:
    """Recovery begins at once, since all tables are declared; Faust alone waits, and when it does not this can go."""
    given = {"set_as_current": False, "datadir": str(tmp_path)}
    assert await _waits(faust.App("steady", TableManager=recovery.SteadyTables, **given)) == []
    assert await _waits(faust.App("alone", **given)) == [1.0]


async def _open_fetch(app: faust.App) -> int:
    """Milliseconds for which a broker may keep a fetch of an app's consumer open."""
    thread = app.consumer._thread
    try:
        return thread._create_worker_consumer(app.transport)._fetch_max_wait_ms
    finally:
        thread.thread_loop.close()  # it was never started


async def test_no_question_of_a_recovery_waits_long_behind_a_fetch(tmp_path: Path) -> None:
    """A broker keeps no fetch open for long; for Faust alone it does, and when it does not this can go."""
    given = {"set_as_current": False, "datadir": str(tmp_path)}
    app = faust.App("steady", TableManager=recovery.SteadyTables, **given)
    recovery.steady(app)
    assert await _open_fetch(app) == recovery._FETCH_MS <= 200
    assert await _open_fetch(faust.App("alone", **given)) == 1500


async def test_what_the_store_does_not_take_of_what_is_read_back_breaks_the_worker() -> None:
    """Faust says it in a line and waits for ever; a worker whose disk is full must end, and start when there is room."""
    app = faust.App(
        "broken", store="memory://", autodiscover=False, web_enabled=False, set_as_current=False,
        TableManager=recovery.SteadyTables,
    )  # fmt: skip
    table = app.Table("state", key_type=bytes, value_type=bytes, partitions=1)

    def full(_: object) -> None:
        raise OSError("no space left on device")

    table.apply_changelog_batch = full
    recovery.steady(app)
    assert recovery.broken(app) is None
    app.tables.recovery.buffers[table].append(object())
    with pytest.raises(OSError, match="no space"):
        app.tables.recovery.flush_buffers()
    assert isinstance(recovery.broken(app), OSError)
