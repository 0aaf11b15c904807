"""Usage: what has been seen of one (organisation, number) on one feed and day.

Additive counts by day are enough for everything that is later read from them at any moment:
tenure, fleet, evidence. So the past is never rewritten, and late calls are just more of the same.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import polars as pl

from monitor.call import DEFECTS
from monitor.merging import Merging

EPOCH = date(1970, 1, 1)
DAY = timedelta(days=1)
_MICROSECONDS_A_DAY = 86_400_000_000

#: The number under which calls without a number are counted; no E.164 number is 0.
NO_NUMBER = 0


def day_of(instant: datetime) -> int:
    """The day, as whole UTC days since 1970-01-01."""
    return (instant.astimezone(UTC).date() - EPOCH).days


def start_of(day: int) -> datetime:
    """The instant at which a day begins."""
    return datetime(1970, 1, 1, tzinfo=UTC) + day * DAY


def days(column: str = "started_at") -> pl.Expr:
    """The day of an instant, as an expression (Int32). Before 1970 rounds down."""
    return (pl.col(column).to_physical() // _MICROSECONDS_A_DAY).cast(pl.Int32).alias("day")


class Usage(Merging):
    """Counts by (organisation, number, feed, day).

    - `calls`, `answered`, `withheld`, `unavailable`: outbound calls only
    - `inbound`, `inbound_answered`: calls to the number
    - `defect`: the worst defect seen (0 none, else 1 + its place in `DEFECTS`)
    - number 0: calls whose number was not shown

    Redelivery would double its counts; `repeats.py` guards it.
    """

    SCHEMA = pl.Schema(
        {
            "organisation": pl.String,
            "number": pl.UInt64,
            "feed": pl.String,
            "day": pl.Int32,
            "calls": pl.UInt32,
            "answered": pl.UInt32,
            "withheld": pl.UInt32,
            "unavailable": pl.UInt32,
            "inbound": pl.UInt32,
            "inbound_answered": pl.UInt32,
            "defect": pl.UInt8,
        }
    )
    KEY = ("organisation", "number", "feed", "day")
    COUNTS = ("calls", "answered", "withheld", "unavailable", "inbound", "inbound_answered")
    MERGE: ClassVar = [pl.col(*COUNTS).sum(), pl.col("defect").max()]
    __slots__ = ()

    @classmethod
    def of(cls, calls: pl.DataFrame) -> Usage:
        """Counts of a frame of `CALLS`; a row with `weight` 0 counts only as answered (`repeats.py`)."""
        out = pl.col("direction") == "outbound"
        weight = pl.col("weight") if "weight" in calls.columns else pl.lit(1, pl.UInt32)
        answered = pl.col("answered_at").is_not_null()
        counted = calls.lazy().select(
            "organisation",
            pl.col("number").fill_null(NO_NUMBER),
            "feed",
            days(),
            (weight * out).alias("calls"),
            (answered & out).alias("answered"),
            (weight * (out & (pl.col("presentation") == "restricted"))).alias("withheld"),
            (weight * (out & (pl.col("presentation") == "unavailable"))).alias("unavailable"),
            (weight * ~out).alias("inbound"),
            (answered & ~out).alias("inbound_answered"),
            (pl.col("defect").to_physical() + 1).fill_null(0).cast(pl.UInt8).alias("defect"),
        )
        merged = counted.group_by(cls.KEY).agg(*cls.MERGE).collect()
        return cls(merged.select(*cls.SCHEMA).cast(dict(cls.SCHEMA)).sort(cls.KEY))


assert len(DEFECTS.categories) < 255, "a defect is kept in one byte"
