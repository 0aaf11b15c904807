"""Coverage: on which hours of which days a feed was seen at all.

A number that is silent on a day on which its feed was silent too has not been seen to rest; and a
history is as long as its feed's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import polars as pl

from monitor.merging import Merging
from monitor.usage import days


class Coverage(Merging):
    """The hours of a day (bit h: at least one call started in hour h, UTC) by (feed, day).

    A union of bits: seen twice is seen once, so nothing need guard it.
    """

    SCHEMA = pl.Schema({"feed": pl.String, "day": pl.Int32, "hours": pl.UInt32})
    KEY = ("feed", "day")
    MERGE: ClassVar = [pl.col("hours").bitwise_or()]
    __slots__ = ()

    @classmethod
    def of(cls, calls: pl.DataFrame) -> Coverage:
        hour = pl.col("started_at").dt.hour().cast(pl.UInt32)
        seen = calls.lazy().select(
            "feed", days(), (pl.lit(2, pl.UInt32).pow(hour)).cast(pl.UInt32).alias("hours")
        )
        return cls._merged(seen.unique().collect())


def shares(coverage: Coverage, feeds: Iterable[str], days: int = 7) -> dict[str, float]:
    """The share (0 to 1) of the hours of the last whole days in which each expected feed was seen.

    The last whole day is the one before the latest that any feed was seen on; a feed is not expected
    before its first day.
    """
    frame = coverage.frame
    if not frame.height:
        return dict.fromkeys(feeds, 0.0)
    last = frame["day"].max() - 1
    found = {}
    for feed in feeds:
        seen = frame.filter(pl.col("feed") == feed)
        begin = max(last - days + 1, seen["day"].min()) if seen.height else last - days + 1
        hours = seen.filter(pl.col("day").is_between(begin, last))["hours"].bitwise_count_ones().sum()
        found[feed] = hours / (24 * (last - begin + 1)) if begin <= last else 1.0
    return found
