"""The parts of `make bench`: what each measures, in what size, and the goals it is held against.

A part is a function of a `Size`; its docstring is what is said when it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bench import files, growth, latency, live, parse, recovery, workers
from bench.peers import contest
from bench.row import Row

#: A rate to send at where the live path was not measured before.
_RATE = 50_000
#: The worker's calls a second by a peer's, at the least.
_TIMES = {
    "Faust, plain": 60.0,
    "Kafka Streams, at_least_once": 2.0,
    "Kafka Streams, exactly_once_v2": 2.0,
    "Quix Streams": 1.0,
    "Bytewax": 1.0,
}


@dataclass(slots=True)
class Size:
    """How much is measured, and what an earlier part found that a later one needs."""

    calls: int
    runs: int
    peers_calls: int
    sustained: list[float] = field(default_factory=list)  # calls a second of the live path


def _parse(size: Size) -> list[Row]:
    """a record to a canonical call, one core"""
    return [
        Row("parse", row["what"], row["us_a_call"], "µs a call", size.runs, more={"of canonical": row["of_canonical"]})
        for row in parse.measure(size.runs)
    ]  # fmt: skip


def _files(size: Size) -> list[Row]:
    """files to alerts"""
    goals = {"replay of parquet": 1_000_000, "replay of jsonl": 500_000}
    return [
        Row(
            "files", row["what"], row["calls_a_second"], "calls/s", size.runs, goals.get(row["what"]),
            more={"µs of CPU a call": row["cpu_us"], "MB": row["rss_mb"]},
        )
        for row in files.measure(size.calls, runs=size.runs)
    ]  # fmt: skip


def _live(size: Size) -> list[Row]:
    """Apache Kafka to counted calls and alerts, one worker, beside a raw getmany loop"""
    rows: list[Row] = []
    many, least = {"canonical, Arrow values", "canonical, NDJSON values"}, {"asterisk_csv": 0.6}
    for row in live.measure(size.calls, size.runs):
        name = row["what"]
        more = {"µs of CPU a call": row["cpu_us"], "MB": row["rss_mb"]}
        speed = Row(
            "live", name, row["calls_a_second"], "calls/s", row["runs"], 1_000_000 if name in many else None, more=more
        )  # fmt: skip
        rows.append(speed)
        if name == "canonical":
            size.sustained.append(row["calls_a_second"])
            rows.append(
                Row("live", "  beside a raw loop", row["of_raw"], "of its values/s", row["runs"], 0.6)
            )
        elif not name.startswith("canonical"):
            goal = least.get(name, 0.3)
            rows.append(
                Row(
                    "live",
                    "  beside canonical JSON",
                    row["of_canonical"],
                    "of its calls/s",
                    row["runs"],
                    goal,
                )
            )
    return rows


def _growth(size: Size) -> list[Row]:
    """a worker as what it keeps grows: many numbers, a long history"""
    numbers, history = growth.measure(size.calls // 3, size.runs)
    return [
        Row(
            "growth", numbers["what"], numbers["ratio"], "of the speed", size.runs, 0.8, more=numbers["more"]
        ),
        Row("growth", "  memory at its peak", numbers["rss_mb"], "MB", size.runs, 1_500, at_most=True),
        # The same, to within what runs of one and the same differ by.
        Row("growth", history["what"], history["ratio"], "of the CPU", size.runs, 1.1, True, history["more"]),
    ]


def _latency(size: Size) -> list[Row]:
    """from the call that decides to the alert, at half of what the live path sustained"""
    rate = int(size.sustained[-1] / 2) if size.sustained else _RATE
    found = latency.measure(rate, size.runs)
    return [
        Row("latency", "p99", found["p99"], "s", size.runs, 5, True,
            {"p50": found["p50"], "p90": found["p90"], "calls/s": found["calls_a_second"]})
    ]  # fmt: skip


def _recovery(size: Size) -> list[Row]:
    """what the state of many numbers weighs, and how soon a worker is back"""
    found = recovery.medians(size.calls // 3, size.runs)
    bounds = {
        "seconds_with_its_store": ("back with its store", "s", 10),
        "seconds_from_the_changelog": ("back from the changelog", "s", 60),
        "store_bytes_a_number": ("a number in the store", "bytes", 1_000),
        "changelog_bytes_a_number": ("a number in the changelog", "bytes", 1_000),
    }
    numbers = {"numbers": found["numbers"]}
    return [
        Row("recovery", what, found[name], unit, size.runs, goal, True, numbers)
        for name, (what, unit, goal) in bounds.items()
    ]


def _workers(size: Size) -> list[Row]:
    """two workers beside one, half a core each"""
    found = workers.measure(size.calls // 5, size.runs)
    more = {"calls/s of one": found["one"], "of two": found["two"]}
    return [Row("workers", "two workers beside one", found["times"], "times", size.runs, 1.8, more=more)]


def _peers(size: Size) -> list[Row]:
    """the core of the job on other engines: the worker's calls a second by theirs"""
    rows = []
    for row in contest.measure(size.peers_calls, size.runs):
        name = row["what"]
        if "error" in row:
            rows.append(Row("peers", name, None, goal=_TIMES.get(name), error=str(row["error"])))
            continue
        more = {"calls/s": row["calls_a_second"], "µs of CPU a call": row["cpu_us"]}
        times = row.get("times", 1.0)
        rows.append(Row("peers", name, times, "times by the worker" if "times" in row else "", row["runs"], _TIMES.get(name), more=more))  # fmt: skip
    return rows


PARTS: dict[str, Callable[[Size], list[Row]]] = {
    "parse": _parse,
    "files": _files,
    "live": _live,
    "growth": _growth,
    "latency": _latency,
    "recovery": _recovery,
    "workers": _workers,
    "peers": _peers,
}
