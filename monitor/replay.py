"""Replay: the whole way over what is in files, and the answer that every stream must give.

All calls are read first, in any order and however often; then day after day is closed up to the
moment that is asked for, as the stream does when event time passes. A verdict at the end of a day
depends on the calls up to then alone, so both say the same.

Memory: some bytes a number and day, and what the judge keeps of a number; not the calls. Of a call its id is kept,
8 bytes, to know its repeats; with a shelf (`repeats.py`) at most 256 MB of these are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from monitor.across.registry import Registry
from monitor.alert import Alert
from monitor.attribution import Attribution
from monitor.book import Book
from monitor.call import CALLS, RAW, REJECTED, UNKNOWN
from monitor.canonical import canonicalise
from monitor.cdr import Parsed, dialect
from monitor.day.coverage import Coverage
from monitor.day.merging import settle
from monitor.day.usage import DAY, Usage, day_of, start_of
from monitor.feed import Feed
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.reference import Reference
from monitor.repeats import Repeats, Shelf
from monitor.told import Told

#: Calls that are counted together: enough that a merge combines many, about 100 MB of columns.
_TOGETHER = 400_000
#: Rejected records, and names of unknown keys, that are kept to be shown; all are counted.
_SHOWN = 1_000

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Counts:
    """What became of the records: each is rejected, folded, a repeat, after `until` or a call, and `records` their sum."""

    records: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    folded: dict[str, int] = field(default_factory=dict)
    repeats: int = 0
    after_until: int = 0
    calls: int = 0
    inbound: int = 0  # of these calls, those that come in
    nobodys: int = 0  # of these calls, those of no known organisation, which no rule judges
    nobodys_inbound: int = 0  # of those, the ones that come in
    unknown_keys: int = 0
    #: The same by key, of the first thousand keys: a file may be anything.
    unknown: dict[str, int] = field(default_factory=dict)
    #: By feed and path, the records in which what its mapping or options name was there.
    there: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A batch whose records were read: what became of them, and the calls."""

    feed: str
    parsed: Parsed  # without its calls
    rejected: pl.DataFrame  # records that were read and have an absurd time or number
    calls: pl.DataFrame  # `CALLS`


@dataclass(slots=True)
class Outcome:
    """What a replay found out."""

    until: datetime | None  # the moment judged at; None when there was no call
    alerts: list[Alert]  # in the order in which they were told
    parts: list[Usage]  # all that was seen, not merged yet
    coverage: pl.DataFrame
    counts: Counts
    rejected: pl.DataFrame  # a sample: feed, record, reason, detail
    judge: Judge
    told: Told

    @property
    def usage(self) -> pl.DataFrame:
        """All rows of usage; merged when it is asked for, since a report needs it and alerts do not."""
        self.parts[:] = [Usage.total(self.parts)]
        return self.parts[0].frame


class Replay:
    """Reads batches of records with `add`, and judges with `finish`."""

    def __init__(
        self,
        feeds: Mapping[str, Feed],
        policy: Policy,
        pseudonyms: Pseudonyms,
        *,
        now: datetime,
        until: datetime | None = None,
        reference: Reference | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """now: the wall clock, to tell absurd times. until: calls from then on are left out. shelf: for ids of calls."""
        self._feeds = feeds
        self._attribution = {name: Attribution(feed, reference) for name, feed in feeds.items()}
        self._pseudonyms = pseudonyms
        self._now = now
        self._until = until
        spaces = {name: feed.id_space for name, feed in feeds.items()}
        self._book = Book(Judge(policy, reference, spaces), Told(policy), repeats=Repeats(shelf=shelf))
        self._registry = Registry(policy, reference)
        self._coverage: list[Coverage] = []
        self._usage: list[Usage] = []
        self._waiting: list[pl.DataFrame] = []
        self._rejected: list[pl.DataFrame] = []
        self._last: datetime | None = None
        self.counts = Counts()

    def add(self, feed: str, batch: Sequence[bytes | None] | pl.DataFrame) -> None:
        """Read one batch of a feed and count it: raw records, or a frame of canonical columns."""
        self.take(self.read(feed, batch))

    def read(self, feed: str, batch: Sequence[bytes | None] | pl.DataFrame) -> Read:
        """Make calls of a batch. Changes nothing, so that others may be read and taken meanwhile."""
        terms = self._feeds[feed]
        reader = dialect(terms.dialect)
        parsed = reader.frame(batch, terms) if isinstance(batch, pl.DataFrame) else reader.parse(batch, terms)
        whose = self._attribution[feed]
        canonical = canonicalise(parsed, terms, self._pseudonyms, now=self._now, attribution=whose)
        parsed.calls = RAW.to_frame()
        return Read(feed, parsed, canonical.rejected, canonical.calls.select(*CALLS))

    def take(self, read: Read) -> None:
        """Count what was read; in whatever order, the answer is the same."""
        self._account(read.feed, read.parsed, read.rejected)
        calls = read.calls
        if self._until is not None and calls.height:
            early = calls.filter(pl.col("started_at") < self._until)
            self.counts.after_until += calls.height - early.height
            calls = early
        if calls.height:
            self._waiting.append(calls)
            if sum(frame.height for frame in self._waiting) >= _TOGETHER:
                self._observe()

    def finish(self, progress: Progress | None = None) -> Outcome:
        """Judge every day up to the moment asked for (by default the last call), and at that moment.

        progress: told of days judged and days in all.
        """
        self._observe()
        coverage = Coverage.total(self._coverage)
        alerts: list[Alert] = []
        until = self._until or self._last
        if until is not None and len(coverage):
            last = day_of(until)
            days = range(min(coverage.frame["day"].min(), last), last + 1)
            for done, day in enumerate(days, 1):
                inside = start_of(day) < until < start_of(day) + DAY
                if day < last or inside:
                    alerts += self._book.close(day, coverage, at=until if inside else None)
                    alerts += self._linked()
                if progress is not None:
                    progress(done, len(days))
        return Outcome(
            until,
            alerts,
            self._usage,
            coverage.frame,
            self.counts,
            pl.concat(self._rejected)
            if self._rejected
            else REJECTED.to_frame().insert_column(0, pl.Series("feed", [], pl.String)),
            self._book.judge,
            self._book.told,
        )

    def _linked(self) -> list[Alert]:
        """What is told of organisations that go on for each other, by the day that was closed last."""
        said, self._book.said = self._book.said, []
        for report in said:
            self._registry.add(report)
        return self._registry.close()

    def _observe(self) -> None:
        """Count what waits."""
        if not self._waiting:
            return
        calls = pl.concat(self._waiting)
        self._waiting.clear()
        self._coverage = [Coverage.total([*self._coverage, Coverage.of(calls)])]
        latest = calls["started_at"].max() + timedelta(microseconds=1)
        self._last = max(filter(None, (self._last, latest)))
        observed = self._book.observe(calls)
        self.counts.calls += observed.calls
        self.counts.repeats += observed.repeats
        for sheet in observed.sheets.values():
            nobodys = sheet.usage.frame.filter(pl.col("organisation") == UNKNOWN)
            came, of_these = (int(frame["inbound"].sum()) for frame in (sheet.usage.frame, nobodys))
            self.counts.inbound += came
            self.counts.nobodys += nobodys["calls"].sum() + of_these
            self.counts.nobodys_inbound += of_these
        self._usage += [sheet.usage for sheet in observed.sheets.values()]
        settle(self._usage, len, Usage.total)

    def _account(self, feed: str, parsed: Parsed, late: pl.DataFrame) -> None:
        """Count what was left out, and why."""
        counts = self.counts
        counts.records += parsed.records
        counts.unknown_keys += parsed.unknown_keys
        for name, values in parsed.unknown.items():
            if name in counts.unknown or len(counts.unknown) < _SHOWN:
                counts.unknown[name] = counts.unknown.get(name, 0) + values
        for path, records in parsed.there.items():
            counts.there[feed, path] = counts.there.get((feed, path), 0) + records
        for reason, folded in parsed.folded.items():
            counts.folded[reason] = counts.folded.get(reason, 0) + folded
        for frame in (parsed.rejected, late):
            if not frame.height:
                continue
            for reason, rejected in frame["reason"].value_counts().iter_rows():
                counts.rejected[reason] = counts.rejected.get(reason, 0) + rejected
            if sum(kept.height for kept in self._rejected) < _SHOWN:
                sample = frame.head(_SHOWN).with_columns(
                    row=(pl.col("row") + counts.records - parsed.records).cast(pl.UInt32)
                )
                self._rejected.append(
                    sample.insert_column(0, pl.Series("feed", [feed] * sample.height, pl.String))
                )
