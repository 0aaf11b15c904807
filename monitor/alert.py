"""The alert: a verdict that somebody is told, as it stands on the wire (CloudEvents 1.0, JSON).

An alert is one lasting thing with states: opened, updated, resolved. Its `id` says which thing, its
`sequence` which state of it; so (id, sequence) is told once, however often it is sent. An alert is
an indication with its evidence, never a verdict of guilt.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Literal

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import ConfigDict, Field, ValidationError

from monitor import verdict
from monitor.config.closed import Closed
from monitor.day.usage import start_of
from monitor.verdict import Severity

TYPE = "nl.nummerwacht.alert.v1"
SOURCE = "urn:nummerwacht:monitor"
#: Decimals of a measure: more would pretend, and make equal verdicts differ by rounding.
_DIGITS = 4
#: The measure of an alert about numbers that several organisations use.
SHARING = "numbers_of_others"
Status = Literal["open", "update", "resolved"]
#: A number as it is told: E.164 with its plus, and what was shown of more digits than that has.
_SHOWN = re.compile(r"\+[0-9]{1,20}")


class Window(Closed):
    """The days that were looked at, as the instants at which they begin and end."""

    model_config = ConfigDict(populate_by_name=True)

    since: datetime = Field(alias="from")
    to: datetime


class Reason(Closed):
    """One measure against its threshold; see `verdict.py`."""

    family: str
    measure: str
    value: float
    interval: tuple[float, float] | None = None
    threshold: float
    exposure: dict[str, float]
    strong: bool
    clears_when: str

    @classmethod
    def of(cls, reason: verdict.Reason) -> Reason:
        return cls(
            family=reason.family,
            measure=reason.measure,
            value=round(reason.value, _DIGITS),
            interval=reason.interval and tuple(round(bound, _DIGITS) for bound in reason.interval),
            threshold=round(reason.threshold, _DIGITS),
            exposure={name: round(amount, _DIGITS) for name, amount in reason.exposure.items()},
            strong=reason.strong,
            clears_when=reason.clears_when,
        )

    def measured(self) -> verdict.Reason:
        """As a rule gave it, but for digits that are not told."""
        return verdict.Reason(**self.model_dump())


class Basis(Closed):
    """The policy by which it was judged."""

    profile: str
    version: str
    basis: str


class Number(Closed):
    """One number in the evidence."""

    number: str  # E.164 with its plus
    first_use: date
    first_use_known: bool
    last_use: date
    calls: int  # in all, up to the last call
    status: str
    last_call: date | None = None  # after the last use where a trickle followed it; None: not known

    @classmethod
    def of(cls, line: verdict.Line) -> Number:
        return cls(
            number=f"+{line.number}",
            first_use=start_of(line.first_use).date(),
            first_use_known=line.first_known,
            last_use=start_of(line.last_use).date(),
            calls=line.calls,
            status=line.status,
            last_call=None if line.last_call is None else start_of(line.last_call).date(),
        )


class Evidence(Closed):
    """What it rests on."""

    counts: dict[str, int]
    numbers: list[Number]
    feeds: list[str]
    coverage: float
    #: That came after their day had been judged, in the last week; of one that is resolved, since the week before it last held.
    late_calls: int = 0
    related: list[str] = Field(default_factory=list)  # organisations that it also rests on, see `verdict.py`

    @classmethod
    def of(cls, found: verdict.Evidence) -> Evidence:
        return cls(
            counts=dict(found.counts),
            numbers=[Number.of(line) for line in found.numbers],
            feeds=list(found.feeds),
            coverage=round(found.coverage, _DIGITS),
            late_calls=found.late,
            related=list(found.related),
        )

    @classmethod
    def over(cls, late: int = 0, related: Sequence[str] = ()) -> Evidence:
        """Of an alert that is resolved: nothing is counted any more, but for late calls that may have ended it.

        Its coverage is whole: a day on which nobody watched does not count towards the end.
        related: as last told, since its words name them.
        """
        return cls(counts={}, numbers=[], feeds=[], coverage=1.0, late_calls=late, related=list(related))


class Measured(Closed):
    """The value of a measure, as it was told before."""

    family: str
    measure: str
    value: float


class Before(Closed):
    """What of an alert was told before it was updated."""

    severity: Severity
    reasons: list[Measured]

    @classmethod
    def of(cls, severity: Severity, reasons: Sequence[Mapping]) -> Before:
        """reasons: as plain data, as they were told."""
        told = [{name: reason[name] for name in Measured.model_fields} for reason in reasons]
        return cls(severity=severity, reasons=told)


class Alert(Closed):
    """One state of an alert."""

    id: str
    sequence: int
    kind: str
    status: Status
    organisation: str
    #: As a letter would write it, where the reference had it when this was told.
    organisation_name: str | None = None
    number: str | None = None  # E.164 with its plus
    day: date | None = None  # for kinds about a day: the first of it
    severity: Severity
    opened_at: datetime
    as_of: datetime
    window: Window
    reasons: list[Reason]
    clears_when: str
    policy: Basis
    evidence: Evidence
    before: Before | None = None  # of an update: what it changes

    @property
    def about(self) -> Literal["", "linkage", "sharing"]:
        """What it is about, if not an organisation's own calls: of one kind an organisation may have several."""
        if any(reason.family == "linkage" for reason in self.reasons):
            return "linkage"
        return "sharing" if any(reason.measure == SHARING for reason in self.reasons) else ""


def clearing(reasons: Sequence[Reason]) -> list[Reason]:
    """The reasons whose end clears an alert.

    Why somebody who shares numbers is told of a carousel has an alert of its own; and that calls are spread over many numbers, or dealt over
    them in turn, keeps no alert open (`rules/number_carousel.py`).
    """
    shared = [reason for reason in reasons if reason.measure == SHARING]
    return (
        shared or [reason for reason in reasons if reason.family not in verdict.DESCRIBING] or list(reasons)
    )


def identity(kind: str, organisation: str, number: int | None, episode: int, about: str = "") -> str:
    """The id of an alert: the same for the same thing, wherever and however often it is found.

    episode: the day on which it opened; a number, a day and a relapse are told apart by it.
    about: what else it is about than the organisation's own calls.
    """
    key = json.dumps([TYPE, kind, organisation, number, episode, *([about] if about else [])])
    return blake2b(key.encode(), digest_size=16).hexdigest()


def data(alert: Alert) -> dict:
    """The alert as plain data, as the topic and the files have it."""
    return alert.model_dump(mode="json", by_alias=True)


def encode(alert: Alert, explanation: Mapping[str, str] | None = None, name: str | None = None) -> bytes:
    """The alert as the bytes of a CloudEvent of structured content.

    explanation: the alert in words, by language. name: of its organisation, where the alert does not have it yet.
    """
    known = data(alert) | {"organisation_name": alert.organisation_name or name}
    event = CloudEvent(
        {
            "id": alert.id,
            "type": TYPE,
            "source": SOURCE,
            "subject": alert.organisation,
            "time": alert.as_of,
            "datacontenttype": "application/json",
            "sequence": str(alert.sequence),
        },
        known | ({"explanation": dict(explanation)} if explanation else {}),
    )
    return JSONFormat().write(event)


class NoAlert(ValueError):
    """Bytes that are no state of an alert; the text says why."""


def decode(event: bytes) -> tuple[Alert, dict[str, str]]:
    """The alert and its words, by language, of the bytes of a CloudEvent as `encode` makes them.

    Keys that are not known are passed by: a receiver need not be of the sender's version. Raises `NoAlert`.
    """
    try:
        found = json.loads(event)
        json.dumps(found, ensure_ascii=False).encode()  # half a character can't be written again
    except (ValueError, RecursionError):
        raise NoAlert("no JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("data"), dict):
        raise NoAlert("no CloudEvent with data")
    if found.get("type") != TYPE:
        raise NoAlert(f"an event of the type {found.get('type')!r} and not {TYPE!r}")
    said = found["data"].pop("explanation", None) or {}
    try:
        alert = Alert.model_validate(found["data"], extra="ignore")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise NoAlert(f"an alert of another form, at data.{where}: {first['msg']}") from None
    if not isinstance(said, dict):
        raise NoAlert("an alert of another form, at data.explanation: no words by language")
    if wrong := _wrong(alert):
        raise NoAlert(f"an alert of another form: {wrong}")
    return alert, {language: str(text) for language, text in said.items()}


def _wrong(alert: Alert) -> str | None:
    """What no alert says that was told from here, and nobody could show."""
    lines = alert.evidence.numbers
    numbers = [line.number for line in lines] + ([] if alert.number is None else [alert.number])
    figures = [alert.evidence.coverage]
    for reason in alert.reasons:
        figures += [reason.value, reason.threshold, *(reason.interval or ()), *reason.exposure.values()]
    figures += [each.value for each in (alert.before.reasons if alert.before else ())]
    instants = (alert.opened_at, alert.as_of, alert.window.since, alert.window.to)
    if not all(_SHOWN.fullmatch(number) for number in numbers):
        return "a number that is no E.164 number with its plus"
    if any(line.last_use < line.first_use or line.calls < 0 for line in lines):
        return "a number whose last use is before its first, or with fewer calls than none"
    if not all(map(math.isfinite, figures)):
        return "a figure that is no number"
    if any(instant.tzinfo is None for instant in instants):
        return "a time without its offset"
    return None if alert.reasons else "no reasons"
