"""Callbacks: calls to the numbers that were shown, and how many were answered, by calendar week.

Kept by number and not by tenure: people call a number on days on which nobody calls from it, and a
call to it may come in before the first one from it.
"""

from __future__ import annotations

import polars as pl

from monitor.tenure import WEEK

#: Whole weeks that are kept beside the current one.
WEEKS = 4


class Callbacks:
    """Counts by (organisation code, number) for the current and the last `WEEKS` calendar weeks.

    21 bytes a number and week in which it was called.
    """

    SCHEMA = pl.Schema(
        {"organisation": pl.Int32, "number": pl.UInt64, "inbound": pl.UInt32, "inbound_answered": pl.UInt32}
    )
    _DAYS = pl.Schema({"week": pl.Int32, "days": pl.UInt8})  # bit d: it was called on the week's day d

    def __init__(self) -> None:
        self._weeks: dict[int, pl.DataFrame] = {}
        self._week: int | None = None

    def advance(self, day: int) -> None:
        """Begin a day: weeks that have passed are dropped."""
        self._week = day // WEEK
        for week in [week for week in self._weeks if week < self._week - WEEKS]:
            del self._weeks[week]

    def add(self, day: int, rows: pl.DataFrame) -> None:
        """Add a day's rows of `SCHEMA`, which may be past."""
        week = day // WEEK
        if week < self._week - WEEKS:
            return
        on = pl.when(pl.col("inbound") > 0).then(1 << day % WEEK).otherwise(0).cast(pl.UInt8)
        rows = rows.with_columns(on.alias("days"))
        known = self._weeks.get(week)
        self._weeks[week] = _sum([rows] if known is None else [known, rows])

    def total(self) -> pl.DataFrame:
        """All weeks together, of `SCHEMA`; of no number more answers than calls.

        One that another feed says of a call, as of somebody else's, has no call here.
        """
        rows = list(self._weeks.values())
        if not rows:
            return self.SCHEMA.to_frame()
        answered = pl.min_horizontal("inbound_answered", "inbound")
        return _sum(rows).with_columns(answered.alias("inbound_answered")).select(*self.SCHEMA)

    def days(self) -> pl.DataFrame:
        """On which days of which week each number was called (organisation, number, week, days); a bit a day."""
        schema = {name: self.SCHEMA[name] for name in ("organisation", "number")} | dict(self._DAYS)
        frames = [
            rows.select("organisation", "number", pl.lit(week, pl.Int32).alias("week"), "days")
            for week, rows in sorted(self._weeks.items())
        ]
        return pl.concat(frames) if frames else pl.DataFrame(schema=schema)

    def since(self) -> int:
        """The first day that is kept."""
        return (self._week - WEEKS) * WEEK


def _sum(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return (
        pl.concat(frames)
        .group_by("organisation", "number")
        .agg(pl.col("inbound", "inbound_answered").sum(), pl.col("days").bitwise_or())
    )
