"""Shells that succeed each other: organisations that begin, call and end, and what a registry tells of them."""

from __future__ import annotations

import random
from dataclasses import replace

from monitor.across.lives import FEWER, PERSONS, SILENT, Life, Report
from monitor.across.registry import Registry
from monitor.alert import Alert
from monitor.day.usage import start_of
from monitor.policy import Policy
from monitor.reference import Reference

POLICY = Policy.load("nl")
START = 20_000
_EVERYBODY = 2**32


class Town:
    """Organisations that begin, call, and end; days are counted from `START`."""

    def __init__(self) -> None:
        self.days: dict[int, list[Life]] = {}
        self.until = 0

    def lives(
        self,
        name: str,
        first: int,
        last: int,
        people: range = range(0),
        numbers: range = range(0),
        line: str = "",
        bureau: str = "",
        calls: int = 400,
        watched: int = 0,
    ) -> Town:
        """An organisation's days: what a partition would say of it."""
        lines = ({f"trunk:{line}": calls} if line else {}) | ({f"bureau:{bureau}": calls} if bureau else {})
        said = Life(name, START + first, START + watched, 0, calls, lines)
        known = sorted(p * 2_654_435_761 % 2**32 for p in people)  # pseudonyms are in no order
        sampled = {
            "persons": known[:PERSONS],
            "numbers": [[31850000000 + n, START + first, START + last, 9, 0] for n in numbers],
            "upto": known[PERSONS - 1 : PERSONS],
        }
        sampled["upto"] = sampled["upto"][0] if sampled["upto"] else _EVERYBODY
        fewer = {"persons": known[:FEWER], "upto": (known[FEWER - 1 : FEWER] or [_EVERYBODY])[0]}
        for day in range(first, last + 1):
            new = day - first < 21
            if new or day % 28 == 0:
                self._say(day, replace(said, last=START + day, **(sampled if new else fewer)))
        self._say(last + SILENT, replace(said, last=START + last, **sampled))
        return self

    def _say(self, day: int, life: Life) -> None:
        self.days.setdefault(day, []).append(life)
        self.until = max(self.until, day)

    def told(
        self,
        reference: dict | None = None,
        until: int = 200,
        shuffled: int | None = None,
        policy: Policy = POLICY,
    ) -> list[Alert]:
        """All that is told; shuffled: the pieces come twice, from three partitions, in any order within a month."""
        partitions = 1 if shuffled is None else 3
        registry = Registry(policy, Reference.load(reference), partitions)
        reports = [
            Report(
                p,
                START + day,
                0,
                True,
                [x for x in self.days.get(day, []) if len(x.organisation) % partitions == p],
            )
            for day in range(until)
            for p in range(partitions)
        ]
        if shuffled is not None:
            # Each partition in its own order, but none waits for another.
            chance = random.Random(shuffled)
            lanes = [[r for r in reports if r.partition == p] for p in range(3)]
            reports = []
            while any(lanes):
                lane = chance.choice([lane for lane in lanes if lane])
                reports += [lane[0], lane.pop(0)]
        alerts: list[Alert] = []
        for report in reports:
            registry.add(Report.decode(report.encode()))
            alerts += registry.close()
        return alerts


def opened(alerts: list[Alert], kind: str) -> dict[str, int]:
    found = (a for a in alerts if a.status == "open" and a.kind == kind)
    return {a.organisation: (a.as_of - start_of(START + 1)).days for a in found}


def shells(**how: object) -> Town:
    """Three in a row, each with numbers of its own, for the same people."""
    town = Town()
    for turn, (first, last) in enumerate([(20, 50), (54, 80), (83, 110)]):
        town.lives(
            f"shell{turn}",
            first,
            last,
            **{"people": range(100), "numbers": range(turn * 10, turn * 10 + 5), **how},
        )
    return town
