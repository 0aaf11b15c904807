"""The book: all that is known of the organisations of one partition, from calls to alerts.

It is what the stream keeps a partition and what a replay keeps in all. Calls are *observed* as they
come, in any order; days are *closed* one after the other, when event time has passed them. What a
day's close says depends on the calls up to that day and on nothing else: not on the order in which
they came, nor on where a batch ended. Hence a replay and a stream of the same calls agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

import numpy as np
import polars as pl

from monitor.across.lives import Report
from monitor.across.pools import ends_a_week
from monitor.alert import Alert
from monitor.call import MICROSECONDS_A_DAY
from monitor.day.coverage import Coverage
from monitor.day.merging import settle
from monitor.day.sheet import Sheet
from monitor.fleet.answers import USUAL
from monitor.judge import Judge
from monitor.remembered.met import DAYS as MET_DAYS
from monitor.repeats import Repeats
from monitor.told import Told


@dataclass(slots=True)
class Observed:
    """What a batch of calls added: to be kept, and counted."""

    sheets: dict[int, Sheet] = field(default_factory=dict)  # by day
    ids: dict[int, np.ndarray] = field(default_factory=dict)  # by hour
    calls: int = 0  # that count
    repeats: int = 0  # of calls that were known already, though it may be that they are answered only now
    late: dict[str, int] = field(default_factory=dict)  # by feed: for days that were closed already
    too_late: dict[str, int] = field(default_factory=dict)  # by feed: beyond the horizon, not counted


class Book:
    """Usage that is still open, the judge of what is closed, and what was told."""

    def __init__(self, judge: Judge, told: Told, partition: int = 0, repeats: Repeats | None = None) -> None:
        self.judge = judge
        self.told = told
        self.partition = partition
        #: What is to be told to the registry of the days that were closed; whoever does it clears it.
        self.said: list[Report] = []
        self.repeats = Repeats() if repeats is None else repeats
        self.closed: int | None = None
        #: Verdicts of the last day's close, by kind. A day that is closed again after a crash has them again.
        self.reached: Counter[str] = Counter()
        self._open: dict[int, list[Sheet]] = {}

    def observe(self, calls: pl.DataFrame, horizon: int | None = None) -> Observed:
        """Count a frame of `CALLS`, in the order in which they came.

        horizon: µs since 1970; calls that start before it are not counted, since their repeats are
            forgotten.
        """
        observed = Observed()
        if horizon is not None and calls.height:
            known = calls.filter(pl.col("started_at").to_physical() >= horizon)
            if known.height < calls.height:
                old = calls.filter(pl.col("started_at").to_physical() < horizon)
                observed.too_late = dict(old["feed"].value_counts().iter_rows())
            calls = known
        if not calls.height:
            return observed
        counted, observed.ids, observed.repeats = self.repeats.admit(calls)
        observed.calls = int(counted["weight"].sum())
        if not counted.height:
            return observed
        observed.sheets = Sheet.by_day(counted)
        for day, sheet in observed.sheets.items():
            if self.add(day, sheet):
                late = sheet.usage.frame.group_by("feed").agg(pl.col("calls", "inbound").sum())
                for feed, outbound, inbound in late.iter_rows():
                    observed.late[feed] = observed.late.get(feed, 0) + outbound + inbound
        return observed

    def add(self, day: int, sheet: Sheet) -> bool:
        """Add to a day; whether that came after the day's close."""
        if self.closed is not None and day <= self.closed:
            self.judge.amend(*(part.frame for part in sheet))
            return True
        sheets = self._open.setdefault(day, [])
        sheets.append(sheet)
        settle(sheets, attrgetter("rows"), Sheet.total)
        return False

    def close(self, day: int, coverage: Coverage, at: datetime | None = None) -> list[Alert]:
        """Close a day: judge all that is known up to its end, and say what is to be told.

        Days are closed in order, those without a call too.
        """
        sheet = Sheet.total(self._open.pop(day, [Sheet.empty()]))
        verdicts = self.judge.close(*_folded(day, sheet, coverage), at=at)
        self.reached = Counter(verdict.kind for verdict in verdicts)
        self.closed = day
        judge = self.judge
        alerts = self.told.step(
            day, verdicts, at=at, lasts=judge.lasts, watched=judge.watched, late=judge.late
        )
        if at is None:
            carousels = self.told.open_of("number_carousel", day, verdicts) if ends_a_week(day) else {}
            self.said += self.judge.lives(self.partition, carousels)
        return alerts

    def rebuild(
        self, closed: int, first: int, sheets: Mapping[int, Iterable[Sheet]], coverage: Coverage
    ) -> None:
        """Come back to where a book was when `closed` was its last day, from what was kept of it.

        first: the first day that was closed.
        """
        for day in range(first, closed + 1):
            sheet = Sheet.total(sheets.get(day, [Sheet.empty()]))
            self.judge.fold(*_folded(day, sheet, coverage))
        self.closed = closed
        for day, parts in sheets.items():
            if day > closed:
                self._open[day] = list(parts)
            elif day < first:
                self.judge.amend(*(part.frame for part in Sheet.total(parts)))


def due(closed: int | None, watermark: int, lateness: int, first: int) -> range:
    """The days that can be closed: their end, and the time granted to late calls, has passed.

    watermark, lateness: µs. first: the day with which the history begins.
    """
    last = (watermark - lateness) // MICROSECONDS_A_DAY - 1
    return range(first if closed is None else closed + 1, last + 1)


def settled(closed: int, oldest: int) -> int:
    """The last day to which no call can be added, and of which contacts are not asked for any more.

    closed: the last day closed. oldest: the hour before which calls are not counted (`Book.observe`).
    """
    return min(closed - MET_DAYS, oldest // 24 - 1)


def _folded(day: int, sheet: Sheet, coverage: Coverage) -> tuple:
    """What the judge folds of a day."""
    usage, contacts, links, nearby = (part.frame for part in sheet)
    seen = coverage.frame.filter(pl.col("day").is_between(day - USUAL + 1, day))
    return day, usage, contacts, links, seen, nearby
