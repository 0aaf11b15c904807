"""Where a call's microseconds go: each step of the way by itself, from what a broker sends to what is kept.

CPU of all threads, so that a step that polars runs on both cores is not taken for a cheap one. The
steps are the functions that the way itself calls; `rest` is what a room does besides those named.

`python -m bench.where 400000 40000 --write` puts the table of README.md there anew.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from bench.records import calls, lines, sent
from monitor.book import Book
from monitor.canonical import canonicalise, ids
from monitor.cdr import Parsed, canonical, dialect, json_lines
from monitor.cdr.block import Block
from monitor.cdr.times import rfc3339
from monitor.day.contacts import Contacts
from monitor.day.coverage import Coverage
from monitor.day.links import Links
from monitor.day.usage import Usage
from monitor.feed import Feed
from monitor.judge import Judge
from monitor.number import Numbers
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.repeats import Repeats
from monitor.told import Told
from monitor.watermark import Tick
from monitor.wire import decode, encode, headers
from streams.fetching.records import Records

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_RUNS = 5
_README = Path(__file__).with_name("README.md")
_MARKS = re.compile(r"(<!-- where -->\n).*?(<!-- /where -->)", re.DOTALL)
#: What is before the name of a step that is a part of the one above it.
_PART = "  "


class Stopwatch:
    """Seconds of CPU by step."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}

    def __call__(self, step: str, work: Callable[..., Any], *given: Any) -> Any:
        before = time.process_time()
        found = work(*given)
        self.taken[step] = self.taken.get(step, 0.0) + time.process_time() - before
        return found


def once(batches: list[bytes], numbers: Numbers) -> dict[str, float]:
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
    """Microseconds of CPU a call by step, medians: `cpu_us`."""
    values = lines(calls(count, days=days))
    batches = [sent(values[at : at + size]) for at in range(0, count, size)]
    numbers = Numbers("NL")
    taken = [once(batches, numbers) for _ in range(runs)]
    return [
        {
            "step": step,
            "cpu_us": statistics.median(each[step] for each in taken) / count * 1e6,
        }
        for step in taken[0]
    ]


def weight(size: int) -> float:
    """Bytes of a call in a slice of so many."""
    feed = Feed(name="alfa")
    parsed = dialect("canonical").parse(Block.of(lines(calls(size))), feed)
    return len(encode(_canonical(parsed, feed, Pseudonyms(b"k" * 32, "1")))) / size


def whole(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, with what each step does besides its named parts, and all steps together."""
    full: list[dict[str, Any]] = []
    for at, row in enumerate(rows):
        full.append(row)
        if row["step"].startswith(_PART) and not (
            at + 1 < len(rows) and rows[at + 1]["step"].startswith(_PART)
        ):
            first = max(place for place in range(at) if not rows[place]["step"].startswith(_PART))
            parts = rows[first + 1 : at + 1]
            # Its parts are taken once more by themselves, and now and then take longer so.
            rest = max(rows[first]["cpu_us"] - sum(part["cpu_us"] for part in parts), 0.0)
            full.append({"step": f"{_PART}rest", "cpu_us": rest})
    steps = [row for row in rows if not row["step"].startswith(_PART)]
    return [*full, {"step": "together", "cpu_us": sum(row["cpu_us"] for row in steps)}]


def table(rows: list[dict[str, Any]]) -> str:
    """As Markdown."""
    lines = ["| step | µs of CPU a call |", "|---|---:|"]
    for row in rows:
        step = row["step"]
        name = f"&nbsp;&nbsp;{step.strip()}" if step.startswith(_PART) else step
        lines.append(f"| {name} | {row['cpu_us']:.3f} |")
    return "\n".join(lines)


def filled(readme: str, text: str) -> str:
    """A README with a text between the marks. Raises `ValueError` without them."""
    if not _MARKS.search(readme):
        raise ValueError("no <!-- where --> ... <!-- /where --> in it")
    return _MARKS.sub(lambda marks: f"{marks[1]}\n{text}\n\n{marks[2]}", readme)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.where", description=__doc__)
    parser.add_argument("calls", type=int, nargs="?", default=400_000)
    parser.add_argument("batch", type=int, nargs="?", default=20_000, help="calls in a batch")
    parser.add_argument("days", type=float, nargs="?", default=1.0, help="over which the calls are spread")
    parser.add_argument("--write", action="store_true", help="write the table into bench/README.md")
    said = parser.parse_args()
    busy = os.getloadavg()[0]
    sizes = (250, 4_000, 40_000)
    print(
        "in a slice of " + ", ".join(f"{size:,} calls {weight(size):.0f} bytes" for size in sizes) + " a call"
    )
    made = table(whole(measure(said.calls, said.batch, said.days)))
    print(f"\n{made}")
    if said.write:
        # On a machine that others use the same work takes more CPU: caches and cores are shared.
        of = (
            f"{said.calls:,} calls in batches of {said.batch:,}, medians of {_RUNS} runs, {os.cpu_count()} cores, "
            f"{datetime.now(UTC):%Y-%m-%d}, at a load of {busy:.0f} before it:"
        )
        _README.write_text(filled(_README.read_text("utf-8"), f"{of}\n\n{made}"), "utf-8")


if __name__ == "__main__":
    main()
