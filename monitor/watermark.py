"""Watermarks: how far event time has surely come, feed partition by feed partition.

A day may be judged when all its calls are there. Each reader of a source partition says, with what
it passes on, the latest start it has seen there and whether it has come to the partition's end and
found nothing more for a while (`idle`). From these reports:

- a partition that still has records to read holds event time back: one that lags is not overtaken
- a partition of which nobody has reported yet holds everything back
- an idle partition holds nothing back, and moves nothing on: a feed that falls silent lets the
  others go on, and retires nobody, since `coverage.py` says on which days it was not seen

Reports merge by the later one of each partition, so repeats and their order do no harm.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from monitor.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Report:
    """What one reader says of one source partition."""

    feed: str
    partition: int
    partitions: int  # how many the feed's topic has
    position: int  # offset of the next record: of two reports the one further on is the later
    latest: int | None  # the latest start seen, µs since 1970; None while none was seen
    idle: bool

    def key(self) -> tuple[str, int]:
        return self.feed, self.partition


@dataclass(slots=True)
class Tick:
    """What goes with every slice: reports of the source partitions, and the hours seen since the last."""

    reports: list[Report] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage.empty)

    def encode(self) -> bytes:
        reports = [[r.feed, r.partition, r.partitions, r.position, r.latest, r.idle] for r in self.reports]
        return json.dumps({"reports": reports, "coverage": self.coverage.frame.rows()}, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> Tick:
        read = json.loads(data)
        seen = pl.DataFrame(read["coverage"], Coverage.SCHEMA, orient="row")
        return cls([Report(*report) for report in read["reports"]], Coverage(seen))


class Watermark:
    """Merged reports of all feeds, and the coverage they brought."""

    def __init__(self) -> None:
        self._reports: dict[tuple[str, int], Report] = {}
        self._coverage: list[Coverage] = []

    def merge(self, tick: Tick) -> None:
        for report in tick.reports:
            known = self._reports.get(report.key())
            latest = max((r.latest for r in (known, report) if r and r.latest is not None), default=None)
            if known is None or report.position >= known.position:
                known = report
            self._reports[report.key()] = Report(
                known.feed, known.partition, known.partitions, known.position, latest, known.idle
            )
        if len(tick.coverage):
            self._coverage.append(tick.coverage)

    def coverage(self) -> Coverage:
        if len(self._coverage) > 1:
            self._coverage = [Coverage.total(self._coverage)]
        return self._coverage[0] if self._coverage else Coverage.empty()

    def at(self, feeds: Iterable[str] | None = None) -> int | None:
        """Event time in µs since 1970, None while a partition has not been heard of.

        feeds: those that are expected; one of them unheard of holds everything back.
        """
        reports = list(self._reports.values())
        heard = {}
        for report in reports:
            heard.setdefault(report.feed, [0, report.partitions])[0] += 1
        if not reports or any(feed not in heard for feed in feeds or ()):
            return None
        if any(count < expected for count, expected in heard.values()):
            return None
        latest = max((r.latest for r in reports if r.latest is not None), default=None)
        for report in reports:
            if not report.idle:
                if report.latest is None:
                    return None
                latest = min(latest, report.latest) if latest is not None else None
        return latest

    def feeds(self) -> dict[str, int | None]:
        """The latest start seen, by feed."""
        seen: dict[str, int | None] = {}
        for report in self._reports.values():
            others = [seen.get(report.feed), report.latest]
            seen[report.feed] = max((x for x in others if x is not None), default=None)
        return seen

    def tick(self) -> Tick:
        """All of it, as one tick: what is kept, and read again with `merge`."""
        return Tick(list(self._reports.values()), self.coverage())
