"""The list of all metrics, derived from the events that move them."""

from __future__ import annotations

from streams.telemetry.events import EVENTS
from streams.telemetry.metric import Row


def catalogue() -> list[Row]:
    """Every metric of the house with its type, labels, meaning and events, by name."""
    movers: dict = {}
    for event in EVENTS:
        for metric in event.metrics:
            movers.setdefault(metric, []).append(event.name())
    return sorted(
        Row(metric.name, metric.type.value, metric.labelled(organisations=True), metric.help, tuple(events))
        for metric, events in movers.items()
    )
