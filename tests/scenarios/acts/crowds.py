"""Many who come and go with a number each: organisations at a bureau, customers in advertisements, jobs."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.rules.traffic import Traffic
from tests.scenarios.acts.register import act


@act
def campaigns(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    life: int,
    at_once: int = 1,
    listed: int = 100,
    own: bool = False,
    together: bool = False,
    calls: int = 30,
    people: int = 0,
    base: int = 0,
    bureau: str = "",
    back: int = 0,
    answered: int = 0,
    most: int = 1000,
) -> None:
    """Organisations of one number, each for some days, one after the other; each calls a hundred of a list of people.

    own: each has a list of its own. together: those at once begin and end together, and the next ones six weeks later.
    back: calls a day to each number, of which some are answered. most: of them in all.
    """
    for slot in range(at_once):
        period = life + 42 if together else life
        begins = range(days[0] + (0 if together else life * slot // at_once), days[1], period)
        for turn, begin in enumerate(begins):
            place = turn * at_once + slot
            if place >= most:
                continue
            asked = random.Random(place).sample(range(listed), 100)
            for day in range(begin, min(begin + life, days[1])):
                name = f"{who}-{place}"
                traffic.call(day, name, base + place, calls)
                for step in range(12):
                    person = (
                        asked[(12 * (day - begin) + step) % 100] + people + (place * listed if own else 0)
                    )
                    traffic.meet(day, name, person, base + place)
                traffic.link(day, name, "bureau", bureau, calls)
                if back:
                    traffic.answer(day, name, base + place, back, answered)


@act
def listed(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    customers: int,
    life: int,
    calls: int,
    back: int,
    answered: int,
    base: int = 0,
    people: str = "same",
) -> None:
    """A number for each customer, for as long as it stays; calls a day to and from each.

    people: whether who is called again, five days later, sees the `same` number or that of an `other` customer.
    """
    for day in range(*days):
        for slot in range(customers):
            turn = (day - days[0] + life * slot // customers) // life
            number = base + 1000 * slot + turn
            traffic.call(day, who, number, calls)
            if back:
                traffic.answer(day, who, number, back, answered)
            person = number if people == "same" else base + 1000 * ((slot + day) % customers)
            traffic.meet(day, who, 10 * person + day % 5, number)


@act
def jobs(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    seats: int,
    life: int,
    each: int = 10,
    picked_up: int = 3,
    own: bool = False,
    base: int = 0,
    back: int = 2,
    answers: bool = True,
) -> None:
    """Seats whose numbers end after some days, one after the other; each calls two people anew a day, and again on the next two days.

    each: calls a day from each, of which so many are picked up. own: people are called again from the same seat; else from
    the next one. back: calls a day to each number, answered all or none.
    """
    for day in range(*days):
        now = [base + 1000 * seat + (day - days[0] + life * seat // seats) // life for seat in range(seats)]
        for seat, number in enumerate(now):
            traffic.call(day, who, number, each, answered=picked_up)
            traffic.answer(day, who, number, back, back if answers else 0)
            for begun in range(3):  # days ago
                for turn in range(2):
                    person = base + 100_000 + (day - begun) * 50 + seat * 2 + turn
                    traffic.meet(day, who, person, now[seat if own else (seat + begun) % seats])


@act
def misattributed(
    traffic: Traffic, who: str, days: Sequence[int], every: int, base: int, people: int, trunk: str = ""
) -> None:
    """Now and then a call of somebody else, from one of its numbers, over its line, to another person each time."""
    for place, day in enumerate(range(*days, every)):
        traffic.call(day, who, base + place % 4)
        traffic.meet(day, who, people + place, base + place % 4)
        if trunk:
            traffic.link(day, who, "trunk", trunk, 1)


@act
def circle(
    traffic: Traffic,
    who: str,
    days: Sequence[int],
    numbers: int,
    life: int,
    persons: int,
    base: int = 0,
    picked_up: float = 0.5,
) -> None:
    """So many numbers at a time call each of the same persons every day, and are changed for others together."""
    for day in range(*days):
        for place in range(numbers):
            number = base + numbers * ((day - days[0]) // life) + place
            traffic.call(day, who, number, persons, answered=round(picked_up * persons))
            for person in range(persons):
                traffic.meet(day, who, base + person, number)
