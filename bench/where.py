"""Where a call's microseconds go: each step of the way by itself, from what a broker sends to what is kept.

CPU of all threads, so that a step that polars runs on both cores is not taken for a cheap one. The
steps are the functions that the way itself calls; `rest` is what a room does besides those named.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl

from bench.records import calls, lines, sent
from monitor.book import Book
from monitor.canonical import canonicalise, ids
from monitor.cdr import Parsed, canonical, dialect, json_lines
from monitor.cdr.block import Block
from monitor.cdr.times import rfc3339
from monitor.contacts import Contacts
from monitor.coverage import Coverage
from monitor.feed import Feed
from monitor.judge import Judge
from monitor.links import Links
from monitor.number import Numbers
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.repeats import Repeats
from monitor.told import Told
from monitor.usage import Usage
from monitor.watermark import Tick
from monitor.wire import decode, encode, headers
from streams.records import Records

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_RUNS = 5


class Stopwatch:
    """CPU and wall seconds by step."""

    def __init__(self) -> None:
        self.taken: dict[str, tuple[float, float]] = {}

    def __call__(self, step: str, work: Callable[..., Any], *given: Any) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        found = work(*given)
        before = self.taken.get(step, (0.0, 0.0))
        self.taken[step] = (before[0] + time.process_time() - cpu, before[1] + time.perf_counter() - wall)
        return found


def once(batches: list[bytes], numbers: Numbers) -> dict[str, tuple[float, float]]:
    """One pass over the batches, each step by itself."""
    feed, pseudonyms, watch = Feed(name="alfa"), Pseudonyms(b"k" * 32, "1"), Stopwatch()
    reader, policy, seen = dialect("canonical"), Policy.load("nl"), Repeats()
    book = Book(Judge(policy), Told(policy))
    for answer in batches:
        values = watch("fetch: cut into records", Records.read, answer, 0).values
        parsed = watch("parse: all of it", reader.parse, values, feed)
        joined = watch("  spread", values.spread)
        frame = watch("  read_ndjson", json_lines.together, values, canonical._SCHEMA)
        watch("  trust", canonical._trusted, joined, frame)
        for name in canonical._TIMES:
            watch("  times", rfc3339, frame[name], feed.zone)
        raw = parsed.calls
        found = watch("canonicalise: all of it", _canonical, parsed, feed, pseudonyms)
        watch("  shown number", numbers.shown, raw["presented_number"])
        called, _ = watch("  called number", numbers.digits, raw["called_number"])
        watch("  pseudonym", pseudonyms.of, called)
        watch("  id", ids, raw["call_id"], feed.id_space)
        watch("coverage", Coverage.of, found)
        sliced = watch("slice: encode", encode, found)
        found, _ = watch("slice: decode", decode, sliced, headers(Tick()))
        observed = watch("observe: all of it", book.observe, found)
        counted, _, _ = watch("  repeats", seen.admit, found)
        watch("  usage", Usage.of, counted)
        watch("  contacts", Contacts.of, counted)
        watch("  links", Links.of, counted)
        for sheet in observed.sheets.values():
            watch("keep: pack", sheet.encode)
    return watch.taken


def _canonical(parsed: Parsed, feed: Feed, pseudonyms: Pseudonyms) -> pl.DataFrame:
    return canonicalise(parsed, feed, pseudonyms, now=_NOW).calls


def measure(
    count: int = 400_000, size: int = 20_000, days: float = 1.0, runs: int = _RUNS
) -> list[dict[str, Any]]:
    """Microseconds a call, medians: `cpu_us` and `wall_us` a step."""
    values = lines(calls(count, days=days))
    batches = [sent(values[at : at + size]) for at in range(0, count, size)]
    numbers = Numbers("NL")
    taken = [once(batches, numbers) for _ in range(runs)]
    return [
        {
            "step": step,
            "cpu_us": statistics.median(each[step][0] for each in taken) / count * 1e6,
            "wall_us": statistics.median(each[step][1] for each in taken) / count * 1e6,
        }
        for step in taken[0]
    ]


def weight(size: int) -> float:
    """Bytes of a call in a slice of so many."""
    feed = Feed(name="alfa")
    parsed = dialect("canonical").parse(Block.of(lines(calls(size))), feed)
    return len(encode(_canonical(parsed, feed, Pseudonyms(b"k" * 32, "1")))) / size


def main() -> None:
    """CALLS BATCH DAYS, by default 400000 20000 1."""
    sizes = (250, 4_000, 40_000)
    print(
        "in a slice of " + ", ".join(f"{size:,} calls {weight(size):.0f} bytes" for size in sizes) + " a call"
    )
    for row in measure(*map(int, sys.argv[1:])):
        print(f"{row['step']:26} {row['cpu_us']:7.3f} µs of CPU {row['wall_us']:7.3f} µs")


if __name__ == "__main__":
    main()
