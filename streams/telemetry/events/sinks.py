"""Events of the delivery of alerts to the outside."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar

from streams.telemetry.event import Drop, Event
from streams.telemetry.metric import counter, gauge, histogram

_SINK_LAG = gauge(
    "sink_lag_alerts",
    "Alert states on the topic that the sink has not read.",
    "alerts",
    ("sink", "partition"),
)


@dataclass(frozen=True, slots=True)
class SinkReady(Event):
    """A sink has begun, or waits since another worker has the one place that it has (waiting: 1), as a file."""

    sink: str
    waiting: int
    level: ClassVar = logging.INFO
    metrics: ClassVar = (
        gauge(
            "sink_waiting_info",
            "1 while a sink waits for another worker to leave its file, 0 when it delivers.",
            "waiting",
            ("sink",),
        ),
    )


@dataclass(frozen=True, slots=True)
class AlertDelivered(Event):
    """A sink has an alert state (outcome: delivered, or repeated when it had it already)."""

    sink: str
    outcome: str
    metrics: ClassVar = (
        counter("sink_deliveries", "Alert states by what became of them.", None, ("sink", "outcome")),
    )


@dataclass(frozen=True, slots=True)
class DeliveryRetried(Event):
    """A flush left alert states undelivered; it will be tried again."""

    sink: str
    reason: str
    level: ClassVar = logging.WARNING
    metrics: ClassVar = (counter("sink_retries", "Flushes tried again.", None, ("sink", "reason")),)


@dataclass(frozen=True, slots=True)
class DeadLettered(Drop):
    """An alert state cannot be delivered (refused, given up, or unreadable); it is on `alerts.dead`."""

    sink: str
    reason: str
    level: ClassVar = logging.ERROR
    intended: ClassVar = False
    metrics: ClassVar = (
        counter(
            "sink_dead_alerts",
            "Alert states that a sink could not deliver and that went to alerts.dead.",
            None,
            ("sink", "reason", "intended"),
        ),
    )


@dataclass(frozen=True, slots=True)
class SinkQueued(Event):
    """Alert states that a sink holds and has not yet flushed."""

    sink: str
    alerts: int
    metrics: ClassVar = (
        gauge("sink_queue_alerts", "Alert states held, not yet flushed.", "alerts", ("sink",)),
    )


@dataclass(frozen=True, slots=True)
class SinkFlushed(Event):
    """A sink flushed (outcome: done, or failed; then the checkpoint is committed only if all that failed was given up)."""

    sink: str
    seconds: float
    outcome: str
    metrics: ClassVar = (
        histogram("sink_flush_seconds", "Time of a sink's flush.", "seconds", ("sink", "outcome")),
    )


@dataclass(frozen=True, slots=True)
class SinkLagged(Event):
    """How far a sink is behind the end of a partition of `alerts`."""

    sink: str
    partition: int
    alerts: int
    metrics: ClassVar = (_SINK_LAG,)


@dataclass(frozen=True, slots=True)
class SinkPartitionReleased(Event):
    """A partition of `alerts` is another worker's now."""

    sink: str
    partition: int
    level: ClassVar = logging.INFO
    ends: ClassVar = (_SINK_LAG,)


@dataclass(frozen=True, slots=True)
class SinkWoke(Event):
    """A sink was away for about a session (paused, or its machine suspended), and asks what others told meanwhile."""

    sink: str
    away_seconds: float
    level: ClassVar = logging.WARNING
    metrics: ClassVar = (
        counter(
            "sink_wakes",
            "Times that a sink found that its worker had been paused for about a session.",
            None,
            ("sink",),
        ),
    )
