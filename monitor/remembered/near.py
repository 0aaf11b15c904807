"""Near: in the last four weeks, from which areas an organisation called, and whom in the same one."""

from __future__ import annotations

import polars as pl

#: Days kept, today's included.
DAYS = 28


class Near:
    """Rows (organisation code, area, calls, same) by day; 16 bytes for each area of each organisation."""

    SCHEMA = pl.Schema({"organisation": pl.Int32, "area": pl.UInt32, "calls": pl.UInt32, "same": pl.UInt32})
    _NOWHERE = SCHEMA.to_frame()

    def __init__(self) -> None:
        self._days: dict[int, pl.DataFrame] = {}
        self._last: int | None = None

    def add(self, day: int, rows: pl.DataFrame) -> None:
        """Add a day's rows of `SCHEMA`; that day may be past."""
        if self._last is not None and day <= self._last - DAYS:
            return
        known = self._days.get(day)
        self._days[day] = rows if known is None else _sum([known, rows])

    def forget(self, day: int) -> None:
        """Begin a day: those that have passed are dropped."""
        self._last = day
        for old in [old for old in self._days if old <= day - DAYS]:
            del self._days[old]

    def total(self, after: int) -> pl.DataFrame:
        """Calls by organisation and area on the days after one, in their order."""
        frames = [rows for day, rows in sorted(self._days.items()) if day > after]
        return _sum(frames).sort("organisation", "area") if frames else self._NOWHERE


def _sum(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames).group_by("organisation", "area").agg(pl.col("calls", "same").sum())
