"""What an internal event is: a fact in the past tense, one log line, and the metrics it moves."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import ClassVar

from streams.telemetry.metric import PRIVATE, Metric


class Event:
    """Something that happened in a worker. Its fields are the log line's keys.

    No field ever holds a phone number, and what is free text (`detail`) is masked again when it is
    written (`logs.py`).
    """

    __slots__ = ()
    level: ClassVar[int] = logging.DEBUG
    #: What it moves.
    metrics: ClassVar[tuple[Metric, ...]] = ()
    #: What it ends: the series with this event's labels are no longer this worker's to tell. An event that has only
    #: some of a metric's labels (the partition) ends all series with these.
    ends: ClassVar[tuple[Metric, ...]] = ()

    @classmethod
    def name(cls) -> str:
        """The event's name in the log: `RecordsFetched` is `records_fetched`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def said(self, organisations: bool) -> Iterator[tuple[str, object]]:
        """The log line's keys and values; a mapping is one key an entry."""
        for field in fields(self):  # type: ignore[arg-type]
            if field.name in PRIVATE and not organisations:
                continue
            value = getattr(self, field.name)
            if isinstance(value, Mapping):
                yield from ((f"{field.name}.{key}", entry) for key, entry in value.items())
            else:
                yield field.name, value


class Drop(Event):
    """Something went no further. Says why (`reason`, a field or fixed), and whether that was meant.

    Intended: the house works as designed (a repeat is counted once). Not intended: somebody should
    look (a record nobody can read).
    """

    __slots__ = ()
    intended: ClassVar[bool]
