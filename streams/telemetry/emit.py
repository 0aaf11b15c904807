"""The one that events are told to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

from streams.telemetry.event import Event
from streams.telemetry.events import EVENTS
from streams.telemetry.metric import SECONDS, Metric, Type

# When a series began is worth a third of all lines to nobody here; the library's switch is for the process.
disable_created_metrics()

#: Seconds in which the same warning is written once: a poison record in every batch must not fill
#: the disk. The next line says how many were held back; the counters miss none.
QUIET = 10.0


class Telemetry:
    """Moves the metrics of an event and writes its log line.

    - `registry`: its own unless given; the process's memory, CPU and start time are in it as well
    - `organisations`: whether organisations are named in labels and log lines
    - `now`: wall clock for ages (seconds since 1970); `ticks`: monotonic, for the quiet time

    Safe to call from threads. Costs some microseconds, so it is told of batches, not of records.
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        organisations: bool = False,
        logger: logging.Logger | None = None,
        quiet: float = QUIET,
        now: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self.organisations = organisations
        self._logger = logger if logger is not None else logging.getLogger("nummerwacht")
        self._quiet, self._now, self._ticks = quiet, now, ticks
        self._families = {metric: self._register(metric) for metric in _metrics(EVENTS)}
        self._each_seen: dict[tuple[Metric, tuple[str, ...]], set[str]] = {}
        self._held: dict[tuple, tuple[float, int]] = {}
        self._lock = threading.Lock()
        ProcessCollector(registry=self.registry)

    def emit(self, event: Event) -> None:
        """Say that it happened."""
        for metric in event.metrics:
            self._move(metric, event)
        for metric in event.ends:
            self._end(metric, event)
        if self._logger.isEnabledFor(event.level):
            self._log(event)

    def _register(self, metric: Metric) -> MetricWrapperBase:
        labels = metric.labelled(self.organisations)
        if metric.type is Type.HISTOGRAM:
            return Histogram(metric.name, metric.help, labels, registry=self.registry, buckets=SECONDS)
        family = Counter if metric.type is Type.COUNTER else Gauge
        return family(metric.name, metric.help, labels, registry=self.registry)

    def _labels(self, metric: Metric, event: Event) -> tuple[str, ...]:
        return tuple(_text(getattr(event, label)) for label in metric.told_by(self.organisations))

    def _move(self, metric: Metric, event: Event) -> None:
        family, labels = self._families[metric], self._labels(metric, event)
        if metric.each is not None:
            self._move_each(metric, labels, getattr(event, metric.each[1]))
            return
        series = family.labels(*labels) if labels else family
        value = 1 if metric.value is None else getattr(event, metric.value)
        if metric.age:
            series.set_function(lambda: self._now() - value)
        elif metric.type is Type.COUNTER:
            series.inc(value)
        elif metric.type is Type.GAUGE:
            series.set(value)
        else:
            series.observe(value)

    def _move_each(self, metric: Metric, labels: tuple[str, ...], counts: Mapping[str, int]) -> None:
        with self._lock:
            seen = self._each_seen.setdefault((metric, labels), set())
            seen.update(counts)
            for value in seen:
                self._families[metric].labels(*labels, value).set(counts.get(value, 0))

    def _end(self, metric: Metric, event: Event) -> None:
        if metric.each is None:
            labels = [label for label in metric.told_by(self.organisations) if hasattr(event, label)]
            self._families[metric].remove_by_labels({label: _text(getattr(event, label)) for label in labels})
            return
        labels = self._labels(metric, event)
        with self._lock:
            for value in self._each_seen.pop((metric, labels), ()):
                self._families[metric].remove(*labels, value)

    def _log(self, event: Event) -> None:
        said = dict(event.said(self.organisations))
        if event.level >= logging.WARNING:
            held = self._held_back(event, said)
            if held is None:
                return
            said |= {"held_back": held} if held else {}
        self._logger.log(event.level, event.name(), extra={"said": said})

    def _held_back(self, event: Event, said: Mapping[str, object]) -> int | None:
        """How many lines like this one were held back before it; None: hold this one back too.

        Alike are events of one type whose texts (feed, reason, ...) are the same.
        """
        alike = (type(event), *(value for value in said.values() if isinstance(value, str)))
        tick = self._ticks()
        with self._lock:
            told, held = self._held.get(alike, (None, 0))
            quiet = told is not None and tick - told < self._quiet
            self._held[alike] = (told, held + 1) if quiet else (tick, 0)
        return None if quiet else held


def _metrics(events: Iterable[type[Event]]) -> list[Metric]:
    return list(dict.fromkeys(metric for event in events for metric in event.metrics))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
