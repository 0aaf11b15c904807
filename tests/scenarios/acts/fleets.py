"""What an organisation with its numbers does.

Everything is even, unless it is said that people or chance deal the calls: a day's calls are dealt over the day's
numbers by a fixed order, so that the day on which a boundary is crossed can be told exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from monitor.simulate.numbers import AREAS
from tests.rules.traffic import FIRST_NUMBER, Traffic
from tests.scenarios.acts.register import act


def _works(day: int, week: Sequence[int]) -> bool:
    return day % 7 in week


def _shares(numbers: int, calls: int, day: int, dealt: str) -> list[int]:
    """How many of a day's calls each number makes; by people: some make many times more than others."""
    if dealt == "by chance":
        taken = Counter(Random(day).choices(range(numbers), k=calls))
        return [taken[place] for place in range(numbers)]
    even = [calls // numbers + (place < calls % numbers) for place in range(numbers)]
    if dealt == "in turn":
        return even
    if dealt != "by people":
        raise ValueError(f"calls are dealt in turn, by people or by chance, not {dealt}")
    return [many * (1, 2, 3, 4, 10)[(place + day) % 5] // 4 for place, many in enumerate(even)]


def _call(
    traffic: Traffic,
    who: str,
    day: int,
    numbers: Sequence[int],
    calls: int,
    feed: str,
    people: str,
    dealt: str = "in turn",
    picked_up: float | None = None,
) -> None:
    """Deal calls over numbers; people: how those who are called see it; dealt: in turn, by people, or by chance.

    picked_up: the part of each number's calls that is.
    """
    for number, many in zip(numbers, _shares(len(numbers), calls, day, dealt), strict=True):
        traffic.call(day, who, number, many, feed, None if picked_up is None else round(picked_up * many))
    if people == "anyone":
        return
    if (
        people == "seldom"
    ):  # 24 people begin on each day, and eight of them are called on the next, from any number
        for turn in range(32):
            begun, person = (day, turn) if turn < 24 else (day - 1, turn - 24)
            traffic.meet(
                day, who, 10_000 + 1000 * begun + person, numbers[(7 * day + 3 * turn) % len(numbers)]
            )
        return
    for turn in range(24):  # eight people begin on each day, and are called on three in a row
        begun, person = divmod(turn, 8)
        if people == "same":  # each has a number of their own
            number = numbers[person % len(numbers)]
        else:  # `other`: any number of the fleet
            number = numbers[(7 * day + 3 * turn) % len(numbers)]
        traffic.meet(day, who, 10_000 + 1000 * (day - begun) + person, number)


@act
def stay(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    numbers: int,
    calls: int,
    base: int = 0,
    week: Sequence[int] = range(7),
    feed: str = "feed",
    people: str = "anyone",
    dealt: str = "in turn",
    picked_up: float | None = None,
) -> None:
    """The same numbers all the time. dealt: in turn, by people, or by chance; picked_up: the part of their calls that is."""
    for day in range(*days):
        if _works(day, week):
            _call(traffic, who, day, range(base, base + numbers), calls, feed, people, dealt, picked_up)


@act
def rotate(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    numbers: int,
    calls: int,
    life: int,
    base: int = 100_000,
    stagger: bool = False,
    week: Sequence[int] = range(7),
    trickle: int = 0,
    feed: str = "feed",
    back: int = 0,
    picked_up: float | None = None,
) -> None:
    """Numbers that are replaced when their time is up: all at once, or one after the other.

    trickle: replaced numbers make a call every so many days. back: calls a day to one in use, all answered. picked_up: as for `stay`.
    """
    for day in range(*days):
        if not _works(day, week):
            continue
        turns = [
            (day - days[0] + (life * slot // numbers if stagger else 0)) // life for slot in range(numbers)
        ]
        now = [base + 1000 * slot + turn for slot, turn in enumerate(turns)]
        _call(traffic, who, day, now, calls, feed, "anyone", picked_up=picked_up)
        if back:
            traffic.answer(day, who, now[0], back, back)
        if trickle:
            for slot, turn in enumerate(turns):
                for old in range(turn):
                    if (day + slot + old) % trickle == 0:
                        traffic.call(day, who, base + 1000 * slot + old, 1, feed)


@act
def crew(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    seats: int,
    each: int,
    lives: Sequence[int],
    base: int = 0,
    back: int = 0,
) -> None:
    """People with a number each, whose successors get another; how long they stay is taken from `lives` in turn.

    each: calls a day from each seat. back: calls a day to one of those there, all answered.
    """
    for seat in range(seats):
        begin, turn = days[0] - 7 * seat, 0
        while begin < days[1]:
            until = begin + lives[(seat + turn) % len(lives)]
            for day in range(max(begin, days[0]), min(until, days[1])):
                traffic.call(day, who, base + 1000 * seat + turn, each)
                if day % seats == seat:
                    traffic.answer(day, who, base + 1000 * seat + turn, back, back)
            begin, turn = until, turn + 1


@act
def warm(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    numbers: int,
    life: int,
    first: int,
    cap: int,
    base: int = 0,
) -> None:
    """Numbers that begin with a few calls, make more on each day up to a cap, and are replaced one after the other."""
    for day in range(*days):
        for slot in range(numbers):
            turn, age = divmod(day - days[0] + life * slot // numbers, life)
            traffic.call(day, who, base + 1000 * slot + turn, min(first + age * (cap - first) // 10, cap))


@act
def warm_in(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    numbers: int,
    every: int,
    first: int,
    full: int,
    base: int = 0,
) -> None:
    """Numbers that stay, to which another one is added every so many days: it begins with a few calls, and makes more on each day."""
    for day in range(*days):
        for place in range(numbers + (day - days[0]) // every):
            age = day - days[0] - every * (place - numbers + 1)
            calls = full if place < numbers else min(first + age * (full - first) // 10, full)
            traffic.call(day, who, base + place, calls)


@act
def passed_on(
    traffic: Traffic,
    who: Sequence[str],
    days: Sequence[int],
    numbers: int,
    calls: int,
    life: int,
    base: int = 0,
) -> None:
    """A set of numbers for each organisation; every so many days each hands its set to the next one."""
    for day in range(*days):
        turn = (day - days[0]) // life
        for place, name in enumerate(who):
            at = base + (place - turn) % len(who) * numbers
            _call(traffic, name, day, range(at, at + numbers), calls, "feed", "anyone")


@act
def ring(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    numbers: int,
    calls: int,
    life: int,
    rest: int,
    base: int = 0,
    back: int = 0,
    back_now: int = 0,
    people: str = "anyone",
    picked_up: float | None = None,
    feed: str = "feed",
) -> None:
    """Numbers that are used, rest, and return; one or other of them is always in use.

    back: calls a day to one number of each set, also while it rests, all answered. back_now: to one that is in use.
    """
    sets = 1 + -(-rest // life)
    for day in range(*days):
        turn = day // life % sets
        now = range(base + turn * numbers, base + (turn + 1) * numbers)
        _call(traffic, who, day, now, calls, feed, people, picked_up=picked_up)
        for place in range(sets if back else 0):
            traffic.answer(day, who, base + place * numbers, back, back)
        if back_now:
            traffic.answer(day, who, base + turn * numbers, back_now, back_now)


@act
def once(traffic: Traffic, who: str, days: Sequence[int], calls: int, base: int = 0) -> None:
    """Every call shows a number of its own."""
    for day in range(*days):
        for turn in range(calls):
            traffic.call(day, who, base + calls * day + turn, 1)


@act
def season(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    numbers: int,
    calls: int,
    busy: int,
    quiet: int,
    base: int = 0,
) -> None:
    """The same numbers in every season."""
    for day in range(*days):
        if (day - days[0]) % (busy + quiet) < busy:
            _call(traffic, who, day, range(base, base + numbers), calls, "feed", "anyone")


@act
def grow(
    traffic: Traffic, who: str, days: Sequence[int], numbers: int, each: int, every: int, base: int = 0
) -> None:
    """A number is added every so many days; each makes `each` calls a day."""
    for day in range(*days):
        many = numbers + (day - days[0]) // every
        _call(traffic, who, day, range(base, base + many), each * many, "feed", "anyone")


@act
def office(
    traffic: Traffic, who: str, days: Sequence[int], desks: int, calls: int, leave_every: int, base: int = 0
) -> None:
    """A number for every desk; every so many days somebody leaves, and a new number comes instead."""
    for day in range(*days):
        if day % 7 >= 5:
            continue
        left = (day - days[0]) // leave_every
        for turn in range(calls):
            desk = (day * 13 + turn * 7) % desks
            number = desk + desks * ((left - desk - 1) // desks + 1) if left > desk else desk
            traffic.call(day, who, base + number, 1)
            traffic.meet(day, who, 50_000 + 17 * desk + (day + turn) % 3, base + number)


@act
def firm(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    numbers: int,
    calls: int,
    people: int,
    base: int = 0,
    trunk: str = "",
    bureau: str = "",
    life: int = 1000,
) -> None:
    """A firm that works through a list of a hundred people (the first of them: `people`), over a line.

    life: days after which all its numbers are replaced.
    """
    begin = base
    for day in range(*days):
        base = begin + (day - days[0]) // life * numbers
        _call(traffic, who, day, range(base, base + numbers), calls, "feed", "anyone")
        for turn in range(12):
            person = people + (12 * (day - days[0]) + turn) % 100
            traffic.meet(day, who, person, base + turn % numbers)
        for kind, line in (("trunk", trunk), ("bureau", bureau)):
            if line:
                traffic.link(day, who, kind, line, calls)


@act
def local(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    areas: int,
    each: int,
    calls: int,
    base: int = 0,
    again: str = "other",
    back: int = 0,
    answered: int = 0,
    picked_up: float | None = None,
) -> None:
    """Some numbers in each area, from which its people are called, and once more on the next day.

    calls: a day, to each area. picked_up: the part of them that is. again: whether people see the `same` number then, or an `other` one.
    back: calls a day to one or other of them, of which some are answered.
    """
    numbers = [
        31_000_000_000 + AREAS[area] * 10_000_000 + base + place - FIRST_NUMBER
        for area in range(areas)
        for place in range(each)
    ]
    for day in range(*days):
        _call(traffic, who, day, numbers, areas * calls, "feed", "anyone", picked_up=picked_up)
        if back:
            traffic.answer(day, who, numbers[day % len(numbers)], back, answered)
        for area in range(areas):
            traffic.near(day, who, 3100 + area, calls, calls)
            for begun in (day - 1, day):
                place = (begun if again == "same" else day) % each
                traffic.meet(day, who, 10_000 * begun + base + area + 10_000, numbers[area * each + place])


@act
def withhold(traffic: Traffic, who: str, days: Sequence[int], calls: int, feed: str = "feed") -> None:
    """Calls with the number withheld."""
    for day in range(*days):
        traffic.withhold(day, who, calls, feed)


@act
def inbound(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    number: int,
    calls: int,
    answered: int,
    feed: str = "feed",
) -> None:
    """Calls to a number, and how many were answered."""
    for day in range(*days):
        traffic.answer(day, who, number, calls, answered, feed)


@act
def hear(traffic: Traffic, who: str, days: Sequence[int], called: int, answered: int) -> None:
    """In so many hours calls to numbers are seen on the feed named `who`, and in so many of them answered ones."""
    traffic.hear(range(*days), called, answered, who)


@act
def spoil(traffic: Traffic, who: str, number: int, defect: int) -> None:
    """The number is no good; call this before it is used."""
    traffic.defects[number] = defect


@act
def watch(traffic: Traffic, who: str, days: Sequence[int]) -> None:
    """The feed named `who` is seen."""
    traffic.watch(range(*days), who)
