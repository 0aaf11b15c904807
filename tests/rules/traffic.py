"""Small invented traffic for the judge: calls in, the frames of each day out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import polars as pl

from monitor.across.registry import Registry
from monitor.alert import Alert
from monitor.day.contacts import Contacts
from monitor.day.coverage import Coverage
from monitor.day.links import Links
from monitor.day.nearby import Nearby
from monitor.day.usage import NO_NUMBER, Usage
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.reference import Reference
from monitor.told import Told

#: Day 0 of the tests: a Monday in 2026, when every rule holds.
START = 20_458
#: Numbers that belong to nobody: 085 with a row of zeros.
FIRST_NUMBER = 31_850_000_000


class Traffic:
    """Counts of calls, day by day; days are counted from `START`."""

    def __init__(self) -> None:
        self.usage: dict[int, list[tuple]] = defaultdict(list)
        self.people: dict[int, list[tuple]] = defaultdict(list)
        self.links: dict[int, list[tuple]] = defaultdict(list)
        self.nearby: dict[int, list[tuple]] = defaultdict(list)
        self.covered: dict[int, set[str]] = defaultdict(set)
        self.hours: dict[tuple[str, int], tuple[int, int]] = {}
        self.defects: dict[int, int] = {}

    def call(
        self,
        day: int,
        organisation: str,
        number: int,
        calls: int = 1,
        feed: str = "feed",
        answered: int | None = None,
    ) -> None:
        """Calls from the number. By default half are answered, which says neither that few pick up nor that most do."""
        if answered is None:
            answered = (calls + (day + number) % 2) // 2
        if calls:
            self._count(day, organisation, number, feed, calls=calls, answered=answered)

    def withhold(self, day: int, organisation: str, calls: int, feed: str = "feed") -> None:
        self._count(day, organisation, None, feed, calls=calls, withheld=calls)

    def answer(
        self, day: int, organisation: str, number: int, calls: int, answered: int, feed: str = "feed"
    ) -> None:
        """Calls to the number, and how many of them were answered."""
        self._count(day, organisation, number, feed, inbound=calls, inbound_answered=answered)

    def meet(self, day: int, organisation: str, person: int, number: int, calls: int = 1) -> None:
        """A person in the sample was called from the number; `call` counts the call itself."""
        self.people[day].append((organisation, START + day, person, FIRST_NUMBER + number, calls))

    def link(self, day: int, organisation: str, kind: str, value: str, calls: int) -> None:
        """The calls came through an account, a trunk or a bureau."""
        self.links[day].append((organisation, kind, value, START + day, calls))

    def near(self, day: int, organisation: str, area: int, calls: int, same: int) -> None:
        """Calls from numbers of an area to geographic ones, and how many of these were of that area."""
        self.nearby[day].append((organisation, area, START + day, calls, same))

    def watch(self, days: Iterable[int], feed: str = "feed") -> None:
        """The feed is seen on these days."""
        for day in days:
            self.covered[day].add(feed)

    def hear(self, days: Iterable[int], called: int, answered: int, feed: str = "feed") -> None:
        """In so many hours of these days calls to numbers were seen on the feed, and in so many of them answered ones."""
        for day in days:
            self.covered[day].add(feed)
            self.hours[feed, day] = 2**called - 1, 2**answered - 1

    def _count(self, day: int, organisation: str, number: int | None, feed: str, **counts: int) -> None:
        shown = NO_NUMBER if number is None else FIRST_NUMBER + number
        defect = 0 if number is None else self.defects.get(number, 0)
        counted = [counts.get(name, 0) for name in Usage.COUNTS]
        self.usage[day].append((organisation, shown, feed, START + day, *counted, defect))
        self.covered[day].add(feed)

    def frames(self, day: int) -> tuple[pl.DataFrame, ...]:
        """Usage, contacts, links, coverage and what was nearby, of a day."""
        coverage = [
            (feed, START + day, 2**24 - 1, *self.hours.get((feed, day), (0, 0)))
            for feed in sorted(self.covered[day])
        ]
        rows = (self.usage[day], self.people[day], self.links[day], coverage, self.nearby[day])
        return tuple(
            kind.total([kind(pl.DataFrame(part, kind.SCHEMA, orient="row"))] if part else []).frame
            for kind, part in zip((Usage, Contacts, Links, Coverage, Nearby), rows, strict=True)
        )


def spread(random: np.random.Generator, calls: float, numbers: int) -> list[int]:
    """A Poisson number of calls, dealt over numbers by chance."""
    return np.bincount(random.integers(0, numbers, random.poisson(calls)), minlength=numbers).tolist()


def judged(
    traffic: Traffic,
    until: int,
    policy: Policy | str = "nl",
    reference: Reference | None = None,
    first: int = 0,
) -> tuple[list[Alert], Judge, Told]:
    """All that is told when each day is closed up to `until`, that day included."""
    policy = Policy.load(policy) if isinstance(policy, str) else policy
    judge, told, registry = Judge(policy, reference), Told(policy), Registry(policy, reference)
    alerts: list[Alert] = []
    for day in range(first, until + 1):
        verdicts = judge.close(START + day, *traffic.frames(day))
        alerts += told.step(START + day, verdicts, lasts=judge.lasts, watched=judge.watched)
        for report in judge.lives(0, told.open_of("number_carousel", START + day, verdicts)):
            registry.add(report)
        alerts += registry.close()
    return alerts, judge, told


def opened(alerts: Iterable[Alert], kind: str) -> dict[tuple[str, int | None], int]:
    """(organisation, number) -> the day at whose close an alert of a kind was opened."""
    return {
        (alert.organisation, alert.number and int(alert.number[1:]) - FIRST_NUMBER): (
            alert.opened_at.date().toordinal() - 719_163 - START - 1
        )
        for alert in alerts
        if alert.kind == kind and alert.status == "open"
    }
