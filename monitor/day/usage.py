"""Usage: what has been seen of one (organisation, number) on one feed and day.

Additive counts by day are enough for everything that is later read from them at any moment:
tenure, fleet, evidence. So the past is never rewritten, and late calls are just more of the same.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import numpy as np
import polars as pl

from monitor.day.counting import Counting
from monitor.day.merging import Columns, Merging

EPOCH = date(1970, 1, 1)
DAY = timedelta(days=1)

#: The number under which calls without a number are counted; no E.164 number is 0.
NO_NUMBER = 0


def day_of(instant: datetime) -> int:
    """The day, as whole UTC days since 1970-01-01."""
    return (instant.astimezone(UTC).date() - EPOCH).days


def start_of(day: int) -> datetime:
    """The instant at which a day begins."""
    return datetime(1970, 1, 1, tzinfo=UTC) + day * DAY


def in_order(since: date | None, until: date | None) -> None:
    """Raises `ValueError` for a span of days that ends before it begins; without an end it lasts for good."""
    if since and until and until < since:
        raise ValueError("until lies before from")


def within(day: int, since: date, until: date | None) -> bool:
    """Whether a day is one of those from a first to a last, both of them and without a last one for good."""
    return (since - EPOCH).days <= day and (until is None or day <= (until - EPOCH).days)


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
    MERGE: ClassVar = {**dict.fromkeys(COUNTS, np.add), "defect": np.maximum}
    __slots__ = ()

    @classmethod
    def _columns(cls, calls: Counting) -> Columns:
        """A call with `weight` 0 counts only as answered (`repeats.py`)."""
        out, weight, answered = calls.outbound, calls.weight, calls.answered
        counts = {
            "calls": weight * out,
            "answered": answered & out,
            "withheld": weight * (out & calls.presented("restricted")),
            "unavailable": weight * (out & calls.presented("unavailable")),
            "inbound": weight * ~out,
            "inbound_answered": answered & ~out,
        }
        return {
            "organisation": calls.organisation,
            "number": calls.values("number", null=NO_NUMBER),
            "feed": calls.feed,
            "day": calls.day,
            **{name: count.astype(np.uint32, copy=False) for name, count in counts.items()},
            "defect": calls.defect,
        }
