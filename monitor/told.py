"""Told: which alerts are open and what was said of them, so that nothing is told twice.

A verdict that comes must hold for some days before it is told, and an alert is resolved when its
verdict has been away for some: so nothing flaps. In between it is told again only when it says more, a
measure moves, or it has said less for long enough, and not more often than the policy says.

What was told of an organisation is a small note of its own (`changes`, `restore`), so that whoever
takes the organisation over goes on where the other stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import zstandard

from monitor.alert import Alert, Basis, Before, Evidence, Reason, Status, Window, clearing, identity
from monitor.day.usage import start_of
from monitor.newer import NewerVersion
from monitor.policy import Policy, Rules, Telling
from monitor.verdict import GRAVITY, LATE, Verdict
from monitor.verdict import Reason as Measured

#: Kinds that are about what happened on a day; the others are about what lasts.
_OF_A_DAY = frozenset({"anonymous_calls"})
#: The form of a note, kept with it: a later one may hold more.
_VERSION = 2
#: Measures that had another name when a note was written: else each open alert would be told again for its name.
_RENAMED = {"days_in_use_by_a_shell": "days_in_use_until_succession"}

#: The basis of an alert whose rule the policy has no more: when it ends, it rests on nothing.
_NO_RULE = "none"

Key = tuple[str, int | None]  # kind, number
#: Whether an open alert of (organisation, kind, number) goes on although its verdict does not hold.
Lasts = Callable[[str, str, int | None], bool]
#: Whether an organisation's feeds were seen: a day on which they were not is none on which its behaviour has ended.
Watched = Callable[[str], bool]
#: Outbound calls of an organisation that came in the last so many days, after their day had been judged.
Late = Callable[[str, int], int]


@dataclass(slots=True)
class Entry:
    """What is known of one alert, opened or about to be; days are whole UTC days since 1970."""

    # Days in a row on which the verdict held, until it was told; then days on which it said less, since it last said as much. Days that say
    # nothing of it are passed over: who takes turns has one in each, and its alert would stand with old reasons for good.
    held: int = 0
    away: int = 0  # days in a row on which it did not, since
    opened: int | None = None  # the day at whose close it was opened
    opened_at: str | None = None
    told: int | None = None  # the day at whose close it was last told
    sequence: int = 0
    severity: str = "low"
    reasons: list[dict] | None = None  # as last told
    window: tuple[int, int] | None = None
    related: list[str] | None = None  # as last told; since version 2


@dataclass(frozen=True, slots=True)
class Step:
    """When a step is taken: a day's end, or an instant within it."""

    day: int
    whole: bool
    at: datetime


class Told:
    """What was told, by organisation. Deterministic: the same verdicts day by day tell the same."""

    def __init__(self, policy: Policy, about: str = "") -> None:
        """about: what is told of, if not of an organisation's own calls: its alerts have ids of their own."""
        self._policy = policy
        self._about = about
        self._rules = policy.kinds()
        self._entries: dict[str, dict[Key, Entry]] = {}
        self._changed: set[str] = set()
        self._stepped: dict[str, int] = {}  # the last day whose step changed something, by organisation

    def step(
        self,
        day: int,
        verdicts: Iterable[Verdict],
        at: datetime | None = None,
        lasts: Lasts = lambda *_: False,
        watched: Watched = lambda _: True,
        late: Late = lambda *_: 0,
    ) -> list[Alert]:
        """What is to be told at a day's close, or at an instant `at` within it.

        verdicts: all that hold; what is not among them is away, but for open alerts that `lasts` says go on,
            and on days on which nobody watched.
        late: told with an alert that is resolved, since late calls may be why.

        A step that was taken already changes nothing: a note may be kept while the flush that it
        belongs to was lost with its worker, and the same days are then closed again.
        """
        before, self._changed = self._changed, set()
        step = Step(day, at is None, at or start_of(day + 1))
        alerts: list[Alert] = []
        standing: dict[str, set[Key]] = {}
        for verdict in verdicts:
            if self._stepped.get(verdict.organisation, day - 1) >= day:
                continue
            key = (verdict.kind, verdict.number)
            # What is said of all numbers of an organisation is not said again of each.
            opens = verdict.opens and not (
                verdict.number and self._is_open(verdict.organisation, (verdict.kind, None))
            )
            if not opens and not self._is_open(verdict.organisation, key):
                continue
            standing.setdefault(verdict.organisation, set()).add(key)
            entry = self._entries.setdefault(verdict.organisation, {}).setdefault(key, Entry())
            status = self._held(entry, verdict, step)
            if status is not None:
                alerts.append(self._tell(entry, verdict, status, step))
        for organisation in list(self._entries):
            if self._stepped.get(organisation, day - 1) < day:
                away = standing.get(organisation, set())
                counts = step.whole and watched(organisation)
                alerts += self._away(organisation, away, step, lasts, counts, late)
        self._stepped |= dict.fromkeys(self._changed, day)
        self._changed |= before
        return sorted(
            alerts, key=lambda alert: (alert.organisation, alert.kind, alert.number or "", alert.id)
        )

    def open_alerts(self) -> dict[str, int]:
        """How many alerts of each kind are open."""
        counts = dict.fromkeys(self._rules, 0)
        for entries in self._entries.values():
            for (kind, _), entry in entries.items():
                counts[kind] = counts.get(kind, 0) + (entry.opened is not None)
        return counts

    def open_of(self, kind: str, day: int, verdicts: Iterable[Verdict] = ()) -> dict[str, list[Measured]]:
        """Of which organisations an alert of a kind, about none of their numbers, is open at a day's close, and why.

        As it is by the verdicts of that day, and after that as it was last told: in a feed's outage nothing is measured.
        """
        now = {
            each.organisation: each.reasons for each in verdicts if each.kind == kind and each.number is None
        }
        found = {}
        for organisation, entries in self._entries.items():
            entry = entries.get((kind, None))
            # What is known may be a flush ahead of the day: see `step`.
            if entry is not None and entry.opened is not None and entry.opened <= day:
                told = [Reason.model_validate(reason).measured() for reason in entry.reasons]
                found[organisation] = [*now.get(organisation, ()), *told]
        return found

    # -- what is kept

    def changes(self) -> dict[str, bytes]:
        """The note of each organisation of which something changed since this was last asked."""
        changed = {organisation: self.state(organisation) for organisation in sorted(self._changed)}
        self._changed.clear()
        return changed

    def state(self, organisation: str) -> bytes:
        """The note of an organisation."""
        entries = self._entries.get(organisation, {})
        rows = [
            [*key, *_row(entry)]
            for key, entry in sorted(entries.items(), key=lambda e: (e[0][0], e[0][1] or 0))
        ]
        return zstandard.compress(
            json.dumps([_VERSION, self._stepped.get(organisation), rows], separators=(",", ":")).encode()
        )

    def restore(self, organisation: str, data: bytes) -> None:
        """Go on from a note. Raises `NewerVersion`: a later one may hold more than this would write again."""
        version, stepped, rows = json.loads(zstandard.decompress(data))
        if version > _VERSION:
            raise NewerVersion("a note of what was told", version, _VERSION)
        if stepped is not None:
            self._stepped[organisation] = stepped
        # One whose rule was taken out of the policy meanwhile is kept until it is resolved: somebody was told of it.
        known = Rules.model_fields
        entries = {(kind, number): Entry(*row) for kind, number, *row in rows if kind in known}
        for entry in entries.values():
            for reason in entry.reasons or ():
                reason["measure"] = _RENAMED.get(reason["measure"], reason["measure"])
        if entries:
            self._entries[organisation] = entries
        else:
            self._entries.pop(organisation, None)

    # -- decisions

    def _is_open(self, organisation: str, key: Key) -> bool:
        entry = self._entries.get(organisation, {}).get(key)
        return entry is not None and entry.opened is not None

    def _held(self, entry: Entry, verdict: Verdict, step: Step) -> Status | None:
        """Whether a verdict that holds is to be told, and as what."""
        telling = self._rules[verdict.kind].telling
        if entry.away:
            entry.away = 0
            self._changed.add(verdict.organisation)
        if entry.opened is None:
            self._changed.add(verdict.organisation)
            entry.held += 1
            enough = telling.hold_days_high if verdict.severity == "high" else telling.hold_days
            return "open" if entry.held >= min(enough, telling.hold_days) else None
        if not verdict.current or not (verdict.opens or verdict.by_others):
            return None
        news = _news(entry, verdict, telling)
        if news and not verdict.opens:
            # It goes on by less than what it opened by: that is told when it has for long, or it would stand with old reasons.
            news = "less" if verdict.reasons else None
        held = entry.held + 1 if news == "less" else 0
        if held != entry.held:
            entry.held = held
            self._changed.add(verdict.organisation)
        if step.day - entry.told < telling.update_days:
            return None
        return "update" if news == "more" or held >= telling.less_days else None

    def _away(
        self, organisation: str, standing: set[Key], step: Step, lasts: Lasts, counts: bool, late: Late
    ) -> list[Alert]:
        """Count a day without its verdict for each alert that has none; resolve those that had enough, and at a day's end
        those whose rule the policy has no more.

        counts: whether the day is one: over, and seen.
        """
        entries = self._entries[organisation]
        alerts = []
        for key in [key for key in entries if key not in standing]:
            entry = entries[key]
            if key[0] not in self._rules:
                if step.whole:
                    self._changed.add(organisation)
                    # Late calls are not why this ends.
                    if entry.opened is not None:
                        alerts.append(self._resolve(organisation, key, entry, step, 0))
                    del entries[key]
                continue
            if entry.opened is not None and lasts(organisation, *key):
                if entry.away:
                    entry.away = 0
                    self._changed.add(organisation)
                continue
            if not counts:
                continue
            self._changed.add(organisation)
            entry.away += 1
            if entry.opened is None:
                del entries[key]
            elif entry.away >= self._rules[key[0]].telling.clean_days:
                # Those since the verdict was last reached, and of the week before: a feed may have been out since.
                came = late(organisation, entry.away + LATE)
                alerts.append(self._resolve(organisation, key, entry, step, came))
                del entries[key]
        if not entries:
            del self._entries[organisation]
        return alerts

    # -- telling

    def _tell(self, entry: Entry, verdict: Verdict, status: Status, step: Step) -> Alert:
        self._changed.add(verdict.organisation)
        before = None
        if status == "open":
            entry.opened, entry.opened_at = step.day, step.at.isoformat()
        else:
            entry.sequence += 1
            before = Before.of(entry.severity, entry.reasons)
        entry.held, entry.told, entry.severity, entry.window = 0, step.day, verdict.severity, verdict.window
        entry.reasons = [Reason.of(reason).model_dump(mode="json") for reason in verdict.reasons]
        evidence = Evidence.of(verdict.evidence())
        entry.related = evidence.related
        return self._alert(
            entry, (verdict.kind, verdict.number), verdict.organisation, status, step, evidence, before
        )

    def _resolve(self, organisation: str, key: Key, entry: Entry, step: Step, late: int) -> Alert:
        entry.sequence += 1
        return self._alert(
            entry, key, organisation, "resolved", step, Evidence.over(late, entry.related or ())
        )

    def _alert(
        self,
        entry: Entry,
        key: Key,
        organisation: str,
        status: Status,
        step: Step,
        evidence: Evidence,
        before: Before | None = None,
    ) -> Alert:
        kind, number = key
        rule = self._rules.get(kind)
        reasons = [Reason.model_validate(reason) for reason in entry.reasons]
        return Alert(
            id=identity(kind, organisation, number, entry.opened, self._about),
            sequence=entry.sequence,
            kind=kind,
            status=status,
            organisation=organisation,
            number=None if number is None else f"+{number}",
            day=start_of(entry.opened).date() if kind in _OF_A_DAY else None,
            severity=entry.severity,
            opened_at=datetime.fromisoformat(entry.opened_at),
            as_of=step.at,
            window=Window(since=start_of(entry.window[0]), to=min(start_of(entry.window[1] + 1), step.at)),
            reasons=reasons,
            clears_when=" ".join(
                dict.fromkeys(each.clears_when for each in clearing(reasons) if each.clears_when)
            ),
            policy=Basis(
                profile=self._policy.profile,
                version=self._policy.version,
                basis=rule.basis if rule else _NO_RULE,
            ),
            evidence=evidence,
            before=before,
        )


def _row(entry: Entry) -> list:
    return [getattr(entry, name) for name in Entry.__slots__]


def _news(entry: Entry, verdict: Verdict, telling: Telling) -> Literal["more", "less"] | None:
    """Whether a verdict says more than what was told of it, or something else; or is only less grave, or has fewer reasons."""
    told = {(reason["family"], reason["measure"]): reason["value"] for reason in entry.reasons}
    now = {(reason.family, reason.measure): reason.value for reason in verdict.reasons}
    graver = GRAVITY.index(verdict.severity) < GRAVITY.index(entry.severity)
    if graver or now.keys() - told.keys() or any(_far(told[key], now[key], telling) for key in now):
        return "more"
    return "less" if verdict.severity != entry.severity or told.keys() - now.keys() else None


def _far(told: float, now: float, telling: Telling) -> bool:
    if max(told, now) <= 1:
        return abs(now - told) > telling.moved
    return now > told * telling.factor or told > now * telling.factor
