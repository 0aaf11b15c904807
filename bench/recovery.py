"""What the state of many numbers weighs, and how long a worker needs to be back and judging with it.

A worker counts calls of as many numbers as asked for and is stopped; then it comes back, once with its
store and once without, and the time counts until new calls have been counted, not just until it is ready.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from bench.live import PARTITIONS, applied, load, peak_mb, provision_only
from bench.records import batches, calls
from streams.embedded import free_port
from tests.brokers.apache import ApacheKafka
from tests.field.field import Field

_TOPIC = "recovery"
_MORE = 24_000
_SECONDS = 600.0


def _counted(field: Field, wanted: int, folder: Path) -> tuple[float, float]:
    """Seconds from the start of a worker until so many calls are counted, and its peak memory in MB; it is stopped then."""
    port = free_port()
    environment = os.environ | {
        "NUMMERWACHT_WORKER__DATADIR": str(folder),
        "NUMMERWACHT_WORKER__HTTP_PORT": str(port),
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "streams", "worker", str(field.config)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while applied(port) < wanted:
            if process.poll() is not None or time.perf_counter() - began > _SECONDS:
                raise AssertionError(f"the worker counted {applied(port):.0f} of {wanted} calls")
            time.sleep(0.05)
        return time.perf_counter() - began, peak_mb(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)


def _bytes(folder: Path, pattern: str = "*") -> int:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())


def measure(numbers: int = 1_000_000, each: int = 2, days: int = 1) -> dict[str, float]:
    """Bytes a number and seconds to come back, after so many calls of each number over so many days.

    Everything that is kept counts: also the ids by which repeats are known, for as long as they are.
    """
    count = each * numbers
    frame = calls(count + 2 * _MORE, numbers=numbers, days=days)
    used = frame.head(count)["presented_number"].n_unique()
    parts = [frame[:count], frame[count : count + _MORE], frame[count + _MORE :]]
    found: dict[str, float] = {"numbers": used, "calls": count, "days": days}
    with tempfile.TemporaryDirectory() as home, ApacheKafka(Path(home) / "kafka", heap="1g") as kafka:
        store = Path(home) / "worker"
        field = Field(
            kafka.bootstrap, "r-", Path(home) / "field", partitions=PARTITIONS,
            feeds=[{"name": "alfa", "topic": _TOPIC, "values": "arrow"}],
            more={"flush": {"interval": "1s"}, "kafka": {"session_timeout": "6s"}, "time": {"grace": "1d"}},
        )  # fmt: skip
        asyncio.run(provision_only(field))
        asyncio.run(load(kafka.bootstrap, _TOPIC, batches(parts[0], "arrow")))
        seconds, found["rss_mb"] = _counted(field, count, store)
        found["first_seconds"] = seconds
        found["store_bytes_a_number"] = _bytes(store) / used
        logs = [path for path in (Path(home) / "kafka" / "data").iterdir() if "changelog" in path.name]
        found["changelog_bytes_a_number"] = sum(_bytes(path, "*.log") for path in logs) / used
        for name, part in (("with its store", parts[1]), ("from the changelog", parts[2])):
            if name == "from the changelog":
                shutil.rmtree(store)
            time.sleep(7)  # the group forgets the one that left
            asyncio.run(load(kafka.bootstrap, _TOPIC, batches(part, "arrow")))
            found[f"seconds_{name.replace(' ', '_')}"], _ = _counted(
                field, part.select(pl.len()).item(), store
            )
    return found


def main() -> None:
    for name, value in measure(*(int(word) for word in sys.argv[1:])).items():
        print(f"{name:32} {value:14,.1f}")


if __name__ == "__main__":
    main()
