"""A second source of traffic: plain carousels are found in time, honest fleets never named.

It was written apart from the simulator, but thresholds were set with its fleets in sight (re-contact most of all),
so passing here is no measurement: it keeps what was learnt from being lost.
"""

from __future__ import annotations

from itertools import product

import pytest

from tests.detection.plain import Caller, anybody, campaign, in_turn, judged, opened, own, rotating, staying
from tests.detection.shapes import campaigns, growing, holidays, leavers, part_time, replaced_once, ring

#: Days of a week: office hours, Saturday mornings, always.
_WEEKS = ((1, 1, 1, 1, 1, 0, 0), (1, 1, 1, 1, 1, 0.5, 0), (1,) * 7)
#: Days for which a feed without calls to numbers must have been seen: of who was there when it began, and may be on duty in turn
#: or not, and of others.
_KNOWN_ON_DUTY, _KNOWN_OF_OLD, _KNOWN = 90, 60, 30


@pytest.mark.wide
@pytest.mark.parametrize("rate", [8, 120])
def test_numbers_that_are_replaced_within_a_month_are_found_at_the_second_replacement(rate: int) -> None:
    """Whatever the pool, the way of replacing, the week and whom they call; sooner where it was so all along."""
    callers, latest = [], {}
    cases = product((1, 4, 12), (1, 3, 7, 14, 21, 30), ("stagger", "together"))
    for place, (pool, life, how) in enumerate(cases):
        start = (0, 45)[place % 2]
        name = f"{pool} for {life} days {how}, {start}"
        people = (anybody(10**6), campaign(rate))[place // 2 % 2]
        callers.append(
            Caller(
                name,
                rate,
                rotating(pool, life, start, how, place),
                people,
                range(start, 150),
                _WEEKS[place % 3],
            )
        )
        # Where a number makes less than a call a day, it takes some more calls to know that it ended.
        sparse = 14 * (pool > rate) + 7 * (3 * pool > rate)
        enough = start + 100 / rate * 7 / 5 + 6  # the policy's least calls
        of_old = _KNOWN_ON_DUTY if pool == 1 and life >= 7 else _KNOWN_OF_OLD
        known = _KNOWN if start >= _KNOWN else of_old
        latest[name] = max(known, max(_KNOWN, start) + 2 * life + 6 + sparse, enough)
    found = opened(judged(callers), "number_carousel")
    late = {name: (found.get(name), day) for name, day in latest.items() if found.get(name, 999) > day}
    assert late == {}


@pytest.mark.wide
def test_slow_rotation_is_found_at_the_second_replacement() -> None:
    """Numbers that last 40 to 60 days."""
    callers = [
        Caller(f"{pool}, {life}", 60, rotating(pool, life, 25, how, pool), anybody(10**6), range(25, 150))
        for pool, life, how in product((3, 10), (40, 50, 60), ("stagger", "together"))
    ]
    found = opened(judged(callers), "number_carousel")
    assert {c.name for c in callers} == set(found)
    assert all(day <= 25 + 2 * float(name.split(", ")[1]) + 6 for name, day in found.items())


@pytest.mark.wide
def test_numbers_that_rest_and_return_are_found_though_none_is_new() -> None:
    """It was so before the feed was seen; found within a month of what the feed's history allows."""
    callers = [
        Caller(
            f"{life} of {life + rest}",
            100,
            ring(pool, life, rest, life),
            campaign(100),
            week=_WEEKS[1],
            callback=0.06,
            answered=0.1,
        )
        for pool, life, rest in ((4, 1, 2), (10, 2, 14), (10, 5, 14), (10, 5, 21), (10, 7, 21), (10, 7, 30))
    ]
    found = opened(judged(callers), "number_carousel")
    assert {c.name for c in callers} == set(found)
    assert all(day <= 60 for day in found.values())


@pytest.mark.wide
def test_staff_who_work_in_turns_are_never_named() -> None:
    """Shifts of a week or a fortnight and part-time weeks, each with a number; many answer, or few, or it is not known."""
    shifts = [ring(24, on, off, on) for on, off in ((7, 7), (14, 14), (7, 14), (1, 2), (4, 4))]
    callers = [
        Caller(
            f"shift {turn}, {call}", 200, numbers, anybody(5000), week=_WEEKS[2], callback=call, answered=0.6
        )
        for turn, numbers in enumerate(shifts)
        for call in (0.001, 0.05, 0.2)
    ]
    callers += [
        Caller(f"part-time {answer}", 200, part_time(30), anybody(5000), callback=0.05, answered=answer)
        for answer in (0.1, 0.6)
    ]
    assert opened(judged(callers), "number_carousel") == {}


@pytest.mark.wide
def test_offices_are_never_named() -> None:
    """A number for every desk, however many, however used, with leavers and holidays."""
    callers = []
    for place, (pool, each) in enumerate(product((20, 300, 3000), (0.1, 0.5, 2))):
        rate = pool * each
        if not 10 <= rate <= 1500:
            continue
        ways = {
            "any": staying(pool),
            "uneven": staying(pool, 1.2),
            "in turn": in_turn(pool),
            "some leave": leavers(pool, 0.2, place),
            "many leave": leavers(pool, 0.4, place),
            "holidays": holidays(pool, place),
        }
        for turn, (how, numbers) in enumerate(ways.items()):
            people = (own(20), anybody(10**6), anybody(20_000))[turn % 3]
            callers.append(
                Caller(f"{pool} at {each} {how}", rate, numbers, people, callback=(0, 0.3)[turn % 2])
            )
    assert judged(callers) == []


@pytest.mark.wide
def test_small_callers_are_never_named() -> None:
    """Shops, call centres, newcomers, growers, seasons, campaigns, and who is renumbered once."""
    callers = []
    for place, (pool, rate) in enumerate(product((1, 3, 8), (4, 40, 150))):
        people, week = (anybody(500), campaign(rate))[place % 2], _WEEKS[place % 3]
        ways = {
            "stays": staying(pool, 0.5),
            "in turn": in_turn(pool),
            "renumbered": replaced_once(pool, 60, 1),
            "slowly renumbered": replaced_once(pool, 60, 30),
            "grows": growing(pool, pool / 40),
            "campaigns": campaigns(pool, 60, 14, 4),
        }
        callers += [
            Caller(f"{pool} at {rate} {how}", rate, way, people, week=week) for how, way in ways.items()
        ]
        callers.append(
            Caller(f"{pool} at {rate} new", rate, staying(pool), campaign(rate), range(40 + place, 150), week)
        )
        season = [day for day in range(150) if (day + 7 * place) % (30 + 10 * pool) < 30]
        callers.append(Caller(f"{pool} at {rate} season", rate, staying(pool), campaign(rate), season, week))
    callers += [Caller(f"centre of {n}", n * 60, staying(n), campaign(n * 60)) for n in (10, 30)]
    callers += [Caller(f"idle centre of {n}", n * 15, in_turn(n), campaign(n * 15)) for n in (10, 30)]
    assert judged(callers) == []
