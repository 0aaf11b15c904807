"""The contest: in every round each peer between two runs of the worker, on one broker and the same records."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bench import live
from bench.peers import made
from bench.peers.watch import Failed, run, truth, watched
from bench.records import calls, lines
from streams.cluster import provision
from streams.cluster.embedded import free_port
from streams.topics import Topic
from tests.brokers.apache import ApacheKafka, NoKafka
from tests.field.field import Field

#: Kafka's own default, so that processes that start together are one group before they read; tests have 0.
_BROKER = {"group.initial.rebalance.delay.ms": "3000"}
Commands = Callable[[], list[list[str]]]


@dataclass(frozen=True, slots=True)
class Peer:
    """One engine: how its processes are started, and how many of the calls it gets at most."""

    name: str
    commands: Commands
    most: int = 1_000_000


def _faust() -> list[list[str]]:
    command = [sys.executable, "-m", "faust", "-A", "bench.peers.faust_plain", "worker", "-l", "warn", "--without-web"]  # fmt: skip
    return [command]


def _streams(guarantee: str) -> list[list[str]]:
    options = ["-Xmx2g", "-XX:+UseParallelGC"]
    return [["java", *options, "-cp", made.streams(), "nl.nummerwacht.peers.UsageOfNumbers", guarantee]]


def _quix() -> list[list[str]]:
    return [[made.python("quix"), "-m", "bench.peers.quix"]] * 2


def _bytewax() -> list[list[str]]:
    python = made.python("bytewax")
    addresses = ";".join(f"127.0.0.1:{free_port()}" for _ in range(2))
    return [[python, "-m", "bench.peers.bytewax_flow", str(at), addresses] for at in range(2)]


PEERS = (
    # Some 1,100 calls a second: as many as take half a minute.
    Peer("Faust, plain", _faust, 30_000),
    Peer("Kafka Streams, at_least_once", lambda: _streams("at_least_once")),
    Peer("Kafka Streams, exactly_once_v2", lambda: _streams("exactly_once_v2")),
    Peer("Quix Streams", _quix, 500_000),
    Peer("Bytewax", _bytewax),
)


def _once(peer: Peer, bootstrap: str, topic: str, app: str, expected: dict[str, int]) -> dict[str, float]:
    commands = peer.commands()
    second = f"{app}-by-organisation"
    asyncio.run(_make(bootstrap, second))
    environment = {
        "PEER_BOOTSTRAP": bootstrap, "PEER_TOPIC": topic, "PEER_SECOND": second, "PEER_APP": app,
        "PEER_PARTITIONS": str(live.PARTITIONS),
    }  # fmt: skip
    return run(commands, environment, expected)


async def _make(bootstrap: str, topic: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kafka = Field(bootstrap, "peers-", Path(folder)).settings.kafka
    await provision.make(kafka, [Topic(topic, live.PARTITIONS, "")])


def worker(bootstrap: str, topic: str, wanted: int, prefix: str) -> dict[str, float]:
    """The live path of `bench.live`, watched as a peer is."""

    def watch(process: subprocess.Popen, port: int, wanted: int) -> dict[str, float]:
        return watched([process], lambda: _read_and_applied(port), wanted)

    return live.worker(bootstrap, topic, wanted, prefix, watched=watch)


def _read_and_applied(port: int) -> tuple[float, float]:
    """Records that a worker has fetched, and calls that it has counted, since its start."""
    found = {"nummerwacht_fetched_records_total": 0.0, "nummerwacht_applied_calls_total": 0.0}
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                name = line.partition(" ")[0].partition("{")[0]
                if name in found:
                    found[name] += float(line.rpartition(" ")[2])
    except OSError:
        pass  # not up yet
    fetched, applied = found.values()
    return fetched, applied


def measure(count: int = 1_000_000, runs: int = 3, peers: Sequence[Peer] = PEERS) -> list[dict[str, object]]:
    """Rows of the table, medians over the rounds; what could not be run is a row with its error.

    times: the worker's calls a second, the mean of its runs before and after, by the peer's; times_cpu: the peer's
    CPU a call by the worker's.
    """
    try:
        with tempfile.TemporaryDirectory() as folder, ApacheKafka(Path(folder), _BROKER, heap="1g") as kafka:
            return _rounds(kafka.bootstrap, calls(count), runs, peers)
    except NoKafka as error:
        return [{"what": peer.name, "error": str(error)} for peer in peers]


def _rounds(bootstrap: str, frame: pl.DataFrame, runs: int, peers: Sequence[Peer]) -> list[dict[str, object]]:
    count = frame.height
    sizes = sorted({min(peer.most, count) for peer in peers} | {count})
    for size in sizes:
        asyncio.run(live.load(bootstrap, f"cdr-{size}", lines(frame.head(size))))
    expected = {size: truth(frame.head(size)) for size in sizes}
    ours: list[dict[str, float]] = []
    found: dict[str, list[tuple[dict[str, float], int]]] = {peer.name: [] for peer in peers}
    failed: dict[str, str] = {}

    def run_worker() -> None:
        ours.append(worker(bootstrap, f"cdr-{count}", count, f"w{len(ours)}-"))
        _show("the worker", ours[-1])

    for turn in range(runs):
        for place, peer in enumerate(peers):
            if peer.name in failed:
                continue
            run_worker()
            size = min(peer.most, count)
            try:
                row = _once(peer, bootstrap, f"cdr-{size}", f"p{place}x{turn}", expected[size])
            except Failed as error:
                failed[peer.name] = str(error)
                print(f"  {peer.name}: {error}", flush=True)
                continue
            found[peer.name].append((row, len(ours) - 1))
            _show(peer.name, row)
    run_worker()
    table: list[dict[str, object]] = [
        {"what": "the worker", "calls": count, "runs": len(ours), **_medians(ours)}
    ]
    for peer in peers:
        if peer.name in failed:
            table.append({"what": peer.name, "error": failed[peer.name]})
        else:
            rows = [(row, ours[before], ours[before + 1]) for row, before in found[peer.name]]
            table.append(
                {"what": peer.name, "calls": min(peer.most, count), "runs": len(rows)} | _against(rows)
            )
    return table


def _show(name: str, row: dict[str, float]) -> None:
    row["load"] = os.getloadavg()[0]
    print(
        f"  {name}: {row['calls_a_second']:,.0f} calls/s ({row['from_first_counted']:,.0f} from the first counted), "
        f"{row['cpu_us']:.1f} µs of CPU, load {row['load']:.1f}",
        flush=True,
    )


def _against(rows: list[tuple[dict[str, float], ...]]) -> dict[str, float]:
    """A peer's medians, and those of the worker by it, run for run."""

    def times(name: str) -> list[float]:
        return [(before[name] + after[name]) / 2 / row[name] for row, before, after in rows]

    return _medians([row for row, _, _ in rows]) | {
        "times": statistics.median(times("calls_a_second")),
        "times_least": min(times("calls_a_second")),
        "times_most": max(times("calls_a_second")),
        "times_cpu": 1 / statistics.median(times("cpu_us")),
    }


def _medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}
