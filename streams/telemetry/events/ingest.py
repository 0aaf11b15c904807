"""Events on the way from a feed's topic to slices on `calls`: fetch and ingest."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar

from streams.telemetry.event import Drop, Event
from streams.telemetry.metric import counter, gauge

_FEED_LAG = gauge(
    "feed_lag_records", "Records of the feed's topic not yet read.", "records", ("feed", "partition")
)
_UNCLAIMED = counter(
    "unclaimed_calls",
    "Calls written to the topic calls that belong to no known organisation, so that no rule judges them.",
    "calls",
    ("feed", "direction"),
)
_FEED_POSITION = gauge(
    "feed_position_records",
    "The offset of the next record to be read; one that stands still while the lag grows is stuck.",
    "position",
    ("feed", "partition"),
)


@dataclass(frozen=True, slots=True)
class RecordsFetched(Event):
    """Raw records came from a feed's topic."""

    feed: str
    records: int
    bytes: int = 0
    metrics: ClassVar = (
        counter("fetched_records", "Raw records read from the feed's topic.", "records", ("feed",)),
        counter("fetched_bytes", "Bytes of raw records read from the feed's topic.", "bytes", ("feed",)),
    )


@dataclass(frozen=True, slots=True)
class FeedLagged(Event):
    """How far the reading of a feed's partition has come, and is behind its end."""

    feed: str
    partition: int
    records: int
    position: int
    metrics: ClassVar = (_FEED_LAG, _FEED_POSITION)


@dataclass(frozen=True, slots=True)
class FeedPartitionReleased(Event):
    """A feed's partition is another worker's now."""

    feed: str
    partition: int
    level: ClassVar = logging.INFO
    ends: ClassVar = (_FEED_LAG, _FEED_POSITION)


@dataclass(frozen=True, slots=True)
class RecordsMissing(Drop):
    """Records of a feed were removed from its topic before they were read: its retention is shorter than reading is behind."""

    feed: str
    partition: int
    records: int
    reason: ClassVar = "retention"
    level: ClassVar = logging.ERROR
    intended: ClassVar = False
    metrics: ClassVar = (
        counter(
            "missing_records",
            "Records that were gone from the feed's topic before they were read, by their offsets.",
            "records",
            ("feed", "reason", "intended"),
        ),
    )


@dataclass(frozen=True, slots=True)
class RecordsRejected(Drop):
    """Records could not be read; the originals are on the topic `cdr.rejected`."""

    feed: str
    reason: str
    records: int = 1
    level: ClassVar = logging.WARNING
    intended: ClassVar = False
    metrics: ClassVar = (
        counter(
            "rejected_records",
            "Records that could not be read and went to cdr.rejected.",
            "records",
            ("feed", "reason", "intended"),
        ),
    )


@dataclass(frozen=True, slots=True)
class RecordsFolded(Drop):
    """Records were no calls of their own, or of calls that are not for the network."""

    feed: str
    reason: str
    records: int
    intended: ClassVar = True
    metrics: ClassVar = (
        counter(
            "folded_records",
            "Records that are left out: part of a call that another record stands for, or of one that is not for the network.",
            "records",
            ("feed", "reason", "intended"),
        ),
    )


@dataclass(frozen=True, slots=True)
class UnknownKeysSeen(Event):
    """Records had keys that their dialect does not know; they were ignored."""

    feed: str
    keys: int
    metrics: ClassVar = (
        counter("unknown_keys", "Keys in records that the dialect does not know.", "keys", ("feed",)),
    )


@dataclass(frozen=True, slots=True)
class CallsSliced(Event):
    """Canonical calls of a feed that go one way were put into slices."""

    feed: str
    direction: str
    calls: int
    metrics: ClassVar = (
        counter("sliced_calls", "Calls written to the topic calls.", "calls", ("feed", "direction")),
    )


@dataclass(frozen=True, slots=True)
class CallsUnclaimed(Event):
    """Some of a batch's calls that go one way are nobody's: neither record nor rule says whose. A few are in every feed."""

    feed: str
    direction: str
    calls: int
    of: int
    metrics: ClassVar = (_UNCLAIMED,)


@dataclass(frozen=True, slots=True)
class MostCallsUnclaimed(Event):
    """The same, while half of the last calls that go this way are nobody's, or more: rules of attribution are missing."""

    feed: str
    direction: str
    calls: int
    of: int
    level: ClassVar = logging.WARNING
    metrics: ClassVar = (_UNCLAIMED,)


@dataclass(frozen=True, slots=True)
class MinutesSeen(Event):
    """Calls of a feed's partition began in minutes in which none had been seen."""

    feed: str
    partition: int
    minutes: int
    metrics: ClassVar = (
        counter(
            "seen_minutes",
            "Minutes, event time, in which a call of the feed's partition began.",
            "minutes",
            ("feed", "partition"),
        ),
    )


@dataclass(frozen=True, slots=True)
class SlicesProduced(Event):
    """Slices were written to the topic `calls` and acknowledged."""

    slices: int
    bytes: int
    metrics: ClassVar = (
        counter("produced_slices", "Slices written to the topic calls.", "slices"),
        counter("produced_slice_bytes", "Bytes of slices written to the topic calls.", "bytes"),
    )
