"""Coverage: on which hours of which days a feed was seen at all, and in which of them calls to numbers, and answered ones.

A number that is silent on a day on which its feed was silent too has not been seen to rest; and a
history is as long as its feed's. And where nobody at all is seen to answer, nobody is known not to
(`fleet/answers.py`).

Hours, and not minutes: what is judged by it is days, and nothing is told of a minute. A feed of a few hundred calls a day is
silent in most minutes and misses nothing, so that a share of minutes would tell its size. And it is part of what is
written with every flush, of every day that was ever seen (`Mark.clock` in `streams/state/kept.py`): 1440 bits of a day
instead of 24 would come near what a broker takes sixty times as soon. So a gap of less than an hour is not seen here; a graph
shows it (`streams/minutes.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import polars as pl

from monitor.call import MICROSECONDS_AN_HOUR
from monitor.columns.grouping import Coded, groups
from monitor.day.counting import Counting
from monitor.day.merging import Columns, Merging


class Coverage(Merging):
    """The hours of a day (bit h: at least one call started in hour h, UTC) by (feed, day).

    - `hours`: any call; `called`: one to a number (inbound); `answered`: such a one that was answered
    - what was said before there were the last two says nothing of them: 0

    A union of bits: seen twice is seen once, so nothing need guard it.
    """

    SCHEMA = pl.Schema(
        {
            "feed": pl.String,
            "day": pl.Int32,
            "hours": pl.UInt32,
            "called": pl.UInt32,
            "answered": pl.UInt32,
        }
    )
    KEY = ("feed", "day")
    MERGE: ClassVar = dict.fromkeys(("hours", "called", "answered"), np.bitwise_or)
    __slots__ = ()

    @classmethod
    def _columns(cls, calls: Counting) -> Columns:
        """One row an hour, of which there are few."""
        hour = calls.values("started_at") // MICROSECONDS_AN_HOUR
        found = groups(calls.feed.codes, hour)
        first = found.first
        hour = hour[first]
        bit = np.left_shift(np.uint32(1), (hour % 24).astype(np.uint32))
        called = found.reduce(np.logical_or, ~calls.outbound)
        answered = found.reduce(np.logical_or, calls.answered & ~calls.outbound)
        return {
            "feed": Coded(calls.feed.codes[first], calls.feed.texts),
            "day": (hour // 24).astype(np.int32),
            "hours": bit,
            "called": bit * called,
            "answered": bit * answered,
        }


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
