"""Events of the topic `reference`: what is known of organisations, while it changes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar

from streams.telemetry.event import Drop, Event
from streams.telemetry.metric import counter, gauge


@dataclass(frozen=True, slots=True)
class ReferenceRead(Event):
    """Entries of the topic came, or were taken away; so many are in use now, and so many can't be used."""

    changed: int
    entries: int
    unusable: int
    level: ClassVar = logging.INFO
    metrics: ClassVar = (
        counter("reference_changed_entries", "Entries of the topic reference that were read.", "changed"),
        gauge("reference_entries", "Entries of the topic reference that are in use.", "entries"),
        gauge(
            "reference_unusable_entries", "Entries of the topic reference that can't be used now.", "unusable"
        ),
    )


@dataclass(frozen=True, slots=True)
class EntryRejected(Drop):
    """An entry of the topic can't be used and is left out, with whatever was under its key before."""

    key: str
    reason: str
    detail: str
    level: ClassVar = logging.WARNING
    intended: ClassVar = False
    metrics: ClassVar = (
        counter(
            "reference_rejected_entries",
            "Entries of the topic reference that can't be used.",
            None,
            ("reason", "intended"),
        ),
    )
