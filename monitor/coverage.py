"""Coverage: on which hours of which days a feed was seen at all.

A number that is silent on a day on which its feed was silent too has not been seen to rest; and a
history is as long as its feed's.
"""

from __future__ import annotations

import polars as pl

from monitor.merging import Merging
from monitor.usage import days


class Coverage(Merging):
    """The hours of a day (bit h: at least one call started in hour h, UTC) by (feed, day).

    A union of bits: seen twice is seen once, so nothing need guard it.
    """

    SCHEMA = pl.Schema({"feed": pl.String, "day": pl.Int32, "hours": pl.UInt32})
    KEY = ("feed", "day")
    MERGE = [pl.col("hours").bitwise_or()]
    __slots__ = ()

    @classmethod
    def of(cls, calls: pl.DataFrame) -> Coverage:
        hour = pl.col("started_at").dt.hour().cast(pl.UInt32)
        seen = calls.lazy().select("feed", days(), (pl.lit(2, pl.UInt32).pow(hour)).cast(pl.UInt32).alias("hours"))
        return cls._merged(seen.unique().collect())
