"""Numbers as people read them: alerts about single ones, in one table for an organisation and kind, and those that are named.

On the stream each number has an alert of its own, since bodies act on numbers: who blocks, withdraws or
publishes one needs its id, its state and its end. Thousands of times the same sentence is not read, however: so
the page says it once, and gives what differs between the numbers as rows. All are named.

What is known of a number's use is of a moment: an alert has it as it was when it was told, and a replay as it is at its
end. So each use says up to when it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from monitor.alert import Alert, Number, Reason
from monitor.number import pretty
from monitor.verdict import GRAVITY

#: Alerts of one kind that are still written out one by one.
_WRITTEN = 3
#: Signs of an alert's id that a row has, by which it is found: eight of a hash are of one alert among thousands.
MARK = 8


@dataclass(frozen=True, slots=True)
class Use:
    """What is known of a number's use up to an instant; what is None is not known any more."""

    number: str  # E.164 with its plus
    first: date | None
    first_known: bool | None  # False: it may have been in use before it was seen
    last: date | None
    called: date | None  # for the last time, which may be after the last use
    calls: int | None  # up to that
    status: str | None
    until: datetime

    @classmethod
    def of(cls, line: Number, until: datetime) -> Use:
        return cls(
            number=line.number,
            first=line.first_use,
            first_known=line.first_use_known,
            last=line.last_use,
            called=line.last_call,
            calls=line.calls,
            status=line.status,
            until=until.astimezone(UTC),
        )

    @property
    def written(self) -> str:
        return pretty(self.digits)

    @property
    def digits(self) -> int:
        return int(self.number.lstrip("+"))


#: By organisation and number (E.164 with its plus).
Uses = Mapping[str, Mapping[str, Use]]


@dataclass(frozen=True, slots=True)
class Row:
    """One number of which there is an alert."""

    number: str
    use: Use | None  # None: nothing is known of it
    first_known: bool | None  # as the alert has it, which rests on it
    reason: Reason  # why, with its value
    told: date
    over: bool  # resolved
    id: str

    @property
    def mark(self) -> str:
        return self.id[:MARK]

    @property
    def before(self) -> int | None:
        """Days for which its feeds had been looked at before its first call, where these were few."""
        days = self.reason.exposure.get("days_seen_before")
        return None if days is None else int(days)

    @property
    def unseen(self) -> int:
        """Days beside its use on which it could not have been seen."""
        return int(self.reason.exposure.get("days_unseen", 0))


@dataclass(frozen=True, slots=True)
class Named:
    """Numbers with their use."""

    uses: Sequence[Use]

    @property
    def until(self) -> datetime | None:
        """Up to when all are known, where that is one moment."""
        moments = {use.until for use in self.uses}
        return moments.pop() if len(moments) == 1 else None

    @property
    def uncertain(self) -> bool:
        """Whether the beginning of one of them was not seen."""
        return any(use.first_known is False for use in self.uses)


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of one kind."""

    kind: str
    severity: str
    words: Mapping[str, str]
    rows: list[Row]

    @property
    def until(self) -> datetime | None:
        """Up to when the use of all is known, where that is one moment."""
        return Named([row.use for row in self.rows if row.use]).until

    @property
    def uncertain(self) -> bool:
        """Whether the beginning of one of them was not seen."""
        return any(row.first_known is False for row in self.rows)

    @property
    def watched(self) -> bool:
        """Whether it is said of one of them for how long it had been looked at before."""
        return any(row.before is not None for row in self.rows)

    @property
    def gaps(self) -> bool:
        """Whether one of them could not have been seen on some days."""
        return any(row.unseen for row in self.rows)


def newest(alerts: Iterable[Alert]) -> dict[str, dict[str, tuple[Number, datetime]]]:
    """What alerts say of the numbers that they name, by organisation: of each what was told last, and when, whichever alert it
    was of.
    """
    found: dict[str, dict[str, tuple[Number, datetime]]] = {}
    for alert in sorted(alerts, key=lambda alert: (alert.as_of, alert.id, alert.sequence)):
        theirs = found.setdefault(alert.organisation, {})
        theirs.update((line.number, (line, alert.as_of)) for line in alert.evidence.numbers)
    return found


def tables(
    alerts: Iterable[Alert],
    noted: Mapping[str, Alert],
    uses: Mapping[str, Use],
    together: Callable[[Sequence[Alert]], Mapping[str, str]],
) -> tuple[list[Alert], list[Table]]:
    """Those that are few enough to be written out, and the others as tables.

    alerts: the last states of alerts about single numbers of an organisation. noted: by id, their last states that had
        evidence: one that is resolved has none. uses: of its numbers. together: says in words, by language, what several have in
        common.
    """
    by_kind: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_kind.setdefault(alert.kind, []).append(alert)
    written: list[Alert] = []
    found: list[Table] = []
    for kind, theirs in by_kind.items():
        if len(theirs) <= _WRITTEN:
            written += theirs
            continue
        opened = [alert for alert in theirs if alert.status != "resolved"]
        rows = sorted((_row(alert, noted, uses) for alert in theirs), key=lambda row: (row.told, row.number))
        found.append(
            Table(
                kind,
                min((alert.severity for alert in opened or theirs), key=GRAVITY.index),
                together(theirs),
                rows,
            )
        )
    return written, found


def _row(alert: Alert, noted: Mapping[str, Alert], uses: Mapping[str, Use]) -> Row:
    use = uses.get(alert.number)
    return Row(
        pretty(int(alert.number.lstrip("+"))),
        use,
        began_in_sight(alert, noted) if alert.id in noted else use and use.first_known,
        alert.reasons[0],
        alert.opened_at.date(),
        alert.status == "resolved",
        alert.id,
    )


def began_in_sight(alert: Alert, noted: Mapping[str, Alert]) -> bool | None:
    """Whether the beginning of the number that an alert is about was seen, as the alert has it; None where it does not say.

    Another one about the same number may know it sooner, by the pace at which it called (`fleet/births.py`).
    """
    lines = noted[alert.id].evidence.numbers if alert.id in noted else []
    return next((line.first_use_known for line in lines if line.number == alert.number), None)
