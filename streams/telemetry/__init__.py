"""Telemetry: what a worker says of itself.

One named internal event is one structured log line and the metrics that it moves, declared in one
place (`events/`). The rest of the house says `telemetry.emit(RecordsFetched("north", records=500))`
and knows of no metric. A `Telemetry` owns its registry, so several live in one process, and in tests.
"""

from streams.telemetry.catalogue import catalogue
from streams.telemetry.emit import Telemetry
from streams.telemetry.event import Drop, Event
from streams.telemetry.logs import handler
from streams.telemetry.survival import BANDS, STATUSES, survival_bands

__all__ = ["BANDS", "STATUSES", "Drop", "Event", "Telemetry", "catalogue", "handler", "survival_bands"]
