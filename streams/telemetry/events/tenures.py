"""Events of the counting: slices, repeats, flushes, state and its recovery."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar

from streams.telemetry.event import Drop, Event
from streams.telemetry.metric import counter, gauge, histogram

CALLS_LAG = gauge("calls_lag_slices", "Slices on the topic calls not yet read.", "slices", ("partition",))
STATE_BYTES = gauge("state_bytes", "Bytes that the local store takes.", "bytes", ("partition",))
STATE_NUMBERS = gauge("state_numbers", "Pairs of organisation and number kept.", "numbers", ("partition",))
RECOVERED = gauge("recovery_ratio", "Share of the changelog read back; 1 is ready.", "share", ("partition",))
RECOVERING = gauge(
    "recovery_left_keys", "Changelog entries yet to be read back, by their offsets.", "left", ("partition",)
)


@dataclass(frozen=True, slots=True)
class SlicesApplied(Event):
    """Slices were counted: their calls, without repeats."""

    slices: int
    calls: int
    outbound: int
    withheld: int
    metrics: ClassVar = (
        counter("applied_slices", "Slices counted.", "slices"),
        counter("applied_calls", "Calls counted, without repeats.", "calls"),
        counter("outbound_calls", "Outbound calls counted, without repeats.", "outbound"),
        counter(
            "withheld_calls", "Outbound calls counted whose number was withheld, also by who may.", "withheld"
        ),
    )


@dataclass(frozen=True, slots=True)
class RepeatsDropped(Drop):
    """Calls had been counted before: sent twice, or read again after a crash."""

    calls: int
    reason: ClassVar = "repeat"
    intended: ClassVar = True
    metrics: ClassVar = (
        counter("repeated_calls", "Calls that had been counted before.", "calls", ("reason", "intended")),
    )


@dataclass(frozen=True, slots=True)
class CallsLate(Event):
    """Calls came for a day that was already closed; they are counted, and verdicts may change."""

    feed: str
    calls: int
    metrics: ClassVar = (
        counter("late_calls", "Calls counted after their day was closed.", "calls", ("feed",)),
    )


@dataclass(frozen=True, slots=True)
class CallsTooLate(Drop):
    """Calls came beyond the horizon within which a repeat is known, so they cannot be counted safely."""

    feed: str
    calls: int
    reason: ClassVar = "beyond_horizon"
    level: ClassVar = logging.WARNING
    intended: ClassVar = False
    metrics: ClassVar = (
        counter(
            "too_late_calls",
            "Calls not counted since they came beyond the horizon.",
            "calls",
            ("feed", "reason", "intended"),
        ),
    )


@dataclass(frozen=True, slots=True)
class SliceRejected(Drop):
    """A message on the topic `calls` is no slice that this version can read."""

    partition: int
    reason: str
    level: ClassVar = logging.ERROR
    intended: ClassVar = False
    metrics: ClassVar = (
        counter("rejected_slices", "Messages on calls that are no slices.", None, ("reason", "intended")),
    )


@dataclass(frozen=True, slots=True)
class SlicesMissing(Drop):
    """Offsets of a partition of `calls` are gone: retention was shorter than all workers were away."""

    partition: int
    slices: int
    reason: ClassVar = "retention"
    level: ClassVar = logging.ERROR
    intended: ClassVar = False
    metrics: ClassVar = (
        counter(
            "missing_slices",
            "Slices that were gone before they were read.",
            "slices",
            ("reason", "intended"),
        ),
    )


@dataclass(frozen=True, slots=True)
class FlushDone(Event):
    """What was counted is in the changelog and in the store."""

    seconds: float
    rows: int
    keys: int
    bytes: int
    metrics: ClassVar = (
        histogram("flush_seconds", "Time of a flush: merge, changelog, store.", "seconds"),
        counter("flushed_rows", "Rows of usage merged by flushes.", "rows"),
        counter("flushed_keys", "Keys written by flushes.", "keys"),
        counter("flushed_bytes", "Bytes written by flushes.", "bytes"),
    )


@dataclass(frozen=True, slots=True)
class CallsLagged(Event):
    """How far the counting of a partition of `calls` is behind its end."""

    partition: int
    slices: int
    metrics: ClassVar = (CALLS_LAG,)


@dataclass(frozen=True, slots=True)
class StateMeasured(Event):
    """How large the state of a partition is."""

    partition: int
    bytes: int
    numbers: int
    metrics: ClassVar = (STATE_BYTES, STATE_NUMBERS)


@dataclass(frozen=True, slots=True)
class RecoveryProgressed(Event):
    """A partition's state is being read back: `done` of `total` changelog entries."""

    partition: int
    done: int
    total: int
    metrics: ClassVar = (RECOVERED, RECOVERING)

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 1.0

    @property
    def left(self) -> int:
        return max(0, self.total - self.done)


@dataclass(frozen=True, slots=True)
class RecoveryPartitionReleased(Event):
    """A partition whose state was read back here, or was being read back, is another worker's now."""

    partition: int
    ends: ClassVar = (RECOVERED, RECOVERING)
