"""The watchdog ends what is stuck and leaves what rests."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.request import urlopen

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import OffsetOutOfRangeError

from streams.cluster.embedded import free_port
from streams.watchdog import MadeAnew, Stuck, Watchdog
from tests.field.field import Field
from tests.field.traffic import calls, values

_HERE, _THERE = TopicPartition("cdr", 0), TopicPartition("cdr", 1)


class _Bench:
    """A watchdog whose clock, broker and worker are ours."""

    def __init__(self) -> None:
        self.now, self.end, self.begin, self.left = 0.0, 5, 0, None
        self.last = 5  # where its records end, whatever it says
        self.at = {_HERE: 5}
        self.dog = Watchdog({}, {"records": lambda: self.at}, lambda: self.left, 60.0, ticks=lambda: self.now)

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(partitions, self.begin)

    async def end_offsets(self, partitions: list[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)

    async def topics(self) -> set[str]:
        return {_HERE.topic}

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.asked = None

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.asked = offset

    def unsubscribe(self) -> None:
        self.asked = None

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int, max_records: int) -> dict:
        if self.asked >= self.last:
            raise OffsetOutOfRangeError({_HERE: self.asked})
        return {}

    async def look(self, seconds: float) -> None:
        self.now += seconds
        await self.dog.look(self)


async def test_nothing_to_read_for_hours_is_rest() -> None:
    """A worker at the end of its partitions is left alone."""
    bench = _Bench()
    for _ in range(10):
        await bench.look(3600)


async def test_records_that_wait_while_nothing_moves_are_a_stuck_worker() -> None:
    """Not before the time that the setting says, and then with the reason."""
    bench = _Bench()
    await bench.look(3600)
    bench.end = 9
    await bench.look(59)
    with pytest.raises(Stuck, match="records") as stuck:
        await bench.look(2)
    assert stuck.value.reason == "records"


@pytest.mark.parametrize("end", [4, 0])
async def test_a_partition_that_ends_before_its_state_was_made_anew(end: int) -> None:
    """What comes there now would be taken for counted, so the worker ends and says what to do."""
    bench = _Bench()
    bench.dog = Watchdog({}, {"slices": lambda: bench.at}, lambda: None, 60.0, kept={"slices"})
    await bench.dog.look(bench)
    bench.end = bench.last = end
    with pytest.raises(
        MadeAnew,
        match=f"partition 0 of cdr ends at {end}, and is counted up to 5: .* another kafka.topic_prefix",
    ):
        await bench.dog.look(bench)


async def test_an_end_that_a_broker_gives_too_low_is_not_believed() -> None:
    """As the embedded one does after a batch of several records: what was read before is still there."""
    bench = _Bench()
    bench.dog = Watchdog({}, {"slices": lambda: bench.at}, lambda: None, 60.0, kept={"slices"})
    bench.end = 3
    await bench.dog.look(bench)


async def test_a_feed_whose_topic_was_made_anew_is_read_from_its_beginning() -> None:
    """No state is bound to its offsets."""
    bench = _Bench()
    bench.end = 2
    await bench.look(10)


async def test_slow_is_not_stuck() -> None:
    """Whoever reads on, however slowly and however far behind, is left alone."""
    bench = _Bench()
    bench.end = 10**9
    for _ in range(10):
        bench.at[_HERE] += 1
        await bench.look(59)


async def test_one_partition_that_stands_still_is_found_while_others_move() -> None:
    """Movement elsewhere is no sign of life of this one."""
    bench = _Bench()
    bench.at = {_HERE: 5, _THERE: 5}
    bench.end = 10**9
    await bench.look(30)
    bench.at[_THERE] += 1
    await bench.look(29)
    bench.at[_THERE] += 1
    with pytest.raises(Stuck):
        await bench.look(2)


async def test_a_partition_of_which_all_has_expired_rests() -> None:
    """Where nothing is left to read, nobody is stuck, whatever was read of it."""
    bench = _Bench()
    bench.at, bench.begin, bench.end = {_HERE: 0}, 9, 9
    for _ in range(10):
        await bench.look(3600)


async def test_a_recovery_that_hangs_is_stuck_and_one_that_goes_on_is_not() -> None:
    """What is left to read back must become less."""
    bench = _Bench()
    for left in (900, 800, 700):
        bench.left = left
        await bench.look(59)
    await bench.look(59)
    with pytest.raises(Stuck, match="recovery"):
        await bench.look(2)


async def test_a_recovery_that_has_read_all_and_does_not_end_is_stuck() -> None:
    """Nothing left to read back is no reason to wait for ever."""
    bench = _Bench()
    bench.left = 0
    await bench.look(30)
    with pytest.raises(Stuck, match="recovery"):
        await bench.look(31)


#: A worker whose fetch hangs for ever at its first poll. What takes its place is a whole one.
_HANGING = """
import asyncio, streams.fetching.fetch, streams.cli
class Hanging(streams.fetching.fetch.BlockConsumer):
    async def fetched(self, *a, **k):
        await asyncio.Event().wait()
streams.fetching.fetch.BlockConsumer = Hanging
streams.cli.main()
"""


def _hanging(field: Field, port: int) -> subprocess.Popen:
    environment = os.environ | {
        "NUMMERWACHT_WORKER__DATADIR": str(field.folder / "worker-1"),
        "NUMMERWACHT_WORKER__HTTP_PORT": str(port),
    }
    with (field.folder / "worker-1.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-c", _HANGING, "worker", str(field.config)],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


@pytest.mark.wide
async def test_a_worker_that_hangs_is_started_again_and_says_so(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """Reading that stands still is found, the process replaced, and everything counted by it; the metric tells why."""
    port = free_port()
    field = await Field(bootstrap, prefix, tmp_path, more={"worker": {"stuck_after": "30s"}}).make()
    sent = values(calls("small", days=3))
    field.workers[1] = _hanging(field, port)
    try:
        await field.settled(await field.send(sent))
        told = await asyncio.to_thread(_metrics, port)
        field.stop(1)
    finally:
        field.end()
    # On a slow machine the new start itself may be taken for stuck; then the last reason is told.
    assert re.search(r'nummerwacht_watchdog_restarts_total\{reason="\w+"\} 1\.0', told)


@pytest.mark.kafka
async def test_a_worker_whose_topic_calls_was_made_anew_ends_and_says_what_to_do(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """With the exit code of state that can't be read: nothing that comes is silently taken for counted."""
    field = await Field(bootstrap, prefix, tmp_path, more={"worker": {"stuck_after": "30s"}}).make()
    sent = values(calls("small", days=1))
    field.start(1)
    try:
        await field.settled(await field.send(sent))
        field.stop(1)
        await _made_anew(bootstrap, field.names.calls, field.partitions)
        field.start(1)
        ended = await asyncio.to_thread(field.workers[1].wait, 300)
        assert ended == 3
        assert "was made anew" in field.log(1)
        assert "Traceback" not in field.log(1)
    finally:
        field.end()


async def _made_anew(bootstrap: str, topic: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        while topic in await admin.list_topics():  # noqa: ASYNC110 (a broker tells nobody)
            await asyncio.sleep(0.1)
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


def _metrics(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        return answer.read().decode()
