"""What a keeper says of its work: what a flush did, and what stands where. Metrics and log lines, nothing kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from monitor.across.lives import Report
from monitor.alert import Alert
from monitor.book import Observed
from monitor.census import Census
from monitor.day.usage import Usage
from monitor.watermark import Watermark
from streams.telemetry import Telemetry
from streams.telemetry.events.judgement import (
    AlertsCounted,
    AnswersLost,
    CoverageMeasured,
    LatestCallSeen,
    NumbersCounted,
    OrganisationsCounted,
    WatermarkMoved,
)
from streams.telemetry.events.tenures import (
    CallsLate,
    CallsTooLate,
    FlushDone,
    RepeatsDropped,
    SliceRejected,
    SlicesApplied,
    StateMeasured,
)
from streams.telemetry.survival import STATUSES, survival_bands


@dataclass(slots=True)
class Counted:
    """What the slices of one flush came to."""

    observed: Observed
    alerts: list[Alert]
    slices: int
    unreadable: list[str]
    said: list[Report]  # of the days that were closed
    heard: list[Report]  # for the registry, if it is here


class Voice:
    """Of the keeper of one partition."""

    def __init__(self, partition: int, telemetry: Telemetry, feeds: frozenset[str]) -> None:
        """feeds: those in the settings. One that was taken out stands still for good, and that is no news."""
        self._partition = partition
        self._feeds = feeds
        self._say = telemetry.emit

    def flushed(self, counted: Counted, watermark: Watermark, seconds: float, keys: int, size: int) -> None:
        """Say what a flush did, and how far event time has come. keys, size: what was put."""
        observed = counted.observed
        usage = pl.concat([sheet.usage.frame for sheet in observed.sheets.values()] or [Usage.empty().frame])
        # Of all callers, also of those who may withhold their number.
        outbound, withheld = (int(usage[column].sum()) for column in ("calls", "withheld"))
        self._say(FlushDone(seconds, usage.height, keys, size))
        self._say(SlicesApplied(counted.slices, observed.calls, outbound, withheld))
        if observed.repeats:
            self._say(RepeatsDropped(observed.repeats))
        for feed, calls in observed.late.items():
            self._say(CallsLate(feed, calls))
        for feed, calls in observed.too_late.items():
            self._say(CallsTooLate(feed, calls))
        for reason in counted.unreadable:
            self._say(SliceRejected(self._partition, reason))
        for event, times in ((WatermarkMoved, watermark.by_feed()), (LatestCallSeen, watermark.latest())):
            for feed, at in times.items():
                if feed in self._feeds and at is not None:
                    self._say(event(self._partition, feed, at / 1e6))

    def standing(
        self,
        found: Census,
        open_alerts: Sequence[Mapping[str, int]],
        seen: Mapping[str, float],
        lost: Mapping[str, int],
        size: int,
    ) -> None:
        """Say what stands where. seen: coverage by feed. lost: days without answers by feed. size: bytes of the local store."""
        kinds = {kind: 0 for each in open_alerts for kind in each}
        self._say(NumbersCounted(self._partition, dict.fromkeys(STATUSES, 0) | found.statuses))
        self._say(OrganisationsCounted(self._partition, survival_bands(found.survival)))
        self._say(AlertsCounted(self._partition, kinds | sum(map(Counter, open_alerts), Counter())))
        self._say(StateMeasured(self._partition, size, sum(found.statuses.values())))
        for feed, share in seen.items():
            self._say(CoverageMeasured(self._partition, feed, share))
        for feed, days in lost.items():
            self._say(AnswersLost(self._partition, feed, days))
