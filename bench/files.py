"""Replay of files: Parquet and JSON lines, from the disk to alerts, and the memory that it takes.

CALLS DAYS THREADS RUNS, by default 4 million in 30 days, once, read by as many threads as `replay` has. The rule of the carousel says nothing before a history of 91
days, so a longer one costs more a call: `python -m bench.files 6000000 120`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument

from bench.records import calls
from monitor.simulate.writers import write
from streams.cli.source import WORKERS

_CODE = """
import resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from monitor.feed import Feed
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.replay import Replay
from streams.ahead import ahead
from streams.files import batches
began = time.perf_counter()
replay = Replay({"a": Feed(name="a")}, Policy.load("nl"), Pseudonyms(b"k" * 32, "1"), now=datetime(2026, 11, 1, tzinfo=UTC))
for read in ahead(batches(Path(sys.argv[1]), "canonical"), lambda batch: replay.read("a", batch), int(sys.argv[2])):
    replay.take(read)
outcome = replay.finish()
calls = outcome.counts.calls
print(calls / (time.perf_counter() - began), time.process_time() / calls * 1e6, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measure(
    count: int = 4_000_000, days: float = 30.0, threads: int = WORKERS, runs: int = 1
) -> list[dict[str, object]]:
    """Calls a second and CPU, medians of runs in turns, and the most memory of a replay; CPU includes that of the start."""
    names = ("calls.parquet", "calls.jsonl", "calls.jsonl.zst")
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        frame = calls(count, days=days)
        for name in names:
            with (Path(folder) / name).open("wb") as file:
                write(file, name, (frame[at : at + 100_000] for at in range(0, count, 100_000)))
        del frame
        for _ in range(runs):
            for name in names:
                ran = subprocess.run(
                    [sys.executable, "-c", _CODE, str(Path(folder) / name), str(threads)],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                found[name].append(tuple(map(float, ran.stdout.split())))
                print(f"  replay of {name.partition('.')[2]}: {found[name][-1][0]:,.0f} calls/s", flush=True)
    rows = []
    for name, each in found.items():
        speeds, cpus, memories = zip(*each, strict=True)
        rows.append(
            {
                "what": f"replay of {name.partition('.')[2]}",
                "calls_a_second": statistics.median(speeds),
                "cpu_us": statistics.median(cpus),
                "rss_mb": max(memories),
            }
        )
    return rows


def main(
    calls: Annotated[int, Argument(help="in each file")] = 4_000_000,
    days: Annotated[float, Argument(help="over which they are spread; carousels are judged after 91")] = 30,
    threads: Annotated[int, Argument(help="that read ahead")] = WORKERS,
    runs: Annotated[int, Argument(help="of each file, in turns")] = 1,
) -> None:
    """How quickly files are replayed, and with how much memory."""
    for row in measure(calls, days, threads, runs):
        print(
            f"{row['what']:24} {row['calls_a_second']:12,.0f} calls/s   {row['cpu_us']:5.2f} µs of CPU a call   "
            f"{row['rss_mb']:6,.0f} MB"
        )


if __name__ == "__main__":
    typer.run(main)
