"""Which number a call shows: for each way of picking, the spells of a day's calls."""

from __future__ import annotations

import numpy as np

from monitor.simulate.conduct import Pick
from monitor.simulate.fleet import Spells
from monitor.simulate.numbers import AREAS, area_of
from monitor.simulate.rng import scatter, share


def pick(
    how: Pick,
    spells: Spells,
    first: int,
    counts: np.ndarray,
    people: np.ndarray,
    salt: int,
    chance: np.random.Generator,
) -> np.ndarray:
    """The index of a spell for every call.

    counts: calls on day `first` and the days after it; people: the person of each call, in that order.
    """
    which = np.empty(people.size, dtype=np.int64)
    end = 0
    for day, count in enumerate(counts.tolist(), first):
        begin, end = end, end + count
        if not count:
            continue
        on = spells.on(day)
        kept = spells.kept[on]
        main, trickle = on[~kept], on[kept]
        # One that stays beside the others has its own part of the calls, however the rest is dealt.
        anchors, main = main[spells.anchor[main]], main[~spells.anchor[main]]
        which[begin:end] = _WAYS[how.how](how, spells, main, day, people[begin:end], salt, chance)
        beside = spells.weight[anchors].sum()
        if anchors.size:
            theirs = np.flatnonzero(chance.random(count) < beside / (beside + main.size))
            which[begin + theirs] = anchors[chance.integers(0, anchors.size, theirs.size)]
        if trickle.size:
            alive = spells.weight[trickle].sum()
            stray = np.flatnonzero(chance.random(count) < alive / (alive + beside + main.size))
            which[begin + stray] = trickle[chance.integers(0, trickle.size, stray.size)]
    return which


def _random(how, spells, main, day, people, salt, chance):
    return main[chance.integers(0, main.size, people.size)]


def _round_robin(how, spells, main, day, people, salt, chance):
    begin = int(chance.integers(0, main.size))
    return main[(begin + np.arange(people.size)) % main.size]


def _sticky(how, spells, main, day, people, salt, chance):
    """Each person has a desk; where it is empty, a second and third one, then whoever is there."""
    desk = np.full(spells.slots, -1, dtype=np.int64)
    # Where a desk has two numbers, as while it is renumbered, either is used for the day.
    mixed = chance.permutation(main)
    desk[spells.slot[mixed]] = mixed
    lot = people.astype(np.uint64) ^ np.uint64(salt)
    which = np.full(people.size, -1, dtype=np.int64)
    for _ in range(3):
        open_ = np.flatnonzero(which < 0)
        if not open_.size:
            break
        which[open_] = desk[(share(lot[open_]) * spells.slots).astype(np.int64)]
        lot = scatter(lot + np.uint64(1))
    open_ = np.flatnonzero(which < 0)
    which[open_] = main[chance.integers(0, main.size, open_.size)]
    return which


def _capped(how, spells, main, day, people, salt, chance):
    """Numbers are used up to their cap, one after the other; when all are full, the caps are lifted together."""
    age = np.clip((day - spells.start[main]) / how.over, 0, 1)
    caps = np.maximum(how.warm + (how.full - how.warm) * age, 1)
    order = chance.permutation(main.size)
    caps = np.ceil(caps * max(1.0, people.size / caps.sum()))[order].astype(np.int64)
    return chance.permutation(main[order].repeat(caps)[: people.size])


def _local(how, spells, main, day, people, salt, chance):
    """A number of the person's own area; for a mobile, or where there is none, any."""
    home = np.searchsorted(
        AREAS, (spells.number[main] // np.uint64(10_000_000) - np.uint64(3100)).astype(np.int64)
    )
    order = np.argsort(home, kind="stable")
    begins = np.searchsorted(home[order], np.arange(len(AREAS) + 1))
    area = area_of(people)
    sizes = np.where(area < 0, 0, np.diff(begins)[area])
    places = begins[np.maximum(area, 0)] + (chance.random(people.size) * sizes).astype(np.int64)
    places = np.where(sizes > 0, places, chance.integers(0, main.size, people.size))
    return main[order[places]]


_WAYS = {
    "sticky": _sticky,
    "random": _random,
    "round_robin": _round_robin,
    "capped": _capped,
    "local": _local,
}
