"""The calls of one organisation in some days, as a structured array.

Steps, each over all calls of the days at once: how many, when, to whom, from which number, with what
outcome, what was shown, who called back, when the record came.
"""

from __future__ import annotations

import numpy as np

from monitor.simulate.actor import Actor, Phase
from monitor.simulate.delivery import Delivery
from monitor.simulate.hours import DAY, HOUR, Calendar
from monitor.simulate.numbers import PEOPLE, phones, spoil
from monitor.simulate.picking import pick
from monitor.simulate.rng import fingerprint, scatter, share, stream

SECOND = 1_000_000
ALLOWED, RESTRICTED, UNAVAILABLE = range(3)

#: One record. Instants are microseconds since 1970 UTC, 0 = never; a number 0 = none.
RECORD = np.dtype(
    [
        ("key", "u8"),
        ("started", "i8"),
        ("answered", "i8"),
        ("ended", "i8"),
        ("delivered", "i8"),  # when the operator sends the record
        ("number", "u8"),  # of the organisation, truly
        ("shown", "u8"),  # of the organisation, as the person sees it
        ("network", "u8"),  # as the network asserts it
        ("phone", "u8"),  # of the person
        ("actor", "u4"),
        ("line", "u1"),
        ("presentation", "u1"),
        ("inbound", "?"),
        ("again", "?"),  # sent before
    ]
)


def traffic(
    actor: Actor, first: int, last: int, calendar: Calendar, delivery: Delivery, seed: int
) -> np.ndarray:
    """Records of the calls that an actor makes and gets in days first .. last - 1, in no order."""
    parts = []
    for phase in actor.phases:
        start, stop = max(first, phase.start), min(last, phase.stop)
        if start < stop:
            chance = stream(seed, actor.name, "calls", start)
            parts.append(_stretch(actor, phase, start, stop, calendar, delivery, chance))
    return np.concatenate(parts) if parts else np.empty(0, RECORD)


def _stretch(
    actor: Actor, phase: Phase, first: int, last: int, calendar: Calendar, delivery: Delivery, chance
) -> np.ndarray:
    conduct = phase.conduct
    expected = phase.expected[first:last] * np.exp(conduct.swing * chance.standard_normal(last - first))
    counts = chance.poisson(expected)
    total = int(counts.sum())
    calls = np.zeros(total, RECORD)
    days = np.arange(first, last).repeat(counts)
    moments = np.sort(calendar.moments(conduct.hours, days, chance))
    # Sorting keeps each day's calls together, unless the clock goes back at night: good enough.
    calls["started"] = moments
    people = _people(actor, phase, days, moments - calendar.midnight[days], chance)
    calls["phone"] = phones(people)
    which = pick(conduct.pick, phase.spells, first, counts, people, actor.salt, chance)
    spells = phase.spells
    calls["number"] = spells.number[which]
    calls["line"] = _lines(phase, spells.slot[which], days)
    _talk(calls, conduct.talk.answer, conduct.talk, chance)
    _show(calls, conduct.shown, chance)
    back = _inbound(calls, which, phase, calendar, chance)
    calls = np.concatenate([calls, back])
    calls["actor"] = actor.index
    calls["key"] = scatter(np.uint64(fingerprint(actor.name, first)) ^ scatter(np.arange(calls.size)))
    calls = calls[(calls["started"] >= calendar.first) & (calls["started"] < calendar.last)]
    return delivery.deliver(calls, actor.feeds, chance)


def _people(actor: Actor, phase: Phase, days: np.ndarray, inside: np.ndarray, chance) -> np.ndarray:
    """The person called in each call.

    A campaign works down its list: those who came up lately are called again until their attempts
    are used up, so whom a call reaches is the list's front less an exponential number of places.
    """
    people = phase.conduct.people
    if people.attempts is None:
        place = chance.integers(0, people.listed, days.size)
    else:
        front, pace = phase.front[days], phase.front[days + 1] - phase.front[days]
        lately = people.within * phase.rate / people.attempts
        place = front + pace * (inside / DAY) - lately * chance.exponential(size=days.size)
    step, begin = actor.list_step, actor.list_begin
    persons = (begin + step * (np.floor(place).astype(np.int64) % people.listed)) % PEOPLE
    if people.homes is not None:
        home = share(persons) < people.homes
        persons = persons - persons % 5 + np.where(home, 3, persons % 3)
    return persons


def _lines(phase: Phase, slots: np.ndarray, days: np.ndarray) -> np.ndarray:
    lines = phase.conduct.lines
    ported = 0 if lines.ported is None else days >= lines.ported
    return slots % lines.operators + ported


def _talk(calls: np.ndarray, answer: float | np.ndarray, talk, chance) -> None:
    """Ringing, and talking when somebody answers; nobody lets it ring for more than a minute."""
    size = calls.size
    ring = np.clip(chance.exponential(talk.ring, size), 1.5, 60) * SECOND
    talked = np.exp(np.log(talk.seconds) - talk.spread**2 / 2 + talk.spread * chance.standard_normal(size))
    answered = chance.random(size) < answer
    picked_up = calls["started"] + ring.astype(np.int64)
    calls["answered"] = np.where(answered, picked_up, 0)
    talked = np.clip(talked, 1.0, 7200) * SECOND
    calls["ended"] = picked_up + np.where(answered, talked, 0).astype(np.int64)


def _show(calls: np.ndarray, shown, chance) -> None:
    """What is seen of the number."""
    calls["shown"] = calls["network"] = calls["number"]
    if shown.spoiled:
        # A number is spoiled for good, in its own way: it is set up so, not drawn for every call.
        bad = share(calls["number"]) < shown.spoiled
        way = scatter(calls["number"] + np.uint64(1)) % np.uint64(len(shown.spoils))
        for index, how in enumerate(shown.spoils):
            here = bad & (way == index)
            calls["shown"][here] = spoil(calls["number"][here], how)
    if shown.withheld or shown.unavailable:
        draw = chance.random(calls.size)
        withheld = draw < shown.withheld
        lost = ~withheld & (draw < shown.withheld + shown.unavailable)
        calls["presentation"] = np.where(withheld, RESTRICTED, np.where(lost, UNAVAILABLE, ALLOWED))
        calls["shown"][withheld | lost] = 0
        calls["network"][lost | (withheld & (chance.random(calls.size) >= shown.flagged))] = 0


def _inbound(calls: np.ndarray, which: np.ndarray, phase: Phase, calendar: Calendar, chance) -> np.ndarray:
    """Calls of people to a number that was shown to them."""
    inbound, spells = phase.conduct.inbound, phase.spells
    chosen = np.flatnonzero((chance.random(calls.size) < inbound.share) & (calls["shown"] == calls["number"]))
    if inbound.share > 1:
        chosen = chosen.repeat(chance.poisson(inbound.share, chosen.size))
    back = calls[chosen]
    back["inbound"] = True
    back["network"] = back["shown"] = 0
    wait = chance.exponential(inbound.hours, back.size) * HOUR + 30 * SECOND
    early = chance.random(back.size) < inbound.before
    back["started"] += np.where(early, -chance.uniform(60, 900, back.size) * SECOND, wait).astype(np.int64)
    gone = calendar.midnight[np.clip(spells.stop[which[chosen]], 0, calendar.days)]
    alive = (back["started"] < gone) | (spells.stop[which[chosen]] > calendar.days)
    talk = phase.conduct.talk.model_copy(update={"seconds": max(phase.conduct.talk.seconds, 60)})
    _talk(back, np.where(alive, inbound.answer, inbound.afterlife), talk, chance)
    return back
