"""What it costs to make a canonical call of a record, by dialect: one core, no broker."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime

from bench.records import MAPPING, batches, calls, lines, sent
from monitor.canonical import canonicalise
from monitor.cdr import dialect
from monitor.feed import Feed
from monitor.privacy import Pseudonyms
from streams.fetching.records import Records

_CALLS, _BATCH, _RUNS = 100_000, 20_000, 5


def measure(runs: int = _RUNS) -> list[dict[str, object]]:
    """Microseconds a call, and the speed as a share of canonical JSON's, medians of side-by-side runs."""
    frame = calls(_CALLS)
    kinds = {name: (Feed(name="alfa", dialect=name), lines(frame, name))
             for name in ("canonical", "asterisk_csv", "asterisk_json", "freeswitch_json", "cgrates_json")}  # fmt: skip
    kinds["mapping"] = (Feed(name="alfa", dialect="mapping", mapping=MAPPING), lines(frame))
    for form in ("ndjson", "arrow"):
        kinds[f"canonical, {form} values"] = (Feed(name="alfa", values=form), batches(frame, form))
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(runs):
        for name, (feed, values) in kinds.items():
            taken[name].append(_once(feed, values))
    base = taken["canonical"]
    return [
        {
            "what": name,
            "us_a_call": statistics.median(times),
            "of_canonical": statistics.median(b / t for b, t in zip(base, times, strict=True)),
        }
        for name, times in taken.items()
    ]


def _once(feed: Feed, values: list[bytes]) -> float:
    reader, pseudonyms, now = (
        dialect(feed.dialect),
        Pseudonyms(b"k" * 32, "1"),
        datetime(2026, 11, 1, tzinfo=UTC),
    )
    size = _BATCH if feed.values == "one" else _BATCH // 500
    # As they lie in what a broker sends, which is not made here.
    blocks = [Records.read(sent(values[at : at + size]), 0).values for at in range(0, len(values), size)]
    found, began = 0, time.perf_counter()
    for block in blocks:
        parsed = reader.parse(block, feed)
        found += canonicalise(parsed, feed, pseudonyms, now=now).calls.height
    took = time.perf_counter() - began
    assert found >= _CALLS, (feed.dialect, found)
    return took / _CALLS * 1e6


if __name__ == "__main__":
    for row in measure():
        print(f"{row['what']:28} {row['us_a_call']:6.2f} µs a call   {row['of_canonical']:5.0%} of canonical")
