"""`make bench`: the whole table, medians of side-by-side runs; also written to bench/out/latest.json.

BENCH_CALLS and BENCH_RUNS make it shorter; BENCH_PEERS=0 leaves out the other engines.
"""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from bench import files, live, parse
from bench.peers import contest
from bench.peers.__main__ import show

_OUT = Path(__file__).with_name("out")


def main() -> None:
    count, runs = int(os.environ.get("BENCH_CALLS", "3000000")), int(os.environ.get("BENCH_RUNS", "5"))
    found = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "parse": parse.measure(runs),
        "files": files.measure(count),
        "live": live.measure(count, runs),
    }
    if os.environ.get("BENCH_PEERS", "1") != "0":
        found["peers"] = contest.measure(count // 3, max(1, runs // 2))
    _OUT.mkdir(exist_ok=True)
    (_OUT / "latest.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(f"\n{found['machine']}, {found['when']}\n\na record to a canonical call, one core")
    for row in found["parse"]:
        print(f"  {row['what']:28} {row['us_a_call']:6.2f} µs   {row['of_canonical']:5.0%} of canonical")
    print("\nfiles to alerts")
    for row in found["files"]:
        print(f"  {row['what']:28} {row['calls_a_second']:10,.0f} calls/s   {row['rss_mb']:6,.0f} MB")
    print("\nApache Kafka to counted calls and alerts, one worker, beside a raw getmany loop")
    for row in found["live"]:
        print(
            f"  {row['what']:28} {row['calls_a_second']:10,.0f} calls/s   {row['of_raw']:5.0%} of raw   "
            f"{row['of_canonical']:5.0%} of canonical   "
            f"{row['cpu_us']:5.1f} µs of CPU a call   {row['rss_mb']:5,.0f} MB   {row['runs']} runs"
        )
    show(found["peers"]) if "peers" in found else print("\nother engines left out: BENCH_PEERS=0")


if __name__ == "__main__":
    main()
