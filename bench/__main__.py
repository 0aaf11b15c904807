"""`make bench`: the whole table, each figure a median of BENCH_RUNS runs; also written to bench/out/latest.json.

It takes some two hours on two cores. BENCH_CALLS and BENCH_RUNS make it shorter, BENCH_PEERS_CALLS sizes the other engines;
BENCH_ONLY=files,live runs these parts alone, and BENCH_PEERS=0 leaves out the other engines. What was measured is
written after each part, so that a run that is ended has what it had. Ends with 1 when something could not be measured.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.parts import PARTS, Size
from bench.row import Row

_OUT = Path(__file__).with_name("out")


def chosen(said: Mapping[str, str]) -> list[str]:
    """The parts that are asked for by the environment. Raises `SystemExit` for a part that there is not."""
    only = [word.strip() for word in said.get("BENCH_ONLY", "").split(",") if word.strip()]
    if unknown := [name for name in only if name not in PARTS]:
        raise SystemExit(f"BENCH_ONLY: there is no {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return [
        name
        for name in PARTS
        if (not only or name in only) and (name != "peers" or said.get("BENCH_PEERS", "1") != "0")
    ]


def size(said: Mapping[str, str]) -> Size:
    """How much, by the environment."""
    calls = int(said.get("BENCH_CALLS", "3000000"))
    return Size(calls, int(said.get("BENCH_RUNS", "5")), int(said.get("BENCH_PEERS_CALLS", calls // 3)))


def measured(name: str, of: Size) -> list[Row]:
    """The rows of a part; one that says so where it could not be measured."""
    try:
        return PARTS[name](of)
    # An hour of other parts is not lost with this one: whatever it was stands in the table.
    except (Exception, SystemExit) as error:
        return [Row(name, name, None, error=f"{type(error).__name__}: {error}")]


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    names, of, began = chosen(os.environ), size(os.environ), time.monotonic()
    head = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "calls": of.calls,
        "runs": of.runs,
    }
    rows: list[Row] = []
    _OUT.mkdir(exist_ok=True)
    for at, name in enumerate(names, 1):
        took = (time.monotonic() - began) / 60
        print(f"\n=== {name}, {at} of {len(names)}, after {took:.0f} min: {PARTS[name].__doc__}", flush=True)
        rows += measured(name, of)
        found = head | {"load": os.getloadavg()[0], "rows": [row.data() for row in rows]}
        (_OUT / "latest.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(f"\n{head['machine']}, {head['when']}, {of.calls:,} calls, medians of {of.runs} runs")
    for name in names:
        print(f"\n{PARTS[name].__doc__}")
        for row in rows:
            if row.part == name:
                print(row.line())
    goals = [row for row in rows if row.goal is not None]
    print(f"\n{sum(bool(row.met) for row in goals)} of {len(goals)} goals met")
    if left := [name for name in PARTS if name not in names]:
        print(f"left out: {', '.join(left)}")
    return int(any(row.value is None for row in rows))


if __name__ == "__main__":
    sys.exit(main())
