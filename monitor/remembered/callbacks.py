"""Callbacks: calls to the numbers that were shown, and how many were answered, by day for about a month.

Kept by number and not by tenure: people call a number on days on which nobody calls from it, and a
call to it may come in before the first one from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from monitor.tenure import WEEK

#: Whole weeks that are kept beside the current one.
WEEKS = 4


class Callbacks:
    """Counts by (organisation code, number, space of feeds) and day, of the current and the last `WEEKS` calendar weeks.

    28 bytes a number and day on which it was called. By day, since what came late must count as what came in time: of
    a day's calls to a number only some may count, and which share of them was answered is known when all are there.
    By space (`fleet/answers.py`), since one may have lost that of a day.
    """

    SCHEMA = pl.Schema(
        {
            "organisation": pl.Int32,
            "number": pl.UInt64,
            "space": pl.Int32,
            "inbound": pl.UInt32,
            "inbound_answered": pl.UInt32,
        }
    )
    _KEY = ("organisation", "number")
    _COUNTS = pl.col("inbound", "inbound_answered")
    _NONE_CALLED = pl.DataFrame(schema={**SCHEMA, "day": pl.Int32}).drop("space")

    def __init__(self) -> None:
        self._days: dict[int, pl.DataFrame] = {}  # one row a number
        self._week: int | None = None
        #: Days of which it is not known who answered, by space.
        self.lost: Mapping[int, Collection[int]] = {}

    def advance(self, day: int) -> None:
        """Begin a day: weeks that have passed are dropped."""
        self._week = day // WEEK
        for old in [old for old in self._days if old < self.since()]:
            del self._days[old]

    def add(self, day: int, rows: pl.DataFrame) -> None:
        """Add a day's rows of `SCHEMA`, which may be past."""
        if day < self.since():
            return
        known = self._days.get(day)
        rows = rows.with_columns(pl.lit(day, pl.Int32).alias("day"))
        rows = rows if known is None else pl.concat([known, rows.select(known.columns)])
        self._days[day] = rows.group_by(*self._KEY, "space", "day").agg(self._COUNTS.sum())

    def days(self, lost: bool = False) -> pl.DataFrame:
        """(organisation, number, inbound, inbound_answered, day), one row a day on which a number was called.

        lost: with the calls of which it is not known who answered; the answers are then of no use. Never more answers than calls.
        Of a number in the order of the days, so that sums are the same whatever came first. An answer that another feed
        tells of a call, as of somebody else's, has no call here.
        """
        # So it is where only calls from numbers are recorded; a query of nothing costs as much as one of little.
        if not self._days:
            return self._NONE_CALLED
        rows = pl.concat([frame for _, frame in sorted(self._days.items())])
        if not lost:
            for space, days in self.lost.items():
                rows = rows.filter((pl.col("space") != space) | ~pl.col("day").is_in(list(days)))
        if rows["space"].n_unique() > 1:  # else there is one row a number and day already
            rows = rows.group_by(*self._KEY, "day", maintain_order=True).agg(self._COUNTS.sum())
        answered = pl.min_horizontal("inbound_answered", "inbound")
        return rows.filter(pl.col("inbound") > 0).select(*self._KEY, "inbound", answered, "day")

    def since(self) -> int:
        """The first day that is kept."""
        return (self._week - WEEKS) * WEEK
