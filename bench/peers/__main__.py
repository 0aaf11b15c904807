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
        "\nthe core of the job on other engines; times: the worker by the peer, in its second half in brackets"
    )
    for row in table:
        if "error" in row:
            print(f"  {row['what']:34} ERROR: {row['error']}")
            continue
        half = f"({row['times_second_half']:.1f})" if "times_second_half" in row else ""
        print(
            f"  {row['what']:34} {row['calls_a_second']:10,.0f} calls/s   {row['cpu_us']:7.1f} µs of CPU a call   "
            f"{row['rss_mb']:6,.0f} MB   times {row['times']:6.1f} {half:8} {row['runs']} runs"
        )


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
