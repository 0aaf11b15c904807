"""What the state of many numbers weighs, and how long a worker needs to be back and judging with it.

A worker counts calls of as many numbers as asked for, merges what can be merged and is stopped; then it
comes back, once with its store and once without, and the time counts until new calls have been counted,
not just until it is ready.

What is kept is weighed as keys and values: what RocksDB and the broker hold once they have dropped what was
deleted or written anew, which each does when it pleases (the broker when a segment is an hour old).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rocksdict import Options, Rdict
from typer import Argument

from bench.live import PARTITIONS, applied, load, peak_mb, provision_only
from bench.records import batches, calls
from streams.cluster.embedded import free_port
from tests.brokers.apache import ApacheKafka
from tests.field.field import Field

_TOPIC = "recovery"
_MORE = 24_000
_SECONDS = 600.0
#: Seconds in which a worker merges what can be merged: weeks of ninety days take three rounds of merging
#: (`streams/agents.py`), and on a busy machine these take their time.
_MERGING = 60.0
#: What is kept, by the letters of its keys (`streams/state/ledger.py`).
_KINDS = {
    b"sd": "days_not_merged", b"bd": "days", b"bw": "weeks", b"si": "ids_not_merged", b"bi": "ids", b"n": "notes", b"o": "owners",
}  # fmt: skip


def _counted(field: Field, wanted: int, folder: Path, more: float = 0.0) -> tuple[float, float]:
    """Seconds from the start of a worker until so many calls are counted, and its peak memory in MB; it is stopped then.

    more: seconds for which it goes on after that.
    """
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
        seconds = time.perf_counter() - began
        time.sleep(more)
        return seconds, peak_mb(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)


async def _kept(field: Field) -> dict[bytes, int]:
    """Bytes of the keys and values that the changelog holds, by the first letters of the key."""
    kept: dict[tuple[int, bytes], int] = {}
    for record in await field.read(field.names.changelog):
        if record.value is None:
            kept.pop((record.partition, record.key), None)
        else:
            kept[record.partition, record.key] = len(record.key) + len(record.value)
    found: dict[bytes, int] = {}
    for (_, key), size in kept.items():
        letter = key[:2] if key[:1] in b"sb" else key[:1]
        found[letter] = found.get(letter, 0) + size
    return found


def _stored(folder: Path) -> int:
    """Bytes of the stores of all partitions once RocksDB has compacted them."""
    total = 0
    for path in folder.rglob("CURRENT"):
        store = Rdict(str(path.parent), Options(raw_mode=True))
        store.flush()
        store.compact_range(None, None)
        store.close()
        total += sum(each.stat().st_size for each in path.parent.glob("*.sst"))
    return total


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
        seconds, found["rss_mb"] = _counted(field, count, store, _MERGING)
        kept = asyncio.run(_kept(field))
        found["first_seconds"] = seconds
        found["store_bytes_a_number"] = _stored(store) / used
        found["changelog_bytes_a_number"] = sum(kept.values()) / used
        for letter, what in _KINDS.items():
            found[f"  of_it_{what}"] = kept.get(letter, 0) / used
        for name, part in (("with its store", parts[1]), ("from the changelog", parts[2])):
            if name == "from the changelog":
                shutil.rmtree(store)
            time.sleep(7)  # the group forgets the one that left
            asyncio.run(load(kafka.bootstrap, _TOPIC, batches(part, "arrow")))
            found[f"seconds_{name.replace(' ', '_')}"], _ = _counted(
                field, part.select(pl.len()).item(), store
            )
    return found


def medians(numbers: int, runs: int) -> dict[str, float]:
    """The same of so many runs, each on a broker of its own."""
    found = []
    for _ in range(runs):
        found.append(measure(numbers))
        print(
            "  " + ", ".join(f"{k.strip()} {v:,.1f}" for k, v in found[-1].items() if "of_it" not in k),
            flush=True,
        )
    return {name: statistics.median(run[name] for run in found) for name in found[0]}


def main(
    numbers: Annotated[int, Argument(help="that are in use")] = 1_000_000,
    each: Annotated[int, Argument(help="calls of each")] = 2,
    days: Annotated[int, Argument(help="over which these are spread")] = 1,
) -> None:
    """What state weighs, and how long a worker needs to come back with its store and without."""
    for name, value in measure(numbers, each, days).items():
        print(f"{name:32} {value:14,.1f}")


if __name__ == "__main__":
    typer.run(main)
