"""Two workers beside one, each held to a share of a core: what is lost by dealing the work, where cores do not run out.

A machine with few cores shows nothing of two workers that want all of them. Here each worker gets a part of a core by
Linux's control groups (so it takes root), and the broker has what is left. Workers wait for records; then all of
them are sent as fast as the broker takes them, from batches made beforehand, and from the first record that is read to the
last call that is counted the clock runs. A rebalance at the start is not in it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaProducer
from typer import Argument

from bench.live import PARTITIONS, applied, counted, packed, provision_only, started
from streams.cluster import provision
from streams.cluster.embedded import free_port
from streams.topics import Topic
from tests.brokers.apache import ApacheKafka
from tests.field.field import Field

_GROUPS = Path("/sys/fs/cgroup")
_PERIOD_US = 20_000
_BATCH = 1_000  # records
_READY_SECONDS, _SECONDS = 30, 300


@contextmanager
def held(share: float, name: str) -> Iterator[Path]:
    """A control group that has a share of a core. Raises `SystemExit` where none can be made."""
    old = (_GROUPS / "cpu").is_dir()
    group = (_GROUPS / "cpu" if old else _GROUPS) / name
    quota = int(share * _PERIOD_US)
    try:
        group.mkdir(exist_ok=True)
        if old:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {_PERIOD_US}")
    except OSError as error:
        raise SystemExit(
            f"no control group could be made, which takes root and cgroups on Linux: {error}"
        ) from None
    try:
        yield group
    finally:
        group.rmdir()


async def send(bootstrap: str, topic: str, values: list[bytes]) -> None:
    """Make all batches, then send them."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=1024**2) as producer:
        batches = [packed(producer, values[at : at + _BATCH]) for at in range(0, len(values), _BATCH)]
        for at in range(0, len(batches), PARTITIONS):
            sent = [
                await producer.send_batch(batch, topic, partition=partition)
                for partition, batch in enumerate(batches[at : at + PARTITIONS])
            ]
            await asyncio.gather(*sent)


def run(bootstrap: str, prefix: str, count: int, workers: int, share: float) -> float:
    """Calls a second of so many workers together."""
    topic = f"{prefix}cdr"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        field = Field(
            bootstrap, prefix, folder, feeds=[{"name": "alfa", "topic": topic}], partitions=PARTITIONS,
            more={"flush": {"interval": "1s"}, "kafka": {"session_timeout": "30s"}, "time": {"grace": "1d"}},
        )  # fmt: skip
        asyncio.run(provision_only(field))
        asyncio.run(provision.make(field.settings.kafka, [Topic(topic, PARTITIONS, "")]))
        ports = []
        for number in range(workers):
            group = stack.enter_context(held(share, f"nummerwacht-{os.getpid()}-{number}"))
            ports.append(free_port())
            process = started(field, folder / f"worker-{number}", ports[-1])
            stack.callback(_end, process)
            (group / "cgroup.procs").write_text(str(process.pid))
        time.sleep(_READY_SECONDS)  # starts, joins and rebalances, on a part of a core
        sender = subprocess.Popen([sys.executable, "-c", _SENDER, bootstrap, topic, str(count)])
        stack.callback(_end, sender)
        began: float | None = None
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            if began is None and sum(counted(port, "fetched_records") for port in ports):
                began = time.perf_counter()
            if sum(map(applied, ports)) >= count:
                each = [applied(port) / count for port in ports]
                print(
                    f"  {workers} of {share} cores: {[f'{part:.0%}' for part in each]} of the calls",
                    flush=True,
                )
                return count / (time.perf_counter() - began)
            time.sleep(0.2)
        raise AssertionError(f"the workers counted {sum(map(applied, ports)):.0f} of {count} calls")


#: A process of its own: to make the batches holds Python for a minute.
_SENDER = """
import asyncio, sys
from bench.records import calls, lines
from bench.workers import send
asyncio.run(send(sys.argv[1], sys.argv[2], lines(calls(int(sys.argv[3])))))
"""


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def measure(count: int = 1_500_000, runs: int = 3, share: float = 0.5) -> dict[str, float]:
    """Calls a second of one worker and of two, medians of runs in turns, and how many times the one the two are."""
    found: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder, ApacheKafka(Path(folder), heap="1g") as kafka:
        for turn in range(runs):
            for workers, speeds in found.items():
                speeds.append(run(kafka.bootstrap, f"w{workers}x{turn}-", count, workers, share))
                print(f"  {workers}: {speeds[-1]:,.0f} calls/s", flush=True)
    one, two = (statistics.median(speeds) for speeds in found.values())
    return {"one": one, "two": two, "times": two / one}


def main(
    calls: Annotated[int, Argument(help="that are sent in each run")] = 1_500_000,
    runs: Annotated[int, Argument(help="of one worker and of two, in turns")] = 3,
    share: Annotated[float, Argument(help="of a core that each worker has")] = 0.5,
) -> None:
    """How many times the calls of one worker two take."""
    found = measure(calls, runs, share)
    print(f"one worker {found['one']:,.0f}, two {found['two']:,.0f} calls/s: {found['times']:.2f} times")


if __name__ == "__main__":
    typer.run(main)
