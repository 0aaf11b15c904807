"""What was said against what was true: recall, precision and days, for each behaviour."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from re import compile as pattern
from statistics import median

from bench.detection.run import Run
from monitor.policy import Policy

#: What is behind an entry's name in its copies' and members' names.
_ENTRY = pattern(r"(-\d+|-bought)+$")
#: Days before the end of a run within which nobody need be found any more.
_ENOUGH = 14


@dataclass(slots=True)
class Behaviour:
    """Organisations of one behaviour, over all runs."""

    evading: bool
    expected: tuple[str, ...]
    organisations: int = 0
    wanted: int = 0  # those that deserve an alert of an expected kind: of shells all but the first of a chain
    found: int = 0  # those with an alert of an expected kind
    told: int = 0  # kinds of alert that were told of an organisation, each once
    flagged: set[str] = field(default_factory=set)  # of these, what it did not deserve: organisation, kind
    days: list[int] = field(default_factory=list)  # from when it could be judged to the first alert
    since: list[int] = field(default_factory=list)  # from the second day on which a new number was given up
    short: int = 0  # numbers that should be named by now
    named: int = 0  # of these
    wrong: int = 0  # numbers named that were not given up within the term
    missed: list[str] = field(default_factory=list)


def score(runs: Iterable[Run], policy: Policy) -> dict[str, Behaviour]:
    """By the scenario's entries, in the order in which they first come."""
    found: dict[str, Behaviour] = {}
    for run in runs:
        alerts = _first(run)
        for name, truth in run.truth["organisations"].items():
            _organisation(found, run, name, truth, alerts, policy)
    return found


def _organisation(found: dict, run: Run, name: str, truth: dict, alerts: dict, policy: Policy) -> None:
    expected = tuple(kind for kind in truth["expected"] if kind != "short_tenure")
    last = date.fromisoformat(run.truth["start"]) + timedelta(days=run.truth["days"])
    if _judgeable(run, truth, policy) > last - timedelta(days=_ENOUGH):
        return  # it began when the run was all but over
    entry = found.setdefault(_ENTRY.sub("", name), Behaviour(truth["evading"], expected))
    entry.organisations += 1
    entry.wanted += bool(expected)
    entry.expected = entry.expected or expected
    kinds = alerts[name]
    hits = [kinds[kind] for kind in expected if kind in kinds]
    where = f"{name} (seed {run.truth['seed']})"
    if hits:
        entry.found += 1
        entry.days.append((min(hits) - _judgeable(run, truth, policy)).days)
        second = _second_end(run, truth)
        # Numbers that return are given up in the end, if ever: that is no rotation's second end.
        if second is not None and second <= min(hits) + timedelta(days=policy.tenure.retired_after):
            entry.since.append((min(hits) - max(second, _judgeable(run, truth, policy))).days)
    elif expected:
        entry.missed.append(where)
    allowed = {
        *expected,
        *(("short_tenure", "number_carousel", "unreachable_number") if truth["evading"] else ()),
    }
    entry.told += len(kinds)
    entry.flagged |= {f"{where}: {kind}" for kind in kinds if kind not in allowed}
    _numbers(entry, run, name, truth, policy)


def _judgeable(run: Run, truth: dict, policy: Policy) -> date:
    """The day from which the behaviour could be seen: its start, once births of numbers are known."""
    known = date.fromisoformat(run.truth["start"]) + timedelta(days=policy.tenure.retired_after)
    return max(known, date.fromisoformat(truth["begins"] or run.truth["start"]))


def _second_end(run: Run, truth: dict) -> date | None:
    """The second day on which a number was given up that was new since the behaviour began, and since the first day.

    Before it, what is seen is one change of numbers: who is renumbered and who rotates look the same.
    """
    start = run.truth["start"]
    begins = max(truth["begins"] or start, start)
    ends = {
        life["ended"]
        for life in truth["numbers"].values()
        if life["short"] and life["began"] is not None and life["began"] >= begins
    }
    return date.fromisoformat(sorted(ends)[1]) if len(ends) > 1 else None


def _numbers(entry: Behaviour, run: Run, name: str, truth: dict, policy: Policy) -> None:
    """Numbers retired before the term, against those that were named.

    Wanted are those whose birth was in sight and whose silence is long enough by the last day.
    """
    start = date.fromisoformat(run.truth["start"])
    last = start + timedelta(days=run.truth["days"])
    silence = timedelta(days=policy.tenure.retired_after)
    named = {
        alert.number
        for alert in run.alerts
        if alert.organisation == name and alert.kind == "short_tenure" and alert.status == "open"
    }
    short = {number for number, life in truth["numbers"].items() if life["short"]}
    wanted = {
        number
        for number in short
        if truth["evading"]
        and _day(truth["numbers"][number]["first_use"]) >= start + silence
        and date.fromisoformat(truth["numbers"][number]["ended"]) + silence < last
    }
    entry.short += len(wanted)
    entry.named += len(wanted & named)
    entry.wrong += len(named - short)


def _first(run: Run) -> dict[str, dict[str, date]]:
    """The last whole day before the first alert of each kind of each organisation."""
    first: dict[str, dict[str, date]] = defaultdict(dict)
    for alert in run.alerts:
        if alert.status == "open":
            first[alert.organisation].setdefault(alert.kind, alert.opened_at.date())
    return first


def _day(instant: str) -> date:
    return datetime.fromisoformat(instant).date()


def table(found: dict[str, Behaviour]) -> str:
    """The scores as a Markdown table."""
    rows = [
        "| behaviour | organisations | found (recall) | of what was told, right (precision) | days: median, most "
        "| since the second end | short numbers named | named wrongly | flagged wrongly |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, entry in found.items():
        days = f"{median(entry.days):g}, {max(entry.days)}" if entry.days else ""
        since = f"{median(entry.since):g}, {max(entry.since)}" if entry.since else ""
        hits = f"{entry.found} of {entry.wanted}" if entry.wanted else ""
        short = f"{entry.named} of {entry.short}" if entry.short else ""
        right = f"{entry.told - len(entry.flagged)} of {entry.told}" if entry.told else ""
        rows.append(
            f"| {name.replace('_', ' ')} | {entry.organisations} | {hits} | {right} | {days} | {since} | {short} "
            f"| {entry.wrong or ''} | {len(entry.flagged) or ''} |"
        )
    return "\n".join(rows)


def overall(found: dict[str, Behaviour]) -> str:
    """All behaviours together, in one sentence: recall, precision and days; of organisations, and of short numbers."""
    entries = list(found.values())
    wanted, hits = sum(e.wanted for e in entries), sum(e.found for e in entries)
    told, wrong = sum(e.told for e in entries), sum(len(e.flagged) for e in entries)
    short, named, named_wrong = (
        sum(getattr(e, what) for e in entries) for what in ("short", "named", "wrong")
    )
    days = sorted(day for e in entries for day in e.days)
    late = (
        f"median {median(days):g}, nine in ten within {days[math.ceil(0.9 * len(days)) - 1]}"
        if days
        else "none"
    )
    return (
        f"All together: recall {_share(hits, wanted, 'organisations')}, precision "
        f"{_share(told - wrong, told, 'kinds of alert told')}, days {late}; of short numbers recall "
        f"{_share(named, short, 'numbers')}, precision {_share(named, named + named_wrong, 'named')}."
    )


def _share(part: int, whole: int, of: str) -> str:
    """`98.5 % (64 of 65 organisations)`; of nothing there is no share."""
    return f"{100 * part / whole:.1f} % ({part:,} of {whole:,} {of})" if whole else f"- (no {of})"
