"""The faults: what is done to workers, their stores and their broker in the middle of a run."""

from __future__ import annotations

import asyncio
import resource
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import numpy as np
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete

from streams.cli.exits import Exit
from streams.cluster import provision
from streams.keeper import REGISTRY
from tests.brokers.apache import ApacheKafka
from tests.faults.mortal import STEPS
from tests.field.field import Field, NotSettled

#: Seconds that a worker may take to reach the step at which it is to die.
_STEP_SECONDS = 20.0
#: Bytes that a file may have on a disk that is full: less than what a store writes in a second.
_NO_ROOM = 4096
#: Seconds for what must come of a fault: for a compaction, for a worker to find that its disk is full.
_PATIENCE = 60
#: Seconds until a worker without room must have ended: one that hangs is started again by its watchdog (`once.py`), and then can't start.
_ROOM_SECONDS = 180
#: The first bytes of keys of the changelog under which there is something of an organisation: segments and bases.
_CONTENTS = frozenset({b"s", b"b"})


@dataclass(slots=True)
class Run:
    """One run: the field, its broker, and chance."""

    field: Field
    broker: ApacheKafka
    chance: np.random.Generator
    next_worker: int = 1

    def start(self) -> int:
        number, self.next_worker = self.next_worker, self.next_worker + 1
        self.field.start(number)
        return number

    def any(self) -> int:
        return int(self.chance.choice(sorted(self.field.workers)))

    async def wait(self, least: float, most: float) -> None:
        await asyncio.sleep(float(self.chance.uniform(least, most)))

    async def configure(self, topic: str, **settings: str) -> None:
        """Change settings of a topic: those given, besides the ones it was made with."""
        kafka = self.field.settings.kafka
        made = next(each.configs for each in provision.needed(kafka) if each.name == topic)
        settings = {name.replace("_", "."): value for name, value in settings.items()}
        admin = AIOKafkaAdminClient(bootstrap_servers=self.field.bootstrap)
        await admin.start()
        try:
            resource_ = ConfigResource(ConfigResourceType.TOPIC, topic, {**made, **settings})
            for answer in await admin.alter_configs([resource_]):
                for code, message, *_ in answer.resources:
                    assert code == 0, f"{topic}: {message}"
        finally:
            await admin.close()


async def _until(done: Callable[[], bool], seconds: float = _PATIENCE) -> bool:
    """Whether it became so in time."""
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return done()


async def kill(run: Run) -> None:
    """kill -9 at a random moment, and the same worker again: soon, so that it falls in rebalance and recovery too."""
    await run.wait(0.1, 4)
    number = run.any()
    run.field.kill(number)
    await run.wait(0, 2)
    run.field.start(number)


async def die_at_a_step(run: Run) -> None:
    """A worker dies at a step of its work: of a flush, a commit, a recovery, a rebalance."""
    number = run.any()
    step, times = str(run.chance.choice(list(STEPS))), int(run.chance.integers(1, 4))
    run.field.kill(number)
    run.field.start(number, "tests.faults.mortal", step, str(times))
    await _until(lambda: run.field.workers[number].poll() is not None, _STEP_SECONDS)
    run.field.kill(number)
    run.field.start(number)


async def come_and_go(run: Run) -> None:
    """One worker comes, another goes in order."""
    await run.wait(0.5, 3)
    run.start()
    await run.wait(0.5, 3)
    if len(run.field.workers) > 2:
        run.field.stop(run.any())


async def zombie(run: Run) -> None:
    """A worker is paused beyond its session, and wakes."""
    await run.wait(0.1, 3)
    number = run.any()
    run.field.pause(number)
    await asyncio.sleep(9)
    run.field.wake(number)


async def no_broker(run: Run) -> None:
    """The broker is stopped or killed, and comes back with its data."""
    await run.wait(0.5, 2)
    run.broker.kill() if run.chance.random() < 0.5 else run.broker.stop()
    await run.wait(1, 4)
    await run.broker.started()


async def refused(run: Run) -> None:
    """For a while the broker takes nothing on a topic: too few replicas, which is waited out, or too large, which is not."""
    names = run.field.names
    topic = str(run.chance.choice([names.calls, names.changelog, names.alerts]))
    refusal = {"min_insync_replicas": "2"} if run.chance.random() < 0.5 else {"max_message_bytes": "100"}
    await run.wait(0.5, 2)
    await run.configure(topic, **refusal)
    await run.wait(2, 5)
    await run.configure(topic)
    await run.wait(1, 2)
    run.field.revive()


async def no_room(run: Run) -> None:
    """A worker's disk is full: no file of its can grow. It ends by itself, and starts again when there is room."""
    await run.wait(0.5, 2)
    number = run.any()
    process = run.field.workers[number]
    # Its log does not grow either; it may be longer than any file of the store.
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_NO_ROOM, resource.RLIM_INFINITY))
    if (
        not await _until(lambda: process.poll() is not None, _ROOM_SECONDS)
        and len(run.field.workers) <= run.field.partitions
    ):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        raise NotSettled(f"{run.field.where()}\nworker {number} goes on without room for its store")
    run.field.kill(number)
    run.field.start(number)


async def no_store(run: Run) -> None:
    """A worker dies and its store is lost."""
    await run.wait(0.5, 3)
    number = run.any()
    run.field.kill(number)
    shutil.rmtree(run.field.folder / f"worker-{number}", ignore_errors=True)
    run.field.start(number)


async def old_store(run: Run) -> None:
    """A worker dies and an old copy of its store is put back."""
    number = run.any()
    run.field.kill(number)
    store, copy = run.field.folder / f"worker-{number}", run.field.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    if store.exists():
        shutil.copytree(store, copy)
    run.field.start(number)
    await run.wait(5, 7)
    run.field.kill(number)
    if copy.exists():
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(copy, store)
    run.field.start(number)


async def compacted(run: Run) -> None:
    """The changelog is compacted, deletions and all, and a worker reads its state back from what is left."""
    hasty = {
        "segment_ms": "500", "min_cleanable_dirty_ratio": "0.001", "delete_retention_ms": "0",
        "min_compaction_lag_ms": "0", "max_compaction_lag_ms": "500",
    }  # fmt: skip
    changelog = run.field.names.changelog
    await run.configure(changelog, **hasty)
    for _ in range(_PATIENCE):
        await asyncio.sleep(1)
        if await _has_gaps(run.field, changelog):
            break
    else:
        raise AssertionError(f"{changelog} was not compacted in {_PATIENCE} s")
    await no_store(run)
    await run.wait(2, 4)
    await run.configure(changelog)


async def _has_gaps(field: Field, topic: str) -> bool:
    """Whether records are gone from the middle of a topic."""
    last: dict[int, int] = {}
    for record in await field.read(topic):
        if record.offset > last.get(record.partition, -1) + 1:
            return True
        last[record.partition] = record.offset
    return False


async def emptied_changelog(run: Run) -> None:
    """All workers die, all stores are lost, and a partition of the changelog without an organisation holds nothing.

    As for one of whose partitions nothing was ever flushed, but that it does not begin at 0.
    """
    field, changelog = run.field, run.field.names.changelog
    for _ in range(_PATIENCE):
        if await _bare(field):
            break
        await asyncio.sleep(1)
    await run.wait(0.5, 3)
    numbers = sorted(field.workers)
    for number in numbers:
        field.kill(number)
        shutil.rmtree(field.folder / f"worker-{number}", ignore_errors=True)
    bare = await _bare(field)
    assert bare, f"each partition of {changelog} has an organisation, or nothing was flushed"
    # Only of a topic with that policy may records be deleted.
    await run.configure(changelog, cleanup_policy="compact,delete")
    admin = AIOKafkaAdminClient(bootstrap_servers=field.bootstrap)
    await admin.start()
    try:
        await admin.delete_records(
            {TopicPartition(changelog, partition): RecordsToDelete(end) for partition, end in bare.items()}
        )
    finally:
        await admin.close()
    await run.configure(changelog)
    left = {record.partition for record in await field.read(changelog)} & bare.keys()
    assert not left, f"partitions {left} of {changelog} are not empty"
    for number in numbers:
        field.start(number)


async def _bare(field: Field) -> dict[int, int]:
    """Where partitions of the changelog end that have flushes, and nothing of an organisation, by partition."""
    ends: dict[int, int] = {}
    full = {REGISTRY}  # it keeps what others say of their organisations
    for record in await field.read(field.names.changelog):
        ends[record.partition] = record.offset + 1
        if record.key[:1] in _CONTENTS:
            full.add(record.partition)
    return {partition: end for partition, end in ends.items() if partition not in full}


async def poison_slice(run: Run) -> None:
    """Something that is no slice lies on `calls`."""
    producer = AIOKafkaProducer(bootstrap_servers=run.field.bootstrap)
    await producer.start()
    for partition in range(run.field.partitions):
        await producer.send_and_wait(run.field.names.calls, b"no slice", partition=partition)
        headers = [("nw-slice", b"1"), ("nw-tick", b"{torn")]
        await producer.send_and_wait(run.field.names.calls, b"torn", partition=partition, headers=headers)
    await producer.stop()


Fault = Callable[[Run], Awaitable[None]]
FAULTS: Mapping[str, Fault] = {
    "kill -9": kill,
    "dies at a step": die_at_a_step,
    "workers come and go": come_and_go,
    "a zombie wakes": zombie,
    "no broker": no_broker,
    "produce refused": refused,
    "disk full": no_room,
    "store lost": no_store,
    "old store": old_store,
    "changelog compacted": compacted,
    "changelog partition empty": emptied_changelog,
    "poison slice": poison_slice,
}

#: With what Python ends where the last words of a log find no room either.
_NO_LAST_WORDS = 120
#: Partitions of `calls` in a run with such a fault, where it is not 3: at 12 the scenario's organisations leave six empty.
PARTITIONS: Mapping[str, int] = {"changelog partition empty": 12}
#: With what a worker may end by itself that is not ended here, by the fault: an exit code, or minus a signal. Else none may.
ENDS: Mapping[str, frozenset[int]] = {
    "dies at a step": frozenset({-signal.SIGKILL}),
    # One that runs waits for its broker; one that starts just then says that there is none.
    "no broker": frozenset({Exit.CLUSTER}),
    "produce refused": frozenset({Exit.CLUSTER}),
    "disk full": frozenset({Exit.FAILED, _NO_LAST_WORDS}),
}


def drawn(seed: int, at: int, of: int) -> list[str]:
    """The faults of a run that mixes them: those of `of` runs are together all there are, in an order by chance."""
    names = list(np.random.default_rng(seed).permutation(list(FAULTS)))
    return [str(name) for name in names[at % of :: of]]
