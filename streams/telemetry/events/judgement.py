"""Events of the judging: watermarks, coverage, days, verdicts, alerts."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from streams.telemetry.event import Event
from streams.telemetry.events.tenures import CALLS_LAG, STATE_BYTES, STATE_NUMBERS
from streams.telemetry.metric import counter, gauge, histogram

_A_DAY = 86_400

_OPEN = gauge("open_alerts", "Alerts that are open now.", labels=("partition",), each=("kind", "alerts"))
_SURVIVAL = gauge(
    "survival_organisations",
    "Organisations by the share of their numbers that survives the use term; unknown: too early to say.",
    labels=("partition",),
    each=("band", "organisations"),
)
_STATUS = gauge(
    "status_numbers",
    "Numbers by status: in_use, idle, retired, dormant.",
    labels=("partition",),
    each=("status", "numbers"),
)
_CLOSED = gauge(
    "closed_day_end_seconds",
    "The end of the last day that was closed and judged, event time, seconds since 1970.",
    "end",
    ("partition",),
)

_WATERMARK = gauge(
    "watermark_seconds",
    "All calls of the feed before this are there, event time, seconds since 1970; partition: of calls.",
    "at",
    ("feed", "partition"),
)
_WATERMARK_AGE = gauge(
    "watermark_age_seconds",
    "How far the watermark is behind the clock.",
    "at",
    ("feed", "partition"),
    age=True,
)
_LATEST = gauge(
    "latest_call_seconds",
    "The latest start seen of the feed's calls, seconds since 1970; the watermark waits for its slowest partition.",
    "at",
    ("feed", "partition"),
)
_COVERAGE = gauge(
    "coverage_ratio",
    "Share of the hours of the last seven whole days in which the feed was seen; one that rests at night is never seen in all.",
    "share",
    ("feed", "partition"),
)

_LOST = gauge(
    "lost_answers_days",
    "Days of about a month on which a feed, unlike on others or as always, had hardly an answered call to a number: its records lost that, or never say it.",
    "days",
    ("feed", "partition"),
)

#: What a worker tells of a partition of `calls`, and no longer does when the partition moves away.
_OF_PARTITION = (
    *(CALLS_LAG, _OPEN, _SURVIVAL, _STATUS, STATE_BYTES, STATE_NUMBERS, _CLOSED),
    *(_WATERMARK, _WATERMARK_AGE, _LATEST, _COVERAGE, _LOST),
)


@dataclass(frozen=True, slots=True)
class WatermarkMoved(Event):
    """All calls of a feed before `at` (event time, seconds since 1970) are taken to be there.

    Each partition of `calls` hears it by itself, and closes its days by what it has heard.
    """

    partition: int
    feed: str
    at: float
    metrics: ClassVar = (_WATERMARK, _WATERMARK_AGE)


@dataclass(frozen=True, slots=True)
class LatestCallSeen(Event):
    """The latest start of a feed's calls is `at` (event time, seconds since 1970)."""

    partition: int
    feed: str
    at: float
    metrics: ClassVar = (_LATEST,)


@dataclass(frozen=True, slots=True)
class CoverageMeasured(Event):
    """The share (0 to 1) of the hours of the last week in which a feed was seen."""

    partition: int
    feed: str
    share: float
    metrics: ClassVar = (_COVERAGE,)


@dataclass(frozen=True, slots=True)
class AnswersLost(Event):
    """On so many days of about a month a feed's records did not say who answered (`monitor/fleet/answers.py`)."""

    partition: int
    feed: str
    days: int
    metrics: ClassVar = (_LOST,)


@dataclass(frozen=True, slots=True)
class DayClosed(Event):
    """A day (whole UTC days since 1970-01-01) is complete and was judged."""

    partition: int
    day: int
    seconds: float
    organisations: int
    metrics: ClassVar = (
        _CLOSED,
        counter("closed_days", "Days closed and judged."),
        histogram("day_close_seconds", "Time to close and judge a day.", "seconds"),
        counter(
            "judged_organisations", "Judgements of an organisation at the close of a day.", "organisations"
        ),
    )

    @property
    def end(self) -> int:
        return (self.day + 1) * _A_DAY


@dataclass(frozen=True, slots=True)
class DayRestored(Event):
    """A partition was loaded, and this is the last day that was closed: none may be closed for long."""

    partition: int
    day: int
    metrics: ClassVar = (_CLOSED,)

    @property
    def end(self) -> int:
        return (self.day + 1) * _A_DAY


@dataclass(frozen=True, slots=True)
class VerdictsReached(Event):
    """Rules found something at the close of a day; what lasts is found again at the next."""

    kind: str
    verdicts: int
    metrics: ClassVar = (
        counter(
            "reached_verdicts",
            "Verdicts reached at the close of days; one that lasts counts at each.",
            "verdicts",
            ("kind",),
        ),
    )


@dataclass(frozen=True, slots=True)
class AlertTold(Event):
    """An alert state was written to the topic `alerts` (status: open, update, resolved)."""

    kind: str
    status: str
    organisation: str
    level: ClassVar = logging.INFO
    metrics: ClassVar = (
        counter("told_alerts", "Alert states told.", None, ("kind", "status", "organisation")),
    )


@dataclass(frozen=True, slots=True)
class AlertUnworded(Event):
    """An alert had no sentences and was told in figures; after an upgrade, alerts of the build before may be. Else it is a mistake here."""

    kind: str
    detail: str
    level: ClassVar = logging.WARNING
    metrics: ClassVar = (
        counter("unworded_alerts", "Alert states told in figures, for want of sentences.", None, ("kind",)),
    )


@dataclass(frozen=True, slots=True)
class AlertsCounted(Event):
    """How many alerts of each kind are open in a partition."""

    partition: int
    alerts: Mapping[str, int]
    metrics: ClassVar = (_OPEN,)


@dataclass(frozen=True, slots=True)
class OrganisationsCounted(Event):
    """How many organisations of a partition lie in each band of survival, see `survival.py`."""

    partition: int
    organisations: Mapping[str, int]
    metrics: ClassVar = (_SURVIVAL,)


@dataclass(frozen=True, slots=True)
class NumbersCounted(Event):
    """How many numbers of a partition have each status."""

    partition: int
    numbers: Mapping[str, int]
    metrics: ClassVar = (_STATUS,)


@dataclass(frozen=True, slots=True)
class CallsPartitionReleased(Event):
    """A partition of `calls`, with all that is known of it, is another worker's now."""

    partition: int
    level: ClassVar = logging.INFO
    ends: ClassVar = _OF_PARTITION
