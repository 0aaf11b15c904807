"""Callbacks: calls to the numbers that were shown, and how many were answered, by calendar week.

Kept by number and not by tenure: people call a number on days on which nobody calls from it, and a
call to it may come in before the first one from it.
"""

from __future__ import annotations

import polars as pl

#: Whole weeks that are kept beside the current one.
WEEKS = 4
_WEEK = 7


class Callbacks:
    """Counts by (organisation code, number) for the current and the last `WEEKS` calendar weeks.

    20 bytes a number and week in which it was called.
    """

    SCHEMA = pl.Schema(
        {"organisation": pl.Int32, "number": pl.UInt64, "inbound": pl.UInt32, "inbound_answered": pl.UInt32}
    )

    def __init__(self) -> None:
        self._weeks: dict[int, pl.DataFrame] = {}
        self._week: int | None = None

    def advance(self, day: int) -> None:
        """Begin a day: weeks that have passed are dropped."""
        self._week = day // _WEEK
        for week in [week for week in self._weeks if week < self._week - WEEKS]:
            del self._weeks[week]

    def add(self, day: int, rows: pl.DataFrame) -> None:
        """Add a day's rows of `SCHEMA`, which may be past."""
        week = day // _WEEK
        if week < self._week - WEEKS:
            return
        known = self._weeks.get(week)
        self._weeks[week] = _sum([rows] if known is None else [known, rows])

    def total(self) -> pl.DataFrame:
        """All weeks together, of `SCHEMA`."""
        return _sum(list(self._weeks.values())) if self._weeks else self.SCHEMA.to_frame()

    def since(self) -> int:
        """The first day that is kept."""
        return (self._week - WEEKS) * _WEEK


def _sum(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return (
        pl.concat(frames).group_by("organisation", "number").agg(pl.col("inbound", "inbound_answered").sum())
    )
