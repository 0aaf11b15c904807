"""Watermarks: how far event time has surely come, feed partition by feed partition.

A day may be judged when all its calls are there. Each reader of a source partition says, with what
it passes on, the latest start it has seen there and whether it has come to the partition's end and
found nothing more for a while (`idle`). From these reports:

- a partition that still has records to read holds event time back: one that lags is not overtaken
- a partition of which nobody has reported yet holds everything back
- an idle partition holds nothing back that *arrived* before its reader last found it at its end, and
  moves nothing on. So a feed that falls silent lets the others go on, while one whose reader has
  died does not, since it may have records by now that nobody has read. It retires nobody:
  `coverage.py` says on which days it was not seen

Reports merge by the later one of each partition, so repeats and their order do no harm.

A topic may be made anew under its name: its offsets begin again, and it may have fewer partitions. So of two reports the
one further on is the later only within an hour, and what was said of partitions that are no more goes after a while.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import polars as pl
from pydantic import TypeAdapter

from monitor.day.coverage import Coverage

#: Milliseconds of a spell: more than clocks differ by, and than the age at which readers ask anew how many partitions a topic
#: has. After so long offsets that are lower are those of a topic that was made anew, or are read once more.
_SPELL_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Reach:
    """What one reader says of one source partition."""

    feed: str
    partition: int
    partitions: int  # how many the feed's topic has
    position: int  # offset of the next record
    latest: int | None  # the latest start seen, µs since 1970; None while none was seen
    idle: bool
    #: When it was so, ms since 1970 on the reader's clock: arrival time. Clocks that are seconds apart
    #: move event time by as much, which the grace of a day's close covers many times over.
    at: int = 0

    def key(self) -> tuple[str, int]:
        return self.feed, self.partition

    def spell(self) -> int:
        return self.at // _SPELL_MS

    def order(self) -> tuple[int, int, int]:
        """The later of two reports of a partition has more. Clocks of readers differ, so within a spell offsets say it."""
        return self.spell(), self.position, self.at


@dataclass(slots=True)
class _Sent:
    """A tick as it travels: what has other types must fail where it is read, not where it is merged."""

    reports: list[tuple[str, int, int, int, int | None, bool, int]]
    coverage: list[tuple[str, int, int] | tuple[str, int, int, int, int]]
    front: list[tuple[int, int]] = field(default_factory=list)


_SENT = TypeAdapter(_Sent)


@dataclass(slots=True)
class Tick:
    """What goes with every slice: reports of the source partitions, and the hours seen since the last."""

    reports: list[Reach] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage.empty)
    front: list[tuple[int, int]] = field(default_factory=list)  # see `Watermark`; kept, never sent

    def encode(self) -> bytes:
        reports = [
            [r.feed, r.partition, r.partitions, r.position, r.latest, r.idle, r.at] for r in self.reports
        ]
        # Of a day without calls to numbers nothing is said of them, as before there was anything to say.
        seen = [row if row[3] else row[:3] for row in self.coverage.frame.iter_rows()]
        data = {"reports": reports, "coverage": seen}
        if self.front:
            data["front"] = self.front
        return json.dumps(data, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> Tick:
        """Raises pydantic's or polars' error for what is no tick."""
        read = _SENT.validate_json(data, strict=True)
        rows = [row if len(row) > 3 else (*row, 0, 0) for row in read.coverage]
        seen = pl.DataFrame(rows, Coverage.SCHEMA, orient="row")
        return cls([Reach(*report) for report in read.reports], Coverage(seen), read.front)


#: Steps of the front that are kept. More are thinned by leaving out every other, which can only
#: hold event time back a little longer.
_STEPS = 256


class Watermark:
    """Merged reports of all feeds, and the coverage they brought.

    The *front* says how far event time had come by when (arrival time): (at, latest) pairs, both
    rising. It is what an idle partition is held against.
    """

    def __init__(self) -> None:
        self._reports: dict[tuple[str, int], Reach] = {}
        self._coverage: list[Coverage] = []
        self._front: list[tuple[int, int]] = []

    def merge(self, tick: Tick, oldest: int | None = None) -> None:
        """Merge what a tick says. oldest: the day before which no call is counted, nor a feed said to be seen."""
        for report in tick.reports:
            known = self._reports.get(report.key())
            latest = max((r.latest for r in (known, report) if r and r.latest is not None), default=None)
            if known is None or report.order() >= known.order():
                known = report
            self._reports[report.key()] = replace(known, latest=latest)
        steps = [(report.at, report.latest) for report in tick.reports if report.latest is not None]
        if steps or tick.front:
            self._front = _rising([*self._front, *steps, *tick.front])
        coverage = tick.coverage
        if oldest is not None and len(coverage):
            coverage = Coverage(coverage.frame.filter(pl.col("day") >= oldest))
        if len(coverage):
            self._coverage.append(coverage)

    def copy(self) -> Watermark:
        """One that goes its own way from here."""
        other = Watermark()
        other._reports, other._coverage = dict(self._reports), list(self._coverage)
        other._front = list(self._front)
        return other

    def coverage(self) -> Coverage:
        """In which hours of which days each feed was seen, as all ticks said."""
        if len(self._coverage) > 1:
            self._coverage = [Coverage.total(self._coverage)]
        return self._coverage[0] if self._coverage else Coverage.empty()

    def at(self, feeds: Iterable[str] | None = None) -> int | None:
        """Event time in µs since 1970, None while a partition has not been heard of.

        feeds: those that are expected: one of them unheard of holds everything back, and others hold back nothing,
            as a feed that was taken out of the settings. By default all that were heard of.
        """
        bounds = self.by_feed()
        found = [bounds.get(feed) for feed in (bounds if feeds is None else feeds)]
        return None if not found or None in found else min(found)

    def _before(self, at: int) -> int | None:
        """How far event time had come by an arrival time; None for before all that is remembered."""
        place = bisect_right(self._front, at, key=lambda step: step[0])
        return self._front[place - 1][1] if place else None

    def by_feed(self) -> dict[str, int | None]:
        """How far event time has come in each feed: all its calls before that are there.

        None while a partition of the feed has not been heard of.
        """
        bounds: dict[str, list[int | None]] = {}
        expected = self._partitions()
        for report in self._reports.values():
            if report.partition < expected[report.feed]:
                bound = self._before(report.at) if report.idle else report.latest
                bounds.setdefault(report.feed, []).append(bound)
        return {
            feed: None if None in found or len(found) < expected[feed] else min(found)
            for feed, found in bounds.items()
        }

    def _partitions(self) -> dict[str, int]:
        """How many partitions the topic of each feed has: who says fewer at the same time has not heard of the new ones yet."""
        newest: dict[str, int] = {}
        for report in self._reports.values():
            newest[report.feed] = max(newest.get(report.feed, 0), report.spell())
        said: dict[str, int] = {}
        for report in self._reports.values():
            if report.spell() >= newest[report.feed] - 1:
                said[report.feed] = max(said.get(report.feed, 0), report.partitions)
        return said

    def latest(self) -> dict[str, int | None]:
        """The latest start seen in each feed: other calls before it may still be on their way."""
        seen: dict[str, int | None] = {}
        for report in self._reports.values():
            others = [seen.get(report.feed), report.latest]
            seen[report.feed] = max((x for x in others if x is not None), default=None)
        return seen

    def tick(self) -> Tick:
        """All of it, as one tick: what is kept, and read again with `merge`."""
        self._forget()
        return Tick(list(self._reports.values()), self.coverage(), self._front)

    def _forget(self) -> None:
        """Drop the steps of the front that nobody can be held against any more, and thin it out."""
        idle = min((report.at for report in self._reports.values() if report.idle), default=None)
        if idle is not None:
            place = bisect_right(self._front, idle, key=lambda step: step[0])
            self._front = self._front[max(0, place - 1) :]
        if len(self._front) > _STEPS:
            self._front = self._front[:1] + self._front[1:-1:2] + self._front[-1:]


def _rising(steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The steps in the order of their arrival, without those that brought nothing later."""
    front: list[tuple[int, int]] = []
    for at, latest in sorted(steps):
        if front and front[-1][0] == at:
            front[-1] = (at, max(latest, front[-1][1]))
        elif not front or latest > front[-1][1]:
            front.append((at, latest))
    return front
