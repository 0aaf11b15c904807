"""The live path: one CDR a record on a real Apache Kafka, to counted calls and alerts, by one worker.

Beside it, in the same run on the same broker and data, a raw aiokafka `getmany` loop that does
nothing with what it reads: as fast as Python can be fed.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from typer import Argument

from bench.records import MAPPING, batches, calls, lines
from streams.cluster import provision
from streams.cluster.embedded import free_port
from streams.topics import Topic
from tests.brokers.apache import ApacheKafka
from tests.field.field import Field

PARTITIONS = 12
_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK = 0.2  # seconds between looks at a worker, at the least
Watch = Callable[[subprocess.Popen, int, int], dict[str, float]]


def packed(producer: AIOKafkaProducer, values: list[bytes]) -> BatchBuilder:
    """A batch made beforehand, for `send_batch`: to make it takes more of a core than to send it.

    Raises `ValueError` for more than the producer's batches may hold.
    """
    batch = producer.create_batch()
    for value in values:
        if batch.append(key=None, value=value, timestamp=None) is None:
            raise ValueError(f"{len(values)} records are more than one batch may hold")
    batch.close()
    return batch


def started(field: Field, datadir: Path, port: int) -> subprocess.Popen:
    """A worker of a field, with nothing of what it says."""
    environment = os.environ | {
        "NUMMERWACHT_WORKER__DATADIR": str(datadir),
        "NUMMERWACHT_WORKER__HTTP_PORT": str(port),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "streams", "worker", str(field.config)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


async def load(bootstrap: str, topic: str, values: list[bytes]) -> None:
    """Put values on a topic of their own, dealt over its partitions."""
    kafka = Field(bootstrap, "load-", Path(tempfile.mkdtemp())).settings.kafka
    await provision.make(kafka, [Topic(topic, PARTITIONS, "")])
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=512 * 1024, max_request_size=4 * 1024**2
    )
    await producer.start()
    for at in range(0, len(values), 20_000):
        part = values[at : at + 20_000]
        # Runs of records on one partition: batches are then as large as a busy producer's.
        sent = [
            await producer.send(topic, value, partition=(at + place) // 500 % PARTITIONS)
            for place, value in enumerate(part)
        ]
        await asyncio.gather(*sent)
    await producer.stop()


def raw(bootstrap: str, topic: str, values: int) -> float:
    """Values a second of a bare consumer, in a process of its own."""
    code = (
        f"import asyncio; from bench.live import read; asyncio.run(read({bootstrap!r}, {topic!r}, {values}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(ran.stdout)


async def read(bootstrap: str, topic: str, values: int) -> None:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False,
        fetch_max_bytes=50 * 1024**2, max_partition_fetch_bytes=6 * 1024**2,
    )  # fmt: skip
    await consumer.start()
    seen, began, start = 0, None, time.perf_counter()
    while seen < values:
        polled = await consumer.getmany(timeout_ms=1000, max_records=20_000)
        seen += sum(map(len, polled.values()))
        began = began or (time.perf_counter(), seen)
    if began[1] >= values:  # so few that they came at once: the wait for them is all there is
        began = (start, 0)
    took = time.perf_counter() - began[0]
    await consumer.stop()
    print((values - began[1]) / took)


def worker(
    bootstrap: str, topic: str, wanted: int, prefix: str, *, watched: Watch | None = None, **feed: object
) -> dict[str, float]:
    """Calls a second of one worker from the first call to the last, its CPU a call, and its memory.

    watched: another way to look at the process, given its HTTP port and the calls that are wanted.
    """
    with tempfile.TemporaryDirectory() as folder:
        field = Field(
            bootstrap, prefix, Path(folder), feeds=[{"name": "alfa", "topic": topic, **feed}], partitions=PARTITIONS,
            more={"flush": {"interval": "1s"}, "kafka": {"session_timeout": "30s"}, "time": {"grace": "1d"}},
        )  # fmt: skip
        asyncio.run(provision_only(field))
        port = free_port()
        process = started(field, Path(folder) / "worker", port)
        try:
            return (watched or _watched)(process, port, wanted)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


async def provision_only(field: Field) -> None:
    await provision.make(field.settings.kafka, provision.needed(field.settings.kafka))


def _watched(process: subprocess.Popen, port: int, wanted: int) -> dict[str, float]:
    """From the last look at which nothing was read yet: what is read ahead is not free."""
    first: tuple[float, float] | None = None
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        read, done = counted(port, "fetched_records"), counted(port, "applied_calls")
        now, used = time.perf_counter(), cpu(process.pid)
        if not read or first is None:
            first = (now, used)
        if done >= wanted:
            return {
                "calls_a_second": done / (now - first[0]),
                "cpu_us": (used - first[1]) / done * 1e6,
                "rss_mb": peak_mb(process.pid),
            }
        # Each look costs the worker some ms, so there are few while there is much left.
        left = (wanted - done) / done * (now - first[0]) if done else _LOOK
        time.sleep(min(max(_LOOK, left / 2), 1.0))
    raise AssertionError(f"the worker counted {applied(port):.0f} of {wanted} calls")


def counted(port: int, what: str) -> float:
    """A counter of a worker, summed over its labels."""
    total = 0.0
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                name = line.partition(" ")[0].partition("{")[0]
                if name == f"nummerwacht_{what}_total":
                    total += float(line.rsplit(" ", 1)[1])
    except OSError:
        pass
    return total


def applied(port: int) -> float:
    """Calls that a worker has counted since its start."""
    return counted(port, "applied_calls")


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used: all its threads, in user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_mb(pid: int) -> float:
    """The most memory that a process has had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def measure(count: int = 3_000_000, runs: int = 5, *only: str) -> list[dict[str, object]]:
    """Rows of the table: the worker by dialect and packing, each beside the raw loop of the same minutes.

    count: calls of the first row and of those with many calls a value; the others have a third. A run ends when the last call is kept, a second or two after it is read: in a short one that weighs more, so each
    is held against one as short. only: names of rows, beside the first two.
    """
    whole = calls(count)
    frame = whole[: count // 3]
    kinds: dict[str, tuple[Callable[[], list[bytes]], int, dict[str, object]]] = {
        "canonical": (lambda: lines(whole), count, {}),
        "canonical, a third": (lambda: lines(frame), frame.height, {}),
        "canonical, Arrow values": (lambda: batches(whole, "arrow"), count, {"values": "arrow"}),
        "canonical, NDJSON values": (lambda: batches(whole, "ndjson"), count, {"values": "ndjson"}),
        "mapping": (lambda: lines(frame), frame.height, {"dialect": "mapping", "mapping": MAPPING}),
    }
    for name in ("asterisk_csv", "asterisk_json", "freeswitch_json", "cgrates_json"):
        kinds[name] = (partial(lines, frame, name), frame.height, {"dialect": name})
    chosen = {name: kind for name, kind in kinds.items() if not only or name in (*list(kinds)[:2], *only)}
    table = []
    with tempfile.TemporaryDirectory() as folder, ApacheKafka(Path(folder), heap="1g") as kafka:
        for at, (name, (made, wanted, feed)) in enumerate(chosen.items()):
            values = made()
            topic = f"bench-{at}"
            asyncio.run(load(kafka.bootstrap, topic, values))
            many = len(values)
            del values  # gigabytes, which the machine would look after while it is measured
            pairs = []
            for run in range(runs):
                bare = raw(kafka.bootstrap, topic, many) * wanted / many
                ours = worker(kafka.bootstrap, topic, wanted, f"b{at}x{run}-", **feed)
                pairs.append((bare, ours))
                print(f"  {name}: {ours['calls_a_second']:,.0f} calls/s, raw {bare:,.0f}/s", flush=True)
            table.append(
                {
                    "what": name,
                    "calls": wanted,
                    "calls_a_second": statistics.median(o["calls_a_second"] for _, o in pairs),
                    "of_raw": statistics.median(o["calls_a_second"] / b for b, o in pairs),
                    "cpu_us": statistics.median(o["cpu_us"] for _, o in pairs),
                    "rss_mb": max(o["rss_mb"] for _, o in pairs),
                    "runs": len(pairs),
                }
            )
    as_long = {row["calls"]: row["calls_a_second"] for row in reversed(table[:2])}
    return [row | {"of_canonical": row["calls_a_second"] / as_long[row["calls"]]} for row in table]


def main(
    calls: Annotated[
        int, Argument(help="of the first row and of those of many calls a value; the others have a third")
    ] = 3_000_000,
    runs: Annotated[int, Argument(help="of each row, each beside a raw loop")] = 5,
    only: Annotated[list[str] | None, Argument(help="names of rows beside the first two")] = None,
) -> None:
    """The live path by dialect and packing, each beside a raw loop over the same records."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for row in measure(calls, runs, *(only or [])):
        print(row)


if __name__ == "__main__":
    typer.run(main)
