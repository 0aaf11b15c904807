"""From the entries of a scenario to organisations that can call.

Most entries are one organisation. Some behaviours need several that hang together: a bureau's
principals, shells that succeed each other, members of one pool, the two sides of a merger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

import numpy as np

from monitor.simulate.actor import Actor, Declared, Phase
from monitor.simulate.conduct import Behaviour, Conduct
from monitor.simulate.fleet import EVER, LONG_AGO, Renumber, Spells
from monitor.simulate.hours import Calendar
from monitor.simulate.numbers import PEOPLE, Register
from monitor.simulate.rng import fingerprint, stream
from monitor.simulate.scenario import Scenario, WrongScenario


@dataclass(frozen=True, slots=True)
class Member:
    """One organisation of an entry, and with whom it shares what."""

    name: str
    behaviour: Behaviour
    pool: str  # members with one name here have the same numbers,
    trunk: str  # the same trunks,
    people: str  # the same people on their lists
    bureau: str | None = None
    taken_over: Member | None = None  # whose numbers and calls it has from the merger on


class Cast:
    """Makes the actors of a scenario, in its order; `index` is the place in the list."""

    def __init__(self, scenario: Scenario, seed: int, scale: float, calendar: Calendar) -> None:
        self._scenario, self._seed, self._scale, self._calendar = scenario, seed, scale, calendar
        self._register = Register()
        self._pools: dict[tuple, Spells] = {}
        self.actors: list[Actor] = []
        for entry in scenario.organisations:
            for name, behaviour, changes in entry.copies(seed):
                for member in _FORMS[behaviour.form](name, behaviour, calendar.days, seed):
                    self.actors.append(self._actor(member, entry.behaviour, changes))
        names = Counter(actor.name for actor in self.actors)
        if twice := next((name for name, many in names.items() if many > 1), None):
            raise WrongScenario(f"organisations: {twice} is there twice")

    def _actor(self, member: Member, behaviour_name: str, changes: dict) -> Actor:
        behaviour = member.behaviour
        lines = behaviour.lines
        feeds = self._scenario.feeds
        chance = stream(self._seed, member.trunk, "lines")
        first = lines.first if lines.first is not None else int(chance.integers(len(feeds)))
        used = (first + np.arange(lines.operators + (lines.ported is not None))) % len(feeds)
        people = behaviour.people.shared or member.people
        step = 1 + fingerprint(self._seed, people, "step") % (PEOPLE - 1)
        while gcd(step, PEOPLE) > 1:
            step += 1
        return Actor(
            index=len(self.actors),
            name=member.name,
            behaviour=behaviour,
            behaviour_name=behaviour_name,
            phases=self._phases(member),
            feeds=used,
            trunks=tuple(
                f"{feeds[feed]}-{fingerprint(member.trunk, line) % 10**5:05}"
                for line, feed in enumerate(used)
            ),
            account=f"{fingerprint(member.name, 'account') % 10**8:08}",
            bureau=member.bureau,
            salt=fingerprint(self._seed, member.name, "salt"),
            list_step=step,
            list_begin=fingerprint(self._seed, people, "begin") % PEOPLE,
            parameters=changes,
            declared=tuple(_declared(member)),
        )

    def _phases(self, member: Member) -> tuple[Phase, ...]:
        """The stretches of an organisation's life: honest, as it behaves, honest again."""
        behaviour = member.behaviour
        begin = LONG_AGO if behaviour.born is None else behaviour.born
        end = EVER if behaviour.dies is None else behaviour.dies
        start = begin if behaviour.begins is None else behaviour.begins
        stop = end if behaviour.ends is None else behaviour.ends
        phases = []
        if begin < start:
            phases.append(
                self._phase(member, behaviour.before(), begin, start, f"{member.pool} before", begin)
            )
        if member.taken_over is not None:
            phases += self._taking_over(member, start, stop)
        else:
            phases.append(self._phase(member, behaviour, start, stop, member.pool, start))
        if stop < end:
            phases.append(self._phase(member, behaviour.before(), stop, end, f"{member.pool} before", begin))
        return tuple(phases)

    def _taking_over(self, member: Member, start: int, stop: int) -> list[Phase]:
        """Its own numbers; from the merger on also the other's, with the other's calls."""
        day = member.behaviour.merges
        own = self._spells(member.behaviour, member.pool, start)
        other = self._spells(member.taken_over.behaviour, member.taken_over.pool, start)
        both = member.behaviour.model_copy(
            update={"rate": member.behaviour.rate + member.taken_over.behaviour.rate}
        )
        return [
            self._with(member.behaviour, start, day, own),
            self._with(both, day, stop, own.plus(other)),
        ]

    def _phase(self, member: Member, conduct: Conduct, start: int, stop: int, pool: str, first: int) -> Phase:
        return self._with(conduct, start, stop, self._spells(conduct, pool, first))

    def _spells(self, conduct: Conduct, pool: str, first: int) -> Spells:
        """The numbers of a pool, made once."""
        key = (pool, first)
        if key not in self._pools:
            days = self._calendar.days

            def mint(count: int, **where) -> np.ndarray:
                return self._register.mint(pool, count, **where)

            chance = stream(self._seed, pool, "fleet")
            self._pools[key] = conduct.fleet.spells(first, days + 400, days, mint, chance)
        return self._pools[key]

    def _with(self, conduct: Conduct, start: int, stop: int, spells: Spells) -> Phase:
        """A phase with its numbers and what is expected of each day."""
        spells = spells.between(start, stop)
        days = self._calendar.days
        used = ~spells.kept
        change = np.zeros(days + 2)
        np.add.at(change, np.clip(spells.start[used], 0, days + 1), 1)
        np.add.at(change, np.clip(spells.stop[used], 0, days + 1), -1)
        in_use = change.cumsum()[: days + 1]
        breath = in_use / conduct.fleet.pool if conduct.fleet.breathes else in_use > 0
        rate = conduct.rate * self._scale
        expected = rate * self._calendar.load(conduct.hours) * breath
        pace = expected / (conduct.people.attempts or 1)
        front = np.concatenate([[0.0], pace.cumsum()])
        return Phase(start, stop, conduct, spells, rate, expected, front)


def _declared(member: Member) -> Iterator[Declared]:
    """What an honest organisation tells before it happens."""
    behaviour = member.behaviour
    if not behaviour.declared:
        return
    if member.taken_over is not None:
        yield Declared("merger", behaviour.merges, (member.taken_over.name,))
    if behaviour.lines.ported is not None:
        yield Declared("porting", behaviour.lines.ported)
    if isinstance(behaviour.fleet, Renumber):
        yield Declared("renumbering", behaviour.fleet.day)


def _alone(name: str, behaviour: Behaviour, days: int, seed: int) -> list[Member]:
    return [Member(name, behaviour, name, name, name)]


def _principals(name: str, behaviour: Behaviour, days: int, seed: int) -> list[Member]:
    names = _names(name, behaviour.members)
    return [Member(each, behaviour, each, name, each, bureau=name) for each in names]


def _shells(name: str, behaviour: Behaviour, days: int, seed: int) -> list[Member]:
    """One after the other, each born within days of the death before it, until the end."""
    chance = stream(seed, name, "shells")
    begin = behaviour.begins if behaviour.begins is not None else -int(behaviour.shell_life * chance.random())
    shells = []
    while begin < days:
        dies = begin + max(2, round(behaviour.shell_life * chance.uniform(0.8, 1.2)))
        shells.append((begin, dies))
        begin = dies + int(chance.integers(1, 6))
    # The first has nobody before it: there is nothing to tell of it.
    changes = [
        {"born": born, "dies": dies, "begins": None} | ({} if turn else {"alerts": ()})
        for turn, (born, dies) in enumerate(shells)
    ]
    return [
        Member(each, behaviour.model_copy(update=change), each, name, name)
        for each, change in zip(_names(name, len(shells)), changes, strict=True)
    ]


def _shared(name: str, behaviour: Behaviour, days: int, seed: int) -> list[Member]:
    return [Member(each, behaviour, name, each, each) for each in _names(name, behaviour.members)]


def _merger(name: str, behaviour: Behaviour, days: int, seed: int) -> list[Member]:
    other_name = f"{name}-bought"
    other = behaviour.model_copy(update={"dies": behaviour.merges})
    bought = Member(other_name, other, other_name, other_name, other_name)
    return [Member(name, behaviour, name, name, name, taken_over=bought), bought]


_FORMS = {
    "alone": _alone,
    "principals": _principals,
    "shells": _shells,
    "shared": _shared,
    "merger": _merger,
}


def _names(name: str, count: int) -> list[str]:
    width = len(str(count))
    return [f"{name}-{turn:0{width}}" for turn in range(1, count + 1)]
