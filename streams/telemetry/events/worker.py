"""Events of a worker as a whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar

from streams.telemetry.event import Event
from streams.telemetry.metric import counter, gauge


@dataclass(frozen=True, slots=True)
class WorkerStarted(Event):
    """A worker is up: which build, judging by which policy."""

    version: str
    profile: str
    policy: str
    level: ClassVar = logging.INFO
    metrics: ClassVar = (
        gauge("build_info", "The build and its policy; always 1.", None, ("version", "profile", "policy")),
    )


@dataclass(frozen=True, slots=True)
class KeyUsed(Event):
    """Called numbers become pseudonyms under this key: its name, and by what it differs from others, which is no secret."""

    key_id: str
    fingerprint: str
    level: ClassVar = logging.INFO
    metrics: ClassVar = (
        gauge(
            "pseudonym_key_info",
            "The key of the pseudonyms, by its name and fingerprint; always 1.",
            None,
            ("key_id", "fingerprint"),
        ),
    )


@dataclass(frozen=True, slots=True)
class WatchdogRestarted(Event):
    """Nothing moved though there was work, so the worker was started again."""

    reason: str
    level: ClassVar = logging.ERROR
    metrics: ClassVar = (counter("watchdog_restarts", "Restarts by the watchdog.", None, ("reason",)),)
