"""What a metric is: a name by one scheme, labels from a closed list, a value read from an event.

Names are `nummerwacht_<name>_<unit>[_total]`. A metric belongs to the events that move it, and an
event says all that it moves (`events/`); nothing else in the house touches a metric.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

NAMESPACE = "nummerwacht"

#: Everything that is ever counted or measured here. A new unit is a decision, so it is made here.
UNITS = frozenset(
    {"records", "bytes", "keys", "calls", "slices", "rows", "days", "organisations", "verdicts", "alerts"}
    | {"numbers", "entries", "deliveries", "retries", "restarts", "wakes"}
    | {"seconds", "minutes", "ratio", "info"}
)

#: Everything by which it may be told apart. A phone number is never among them: it is personal data
#: and has no bound. An organisation is only when the operator says so (`telemetry.organisation_labels`).
LABELS = frozenset(
    {"feed", "partition", "direction", "reason", "intended", "kind", "status", "band", "sink", "outcome"}
    | {"version", "profile", "policy", "key_id", "fingerprint", "organisation"}
)

#: Labels that exist only behind the setting.
PRIVATE = frozenset({"organisation"})

#: From a flush of a few keys (5 ms) to one that stalls a partition (two minutes).
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Type(Enum):
    """Prometheus's types: what only grows, what there is now, how seconds are spread."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Metric:
    """One metric family.

    - `stem`: the name between namespace and `_total`; its last word is the unit
    - `value`: the field (or property) of the event that holds the number; None counts the event as 1
    - `labels`: fields of the event by which it is told apart
    - `each`: a field that maps every value of one more label to its number; those not in it become 0,
      so that what has gone to nothing says so
    - `age`: the value is an instant (seconds since 1970) and the metric is how long ago that is,
      reckoned when it is scraped, so that it grows while nothing happens
    """

    type: Type
    stem: str
    help: str
    value: str | None = None
    labels: tuple[str, ...] = ()
    each: tuple[str, str] | None = None
    age: bool = False

    @property
    def name(self) -> str:
        """The name as it is scraped."""
        return f"{NAMESPACE}_{self.stem}" + ("_total" if self.type is Type.COUNTER else "")

    @property
    def unit(self) -> str:
        return self.stem.rsplit("_", 1)[-1]

    def told_by(self, organisations: bool) -> tuple[str, ...]:
        """The fields of the event that are labels."""
        return tuple(label for label in self.labels if organisations or label not in PRIVATE)

    def labelled(self, organisations: bool) -> tuple[str, ...]:
        """All label names, in the order in which it is registered."""
        return self.told_by(organisations) + ((self.each[0],) if self.each else ())


class Row(NamedTuple):
    """A line of the catalogue."""

    name: str
    type: str
    labels: tuple[str, ...]
    help: str
    events: tuple[str, ...]


def counter(stem: str, help: str, value: str | None = None, labels: tuple[str, ...] = ()) -> Metric:
    """What only grows: it adds `value` up, or counts events. Scraped with `_total`."""
    return Metric(Type.COUNTER, stem, help, value, labels)


def gauge(
    stem: str,
    help: str,
    value: str | None = None,
    labels: tuple[str, ...] = (),
    each: tuple[str, str] | None = None,
    age: bool = False,
) -> Metric:
    """How much there is now: the `value` of the last event with these labels."""
    return Metric(Type.GAUGE, stem, help, value, labels, each, age)


def histogram(stem: str, help: str, value: str, labels: tuple[str, ...] = ()) -> Metric:
    """How `value`, seconds, is spread: over the steps of `SECONDS`."""
    return Metric(Type.HISTOGRAM, stem, help, value, labels)
