"""Sharing, a measure of recycling: numbers that several carousels use, together or one after the other.

Numbers are kept by organisation, so each is judged by its own use of them, and found by it. That others who go through
numbers use the same ones is told besides, in an alert of its own: of each that is told of a carousel anyway. So nobody is
told of anything for it who is not told already, and no other user of a number is named.

- measured: of the calls that an organisation made within thirteen weeks, the share from numbers that others used then
- exact where all numbers of all of them are known; of a sample (`pools.py`) with Wilson's interval (1927) for as many equal
  numbers as have the same spread (Kish, 1965)
- excused: numbers that came or went with a declared event; a declared merger; principals of one bureau, whose numbers
  they show
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from monitor.across.pools import ALL, Pool, Shown
from monitor.families import Recycling
from monitor.fleet.moment import STATUSES
from monitor.fleet.survival import wilson
from monitor.policy import NumberCarousel
from monitor.reference import Reference
from monitor.rules.evidence import SHOWN
from monitor.tenure import WEEK, WEEKS
from monitor.verdict import Evidence, Line, Reason, Verdict

#: Organisations that are named as other users.
_MOST = 12


@dataclass(frozen=True, slots=True)
class Sharing:
    """What an organisation has in common with others."""

    share: float  # of its calls
    interval: tuple[float, float] | None  # None: all numbers are known
    compared: int  # its numbers of which it is known whether the others used them
    numbers: list[Shown]  # those that others used too
    users: int  # of a number, itself included: the most that any of these numbers has
    together: int  # of these numbers, those that several called from on one day
    others: tuple[str, ...]  # with whom it has most in common first


def sharing(
    day: int, pools: Mapping[str, Pool], rule: NumberCarousel, reference: Reference
) -> Iterator[Verdict]:
    """The organisations of which so much of the calls is made from numbers of others; pools: of one day, by organisation."""
    used: dict[int, list[tuple[str, Shown]]] = defaultdict(list)
    for name, pool in sorted(pools.items()):
        for shown in pool.numbers:
            if shown.term >= rule.recycling.shared_calls:
                used[shown.number].append((name, shown))
    merged = _merged(reference)
    for name, pool in sorted(pools.items()):
        excused = merged.get(name, frozenset()) | {
            other for other, its in pools.items() if set(its.bureaus) & set(pool.bureaus)
        }
        found = shared(pool, pools, used, rule.recycling, excused)
        if found is not None:
            yield _verdict(day, pool, found, pools, rule.recycling)


def shared(
    pool: Pool,
    pools: Mapping[str, Pool],
    used: Mapping[int, list[tuple[str, Shown]]],
    terms: Recycling,
    excused: frozenset[str],
) -> Sharing | None:
    """What a pool has in common with others, if that is enough. used: who used each number, and how."""
    ours: dict[str, list[Shown]] = defaultdict(list)
    for shown in pool.numbers:
        for name, _ in used.get(shown.number, ()):
            if name != pool.organisation and name not in excused:
                ours[name].append(shown)
    # Of either, since a small one may have most of its numbers from a large one's pool.
    parts = {
        name: max(
            _share(pool, numbers, [pools[name]]),
            _share(pools[name], _same(pools[name], numbers), [pool]),
            key=lambda found: found[1],
        )
        for name, numbers in ours.items()
    }
    others = {name: part for name, part in parts.items() if part[1] >= terms.shared_with}
    if not others:
        return None
    theirs = {shown.number: shown for name in others for shown in ours[name]}
    share, low, high = _share(pool, list(theirs.values()), [pools[name] for name in others])
    if low < terms.shared or len(theirs) < terms.shared_numbers:
        return None
    users = [[each for name, each in used[number] if name in others] for number in theirs]
    upto = min(pool.upto, *(pools[name].upto for name in others))
    return Sharing(
        share=share,
        interval=None if upto == ALL else (low, high),
        compared=sum(each.order <= upto for each in pool.numbers),
        numbers=sorted(theirs.values(), key=lambda shown: (-shown.calls, shown.number)),
        users=max(map(len, users)) + 1,
        together=sum(
            any(shown.days & each.days for each in by)
            for shown, by in zip(theirs.values(), users, strict=True)
        ),
        others=tuple(sorted(others, key=lambda name: (-others[name][0], name))),
    )


def _share(pool: Pool, numbers: list[Shown], others: list[Pool]) -> tuple[float, float, float]:
    """Of the calls from numbers of which it is known whether the others used them, the share that they did; with its bounds."""
    upto = min(pool.upto, *(other.upto for other in others))
    calls = np.asarray([shown.term for shown in pool.numbers if shown.order <= upto], np.float64)
    theirs = sum(shown.term for shown in numbers if shown.order <= upto)
    if not calls.sum():
        return 0.0, 0.0, 1.0
    share = theirs / float(calls.sum())
    if upto == ALL:
        return share, share, share
    low, high = wilson(np.array([share]), np.array([calls.sum() ** 2 / (calls**2).sum()]))
    return share, float(low[0]), float(high[0])


def _same(pool: Pool, numbers: list[Shown]) -> list[Shown]:
    """Some numbers of another one, as a pool has them."""
    wanted = {shown.number for shown in numbers}
    return [shown for shown in pool.numbers if shown.number in wanted]


def _merged(reference: Reference) -> dict[str, frozenset[str]]:
    """Whom each organisation was declared to go on for, or to be taken over by."""
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for event in reference.declarations:
        together = event.formerly | {event.organisation}
        for name in together if event.formerly else ():
            found[name] |= together
    return found


def _verdict(day: int, pool: Pool, found: Sharing, pools: Mapping[str, Pool], terms: Recycling) -> Verdict:
    others = [pools[name] for name in found.others]
    reason = Reason(
        family="recycling",
        measure="numbers_of_others",
        value=found.share,
        interval=found.interval,
        threshold=terms.shared,
        exposure={
            "calls": float(pool.calls),
            "numbers": float(pool.size),
            "numbers_shared": float(len(found.numbers)),
            "numbers_known": float(found.compared),
            "organisations": float(len(others)),
            "users_of_a_number": float(found.users),  # at most
            "on_one_day": float(found.together),
        },
        strong=False,
        clears_when="No other organisation of which the same is told uses its numbers, or no other alert of a number carousel is open about it.",
    )
    counts = {
        "calls": pool.calls,
        "numbers": pool.size,
        "numbers_shared": len(found.numbers),
        "users_of_a_number": found.users,
        "organisations": len(others),
    }
    lines = tuple(
        Line(each.number, each.first, each.known, each.last, each.calls, STATUSES[each.status])
        for each in found.numbers[:SHOWN]
    )
    feeds = tuple(sorted({feed for each in (pool, *others) for feed in each.feeds}))
    coverage = min(each.coverage for each in (pool, *others))
    evidence = Evidence(counts, lines, feeds, coverage, related=found.others[:_MOST])
    return Verdict(
        kind="number_carousel",
        organisation=pool.organisation,
        number=None,
        severity="medium",
        reasons=(reason,) if pool.reason is None else (pool.reason, reason),
        window=(day - WEEKS * WEEK + 1 if pool.since is None else pool.since, day),
        evidence=lambda: evidence,
    )
