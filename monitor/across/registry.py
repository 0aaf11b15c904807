"""The registry: the beginnings and ends of all organisations, from which shells are told that succeed each other, and
once a week the numbers of those that go through them, from which it is told who uses the same ones.

Every partition says at each day's close what it knows of them (`lives.py`). The registry closes a day when
all partitions have said theirs, so that what it finds depends on the days alone, and not on who was
quicker. Reports are kept by partition, day and piece: said again they change nothing.

It is one place for the whole installation, since an heir may be in any partition. Its size is that of the
beginnings and ends of half a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from monitor.across.lives import NEW, SILENT, WITHOUT, Life, Report
from monitor.across.pools import Pool, ends_a_week
from monitor.alert import Alert
from monitor.policy import NumberCarousel, Policy
from monitor.reference import Known, Reference
from monitor.rules.kinship import People
from monitor.rules.linkage import linkage
from monitor.rules.sharing import sharing
from monitor.rules.short_lives import ShortLives, crowded, lasts, short_lives
from monitor.rules.succession import Succession, succession
from monitor.tenure import WEEK
from monitor.told import Told
from monitor.verdict import Reason, Verdict

#: Days after which an organisation that ended is forgotten: twice the use term, so that a chain is seen.
MEMORY = 200
#: What is told of an organisation with a sample of its numbers.
_SAMPLE = ("numbers", "persons", "upto", "called", "answered")
#: Slots in which reports are kept, by day: more than are remembered.
SLOTS = 256


class Registry:
    """What was said by all partitions, and what was told of it."""

    def __init__(
        self, policy: Policy, reference: Reference | Known | None = None, partitions: int = 1
    ) -> None:
        self.policy = policy
        self._known = Known.of(reference)
        self.reference = self._known.now  # as it was when the last day was judged
        self.told = Told(policy, about="linkage")
        self.shared = Told(policy, about="sharing")
        self.closed: int | None = None
        self._partitions = partitions
        self._waiting: dict[int, dict[tuple[int, int], Report]] = {}  # by day
        self._complete: dict[int, int] = {}  # by partition, the last day that is said in whole
        self.known: dict[str, Life] = {}  # as last said, with the last sample
        self._young: dict[str, Life] = {}  # as it was when it was new: whom it called first
        self._people: dict[str, People] = {}  # whom it called when it was last said to go on
        self._ended: set[str] = set()
        self._heirs: dict[str, Succession] = {}
        self._pools: list[Pool] = []  # as last said, at a week's end
        self._sharing: list[Verdict] = []  # since the last week's end
        #: Of which organisations it was told at a week's end that they replace their numbers: the last such day, and why.
        self._churned: dict[str, tuple[int, Reason]] = {}

    def add(self, report: Report) -> bool:
        """Hear a report; whether it is about a day that is still open."""
        if self.closed is not None and report.day <= self.closed:
            return False
        self._waiting.setdefault(report.day, {})[report.partition, report.piece] = report
        if report.whole:
            said = self._complete.get(report.partition, report.day)
            self._complete[report.partition] = max(said, report.day)
        return True

    def close(self) -> list[Alert]:
        """Close the days of which all partitions have spoken; what is to be told."""
        alerts: list[Alert] = []
        for day in self._days():
            verdicts = self._judge(day)
            if ends_a_week(day):
                self._share(day)
            alerts += self.told.step(day, verdicts)
            alerts += self.shared.step(day, self._sharing)
        return alerts

    def _days(self) -> Iterator[int]:
        """The days of which all partitions have spoken and that are open yet: each is closed when what was said of it is heard."""
        if len(self._complete) < self._partitions or not self._waiting:
            return
        until = min(self._complete.values())
        first = min(self._waiting) if self.closed is None else self.closed + 1
        for day in range(first, until + 1):
            said = self._waiting.pop(day, {})
            for _, report in sorted(said.items()):
                self._hear(day, report.lives)
            if ends_a_week(day):
                self._pools = [pool for report in said.values() for pool in report.pools]
                self._churned |= {
                    pool.organisation: (day, pool.reason)
                    for pool in self._pools
                    if pool.reason is not None and "usual_life_days" in pool.reason.exposure
                }
            self.closed = day
            self._learn()
            yield day

    def _hear(self, day: int, lives: Iterable[Life]) -> None:
        for life in lives:
            # Who goes on is told of now and then, and has called since; who falls silent is told of at once.
            if day - life.last >= SILENT:
                self._ended.add(life.organisation)
            else:
                self._ended.discard(life.organisation)
            before = self.known.get(life.organisation)
            if life.numbers is None:
                # Who goes on is told of with persons alone: what is known of its numbers stays, with the persons of then.
                self._people[life.organisation] = People.of(life)
                known = before or replace(life, persons=None)
                life = replace(life, **{name: getattr(known, name) for name in _SAMPLE})
            elif life.last - life.first < NEW:
                self._young[life.organisation] = life
            self.known[life.organisation] = life

    def _share(self, day: int) -> None:
        """Find who used the same numbers up to a week's end; it holds until the next one."""
        rule = self.policy.rules.number_carousel
        known = {pool.organisation: pool for pool in self._pools}
        self._sharing = list(sharing(day, known, rule, self.reference)) if rule is not None else []

    def _judge(self, day: int) -> list[Verdict]:
        """The verdicts at a day's end."""
        for name in [name for name, life in self.known.items() if life.last < day - MEMORY]:
            del self.known[name]
            self._heirs.pop(name, None)
            self._people.pop(name, None)
            self._ended.discard(name)
        # Of who goes on this is forgotten as well: the reports that said it are not kept for longer (`SLOTS`), and who
        # reads them back must find what one that never stopped knows.
        self._young = {name: life for name, life in self._young.items() if life.last >= day - MEMORY}
        self._churned = {name: told for name, told in self._churned.items() if told[0] >= day - MEMORY}
        rule = self.policy.rules.number_carousel
        if rule is None or not rule.holds_on(day):
            return []
        terms = rule.linkage
        fresh = [
            life
            for _, life in sorted(self.known.items())
            if day - life.first < terms.looked and life.first >= life.watched + WITHOUT
        ]
        ended = {name for name in self._ended if day - self.known[name].last >= terms.silent}
        others = self._others(day, rule)
        crowds = self._crowds(day, ended, others, rule)
        if fresh:
            recent = {
                name: self.known[name]
                for name in sorted(ended)
                if day - self.known[name].last < terms.looked + terms.gap_twice
            }
            shared = self._on({line for life in fresh for line in life.lines})
            for life in fresh:
                found = succession(life, recent, self._young, shared, rule, self._declared(life), others)
                if found is not None:
                    self._heirs[life.organisation] = found
                else:
                    self._heirs.pop(life.organisation, None)
        # One that calls again had not ended, and nobody went on for it.
        heirs = {name: found for name, found in self._heirs.items() if found.predecessor in ended}
        churned = self._to_the_end(found.predecessor for found in heirs.values())
        return list(linkage(day, self.known, heirs, crowds, churned, rule, self.policy, self.reference))

    def _to_the_end(self, ended: Iterable[str]) -> dict[str, Reason]:
        """Of those that ended, why it was told of them at the last week's end of their calling, or later, that they replace numbers."""
        told = {name: self._churned[name] for name in ended if name in self._churned}
        return {name: why for name, (day, why) in told.items() if day > self.known[name].last - WEEK}

    def _learn(self) -> None:
        """Go by what is known now. Who was found to go on for another before that was declared does so no more."""
        if self.reference is self._known.now:
            return
        self.reference = self._known.now
        for name, found in list(self._heirs.items()):
            if found.predecessor in self._declared(self.known[name]):
                del self._heirs[name]

    def _others(self, day: int, rule: NumberCarousel) -> list[People]:
        """Whom those call that have been there for the use term, or may have been, and go on."""
        term = self.policy.tenure.use_term
        return [
            people
            for name, people in sorted(self._people.items())
            if name not in self._ended and lasts(day, self.known[name], False, rule, term)
        ]

    def _crowds(
        self, day: int, ended: set[str], others: list[People], rule: NumberCarousel
    ) -> dict[str, ShortLives]:
        """After how many short lives on one line each organisation came, of those that came after enough."""
        term = self.policy.tenure.use_term
        since = self.reference.bound_since("number_carousel", rule, day)
        over = (self.known[name] for name in sorted(ended) if self.known[name].last >= since(name))
        lines = crowded(day, over, rule, term)
        if not lines:
            return {}
        return short_lives(day, lines, self._young, self._on(set(lines)), others, rule, term)

    def _on(self, lines: set[str]) -> dict[str, list[tuple[Life, bool]]]:
        """Who is or was on each of some lines, and whether they have ended."""
        found: dict[str, list[tuple[Life, bool]]] = {line: [] for line in lines}
        for name, life in self.known.items():
            for line in life.lines.keys() & lines:
                found[line].append((life, name in self._ended))
        return found

    def _declared(self, life: Life) -> frozenset[str]:
        """Whom an organisation was said to go on for."""
        events = (event for event in self.reference.declarations if event.organisation == life.organisation)
        return frozenset().union(*(event.formerly for event in events))

    # -- what is kept

    @property
    def tellers(self) -> dict[bytes, Told]:
        """What was told, by how the names of its notes begin."""
        return {b"linked/": self.told, b"shared/": self.shared}

    @staticmethod
    def place(report: Report) -> str:
        """Under which name a report is kept; one of a day long past has had the same."""
        return f"{report.partition}/{report.day % SLOTS}/{report.piece}"

    def restore(self, reports: Iterable[Report]) -> None:
        """Come back to where the reports that were kept lead. What was told by then is restored by itself (`tellers`).

        The days are judged once more, since what was found on one bears on later ones. Nothing is told of them: under a policy or a
        reference that has changed something else may be found, and that is told at the close of the next day.
        """
        kept = list(reports)
        latest = max((report.day for report in kept), default=0)
        for report in sorted(kept, key=lambda report: (report.day, report.partition, report.piece)):
            if report.day > latest - SLOTS:
                self.add(report)
        week = None
        for day in self._days():
            self._judge(day)
            week = day if ends_a_week(day) else week
        if week is not None:
            self._share(week)
