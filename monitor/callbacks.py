"""Callbacks: calls to the numbers that were shown, and how many were answered, by day for about a month.

Kept by number and not by tenure: people call a number on days on which nobody calls from it, and a
call to it may come in before the first one from it.
"""

from __future__ import annotations

import polars as pl

from monitor.tenure import WEEK

#: Whole weeks that are kept beside the current one.
WEEKS = 4


class Callbacks:
    """Counts by (organisation code, number) and day, of the current and the last `WEEKS` calendar weeks.

    20 bytes a number and day on which it was called. By day, since what came late must count as what came in time: of
    a day's calls to a number only some may count, and which share of them was answered is known when all are there.
    """

    SCHEMA = pl.Schema(
        {"organisation": pl.Int32, "number": pl.UInt64, "inbound": pl.UInt32, "inbound_answered": pl.UInt32}
    )
    _KEY = ("organisation", "number")

    def __init__(self) -> None:
        self._days: dict[int, pl.DataFrame] = {}  # one row a number
        self._week: int | None = None

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
        rows = rows if known is None else pl.concat([known, rows])
        self._days[day] = rows.group_by(self._KEY).agg(pl.col("inbound", "inbound_answered").sum())

    def days(self) -> pl.DataFrame:
        """`SCHEMA` and the day, one row a day on which a number was called; never more answers than calls.

        Of a number in the order of the days, so that sums are the same whatever came first. An answer that another feed
        tells of a call, as of somebody else's, has no call here.
        """
        frames = [
            rows.filter(pl.col("inbound") > 0).with_columns(
                pl.min_horizontal("inbound_answered", "inbound"), pl.lit(day, pl.Int32).alias("day")
            )
            for day, rows in sorted(self._days.items())
        ]
        return pl.concat(frames) if frames else pl.Schema({**self.SCHEMA, "day": pl.Int32}).to_frame()

    def total(self) -> pl.DataFrame:
        """All days together, of `SCHEMA`."""
        return self.days().group_by(self._KEY).agg(pl.col("inbound", "inbound_answered").sum())

    def since(self) -> int:
        """The first day that is kept."""
        return (self._week - WEEKS) * WEEK
