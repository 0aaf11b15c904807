"""Whether a worker slows down as what it keeps grows: with many numbers, and with a long history, in turns.

Numbers: the live path with a thousand and with a million. History: the same day's calls after nine days of calls
and after ninety, of as many numbers.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from typer import Argument

from bench.live import applied, counted, cpu, load, worker
from bench.records import calls, lines
from tests.brokers.apache import ApacheKafka

_ORGANISATIONS = 1_000
_NUMBERS = (1_000, 1_000_000)
_DAYS = (9, 90)
#: Numbers and calls of the histories: a call a week from each over ninety days, and enough to be all seen.
_OLD_NUMBERS, _OLD_CALLS = 20_000, 300_000
_SECONDS, _QUIET = 300, 8.0  # that a run may take; without a day closed, after which none will be


def _before(days: int) -> pl.DataFrame:
    """The calls of so many days before those of `calls`, of as many however many days."""
    frame = calls(_OLD_CALLS, organisations=_ORGANISATIONS, numbers=_OLD_NUMBERS, days=days, seed=2)
    return frame.with_columns(pl.col("started_at", "answered_at", "ended_at") - timedelta(days=days))


def _settled(process: subprocess.Popen, port: int, wanted: int) -> None:
    """Waits until all is counted and no day was closed any more for some seconds."""
    closed, since, until = -1.0, time.monotonic(), time.monotonic() + _SECONDS
    while time.monotonic() < until and process.poll() is None:
        now = counted(port, "closed_days")
        if now != closed or applied(port) < wanted:
            closed, since = now, time.monotonic()
        if time.monotonic() - since > _QUIET:
            return
        time.sleep(0.5)
    raise AssertionError(f"the worker counted {applied(port):.0f} of {wanted} calls")


def by_numbers(bootstrap: str, count: int, runs: int) -> dict[int, list[dict[str, float]]]:
    """Calls a second and memory of a worker, by how many numbers there are."""
    frames = {many: calls(count, organisations=_ORGANISATIONS, numbers=many) for many in _NUMBERS}
    for many, frame in frames.items():
        asyncio.run(load(bootstrap, f"numbers-{many}", lines(frame)))
    found: dict[int, list[dict[str, float]]] = {many: [] for many in _NUMBERS}
    for run in range(runs):
        for many in _NUMBERS:
            ours = worker(bootstrap, f"numbers-{many}", count, f"n{many}x{run}-")
            found[many].append(ours)
            print(f"  {many:,} numbers: {ours}", flush=True)
    return found


def by_history(bootstrap: str, count: int, runs: int) -> dict[int, list[float]]:
    """Microseconds of CPU a call of a day that is sent to a worker which has counted the days before it."""
    day = lines(calls(count, organisations=_ORGANISATIONS, numbers=_OLD_NUMBERS))
    found: dict[int, list[float]] = {days: [] for days in _DAYS}
    for run in range(runs):
        for days in _DAYS:
            topic = f"days-{days}x{run}"

            def watch(
                process: subprocess.Popen, port: int, wanted: int, topic: str = topic
            ) -> dict[str, float]:
                _settled(process, port, _OLD_CALLS)
                before = cpu(process.pid)
                asyncio.run(load(bootstrap, topic, day))
                while applied(port) < wanted and process.poll() is None:
                    time.sleep(0.2)
                return {"cpu_us": (cpu(process.pid) - before) / count * 1e6}

            asyncio.run(load(bootstrap, topic, lines(_before(days))))
            ours = worker(bootstrap, topic, _OLD_CALLS + count, f"d{days}x{run}-", watched=watch)
            found[days].append(ours["cpu_us"])
            print(f"  {days:,} days before: {ours}", flush=True)
    return found


def measure(count: int = 1_000_000, runs: int = 3) -> tuple[dict[str, object], dict[str, object]]:
    """What many numbers and what a long history do: `ratio` of medians, and these in `more`.

    Of numbers, of the speed; of days, of the CPU a call.
    """
    with tempfile.TemporaryDirectory() as home, ApacheKafka(Path(home), heap="1g") as kafka:
        of_numbers = by_numbers(kafka.bootstrap, count, runs)
        costs = by_history(kafka.bootstrap, count, runs)
    few, many = (statistics.median(run["calls_a_second"] for run in of_numbers[each]) for each in _NUMBERS)
    short, long = (statistics.median(costs[days]) for days in _DAYS)
    return (
        {
            "what": f"{_NUMBERS[1]:,} numbers beside {_NUMBERS[0]:,}",
            "ratio": many / few,
            "rss_mb": max(run["rss_mb"] for run in of_numbers[_NUMBERS[1]]),
            "more": {"calls/s": many, "calls/s of few": few},
        },
        {
            "what": f"a day after {_DAYS[1]} days beside after {_DAYS[0]}",
            "ratio": long / short,
            "more": {"µs of CPU a call": long, "µs after few": short},
        },
    )


def main(
    calls: Annotated[int, Argument(help="that are sent in each run")] = 1_000_000,
    runs: Annotated[int, Argument(help="of each, in turns")] = 3,
) -> None:
    """What many numbers and a long history do to speed and CPU."""
    numbers, history = measure(calls, runs)
    print(
        f"{numbers['what']}: {numbers['ratio']:.0%} of the speed, {numbers['rss_mb']:,.0f} MB, {numbers['more']}"
    )
    print(f"{history['what']}: {history['ratio']:.2f} times the CPU, {history['more']}")


if __name__ == "__main__":
    typer.run(main)
