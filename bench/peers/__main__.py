"""`python -m bench.peers`: the worker beside other engines on the same job, broker and records.

BENCH_PEERS_CALLS and BENCH_RUNS make it shorter or longer; words choose peers by a part of their names.
Ends with 1 when a peer could not be run or counted wrongly.
"""

from __future__ import annotations

import os
import sys

from bench.peers import contest


def show(table: list[dict[str, object]]) -> None:
    """Print the table."""
    print(
        "\nthe core of the job on other engines, from the first call read to the last counted; times: the worker by it"
    )
    for row in table:
        if "error" in row:
            print(f"  {row['what']:32} ERROR: {row['error']}")
            continue
        print(
            f"  {row['what']:32} {row['calls_a_second']:9,.0f} calls/s  {row['cpu_us']:6.1f} µs of CPU a call  "
            f"{row['rss_mb']:6,.0f} MB  {row['runs']} runs, load {row['load']:4.1f}",
            end="",
        )
        if "times" in row:
            span = f"({row['times_least']:.1f} to {row['times_most']:.1f})"
            print(f"  times {row['times']:5.1f} {span:16} in CPU {row['times_cpu']:5.1f}", end="")
        print()


def settings() -> tuple[int, int]:
    """Calls and rounds from the environment."""
    return int(os.environ.get("BENCH_PEERS_CALLS", "1000000")), int(os.environ.get("BENCH_RUNS", "3"))


def main(words: list[str]) -> int:
    peers = [peer for peer in contest.PEERS if not words or any(word in peer.name for word in words)]
    table = contest.measure(*settings(), peers)
    show(table)
    return int(any("error" in row for row in table))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
