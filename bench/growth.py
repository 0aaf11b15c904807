"""Whether a worker slows down as numbers grow: the live path with a thousand and with a million, in turns."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from bench.live import load, worker
from bench.records import calls, lines
from tests.brokers.apache import ApacheKafka

_ORGANISATIONS = 1_000


def measure(count: int = 1_000_000, runs: int = 3) -> dict[int, float]:
    """Calls a second by how many numbers there are; medians."""
    sizes = (1_000, 1_000_000)
    found: dict[int, list[float]] = {numbers: [] for numbers in sizes}
    with tempfile.TemporaryDirectory() as home, ApacheKafka(Path(home), heap="1g") as kafka:
        for numbers in sizes:
            frame = calls(count, organisations=_ORGANISATIONS, numbers=numbers)
            asyncio.run(load(kafka.bootstrap, f"growth-{numbers}", lines(frame)))
        for run in range(runs):
            for numbers in sizes:
                ours = worker(kafka.bootstrap, f"growth-{numbers}", count, f"g{numbers}x{run}-")
                found[numbers].append(ours["calls_a_second"])
                print(f"  {numbers:,} numbers: {ours}", flush=True)
    return {numbers: statistics.median(rates) for numbers, rates in found.items()}


def main() -> None:
    found = measure(*(int(word) for word in sys.argv[1:]))
    few, many = found.values()
    for numbers, rate in found.items():
        print(f"{numbers:10,} numbers {rate:12,.0f} calls/s")
    print(f"{many / few:.0%} of the speed")


if __name__ == "__main__":
    main()
