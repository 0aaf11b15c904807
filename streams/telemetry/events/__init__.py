"""Every internal event of a worker, along the data's way.

Counters count what was done, so work done again after a crash is counted again: they are for
watching. What must be exact is in the tables and the alerts.
"""

from streams.telemetry.event import Event
from streams.telemetry.events import ingest, judgement, reference, sinks, tenures, worker

#: The rooms of the events, in the order of the data's way.
_ROOMS = (reference, ingest, tenures, judgement, sinks, worker)

#: All of them, in the order of their rooms: of each all that is defined there, so that none can be left out.
EVENTS: tuple[type[Event], ...] = tuple(
    each
    for room in _ROOMS
    for each in vars(room).values()
    if isinstance(each, type) and issubclass(each, Event) and each.__module__ == room.__name__
)

__all__ = ["EVENTS"]
