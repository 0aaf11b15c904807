"""How an organisation's numbers live: spells of use, for each kind of fleet.

A fleet has *slots*: a desk, an agent, a place in the dialler's pool. In each slot one number follows
another. Everything that makes a carousel, and everything that only looks like one, is a way in which
slots are filled, so each kind below is a few lines on top of `_follow`.

Days are whole local days from the start of the simulation; a spell holds from `start` up to but not
including `stop`. Spells may begin long before day 0 and end after the last day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from monitor.config.closed import Closed

#: A day before which nothing begins, and after which nothing ends.
LONG_AGO, EVER = -4000, 100_000

Mint = Callable[..., np.ndarray]  # count, areas=... -> numbers


@dataclass(frozen=True, slots=True)
class Spells:
    """Parallel arrays, one entry a spell, by slot and then start."""

    slot: np.ndarray  # int32
    number: np.ndarray  # uint64
    start: np.ndarray  # int32, first day of use
    stop: np.ndarray  # int32, the day after the last
    weight: np.ndarray  # float64, calls relative to a number in full use
    kept: np.ndarray  # bool: no real use any more, only kept alive by a trickle
    anchor: np.ndarray  # bool: beside the others, with a part of the calls of its own
    slots: int

    def on(self, day: int) -> np.ndarray:
        """Indices of the spells that hold on a day."""
        return np.flatnonzero((self.start <= day) & (day < self.stop))

    def between(self, first: int, last: int) -> Spells:
        """What of the spells lies in days first .. last - 1."""
        start, stop = np.maximum(self.start, first), np.minimum(self.stop, last)
        return self._where(start < stop, start=start, stop=stop)

    def plus(self, other: Spells) -> Spells:
        """Both fleets side by side: the other's slots come after these."""
        columns = {
            name: np.concatenate([getattr(self, name), getattr(other, name)])
            for name in ("number", "start", "stop", "weight", "kept", "anchor")
        }
        return Spells(
            np.concatenate([self.slot, other.slot + self.slots]), slots=self.slots + other.slots, **columns
        )

    def _where(self, keep: np.ndarray, **changed: np.ndarray) -> Spells:
        columns = {
            f.name: changed.get(f.name, getattr(self, f.name)) for f in fields(self) if f.name != "slots"
        }
        return Spells(slots=self.slots, **{name: column[keep] for name, column in columns.items()})


class Kind(Closed):
    """What all fleets have."""

    pool: int = Field(ge=1, description="Numbers in use at one time.")
    areas: int = Field(0, ge=0, le=30, description="Spread the numbers over so many areas; 0: anywhere.")

    def spells(self, first: int, last: int, days: int, mint: Mint, chance: np.random.Generator) -> Spells:
        """Spells from day first to day last, of which those that touch 0 .. days are wanted."""
        raise NotImplementedError

    @property
    def breathes(self) -> bool:
        """Whether the calls go up and down with the numbers in use."""
        return False


class Keep(Kind):
    """Numbers that stay; people leave, and their numbers mostly go to their successors."""

    kind: Literal["keep"] = "keep"
    turnover: float = Field(0.0, ge=0, description="Share of the desks that change hands in a year.")
    reuse: float = Field(0.9, ge=0, le=1, description="Share of the changes after which the number stays.")

    def spells(self, first, last, days, mint, chance):
        left = self.turnover * (1 - self.reuse)
        if not left:
            lives = np.full((self.pool, 1), EVER)
        else:
            lives = np.maximum(chance.exponential(365 / left, (self.pool, 4 + int(8 * left * last / 365))), 7)
        begin = first if first > LONG_AGO else -chance.exponential(1500, self.pool) - 200
        return _follow(lives, begin, days, self, mint)


class Rotate(Kind):
    """Each number is replaced by a fresh one when its time is up."""

    kind: Literal["rotate"] = "rotate"
    life: float = Field(gt=0, description="Days that a number is used.")
    overlap: float = Field(
        0.0, ge=0, lt=1, description="Share of its life in which its successor is already used."
    )
    noise: float = Field(0.0, ge=0, description="Spread of the lives, as a share of the life.")
    together: bool = Field(False, description="The whole pool changes on one day, not number by number.")
    trickle: float = Field(0.0, ge=0, lt=1, description="Weight at which a replaced number is kept alive.")
    trickle_for: int = Field(120, ge=0, description="Days for which it is kept alive.")
    anchor: float = Field(
        0.0, ge=0, lt=1, description="Share of the calls from one number beside these, which stays."
    )
    rest: float | None = Field(
        None, gt=0, description="Days of rest after which a number returns; null: never."
    )

    def spells(self, first, last, days, mint, chance):
        since = max(first, -200)
        step = self.life * (1 - self.overlap)
        times = int((days - since) / step * (1 + self.noise)) + 4
        rows = 1 if self.together else self.pool
        steps = step * np.maximum(1 + self.noise * chance.standard_normal((rows, times)), 0.2)
        if not self.together:
            steps[:, 0] *= chance.random(rows)
        elif first <= LONG_AGO:
            steps[:, 0] *= chance.random()
        steps = np.broadcast_to(steps, (self.pool, times))
        ring = None if self.rest is None else 1 + max(1, int(np.ceil(self.rest / step)))
        spells = _follow(steps, since, days, self, mint, overlap=self.life * self.overlap, ring=ring)
        return spells.plus(self._anchor(first, mint)) if self.anchor else spells

    def _anchor(self, first: int, mint: Mint) -> Spells:
        weight = self.pool * self.anchor / (1 - self.anchor)
        return _spells(
            np.zeros(1), _mint(mint, 1, self), [first], [EVER], slots=1, weight=weight, anchor=True
        )


class Season(Kind):
    """The same numbers, used in seasons; a part of the fleet may be used all year."""

    kind: Literal["season"] = "season"
    busy: int = Field(30, ge=1, description="Days of a season.")
    quiet: int = Field(40, ge=1, description="Days between two seasons.")
    phase: int = Field(0, description="Days of the first season that are over on day 0.")
    all_year: int = Field(0, ge=0, description="How many of the numbers are used all year.")

    @model_validator(mode="after")
    def _of_the_pool(self) -> Season:
        if self.all_year > self.pool:
            raise ValueError("all_year must not be more than the pool has")
        return self

    @property
    def breathes(self) -> bool:
        return True

    def spells(self, first, last, days, mint, chance):
        numbers = _mint(mint, self.pool, self)
        starts = np.arange(-self.phase - 6 * (self.busy + self.quiet), last + 400, self.busy + self.quiet)
        starts = starts[starts + self.busy > first]
        slot = np.arange(self.all_year, self.pool).repeat(starts.size)
        start = np.tile(np.maximum(starts, first), self.pool - self.all_year)
        stop = np.tile(starts + self.busy, self.pool - self.all_year)
        steady = np.arange(self.all_year)
        return _spells(
            np.concatenate([steady, slot]),
            np.concatenate([numbers[: self.all_year], numbers[slot]]),
            np.concatenate([np.full(self.all_year, first), start]),
            np.concatenate([np.full(self.all_year, EVER), stop]),
            slots=self.pool,
        )


class Grow(Kind):
    """A fleet to which numbers are added and from which none are taken."""

    kind: Literal["grow"] = "grow"
    monthly: float = Field(
        0.3, gt=0, description="Numbers added in 30 days, as a share of those at the beginning."
    )

    @property
    def breathes(self) -> bool:
        return True

    def spells(self, first, last, days, mint, chance):
        start = max(first, 0)
        added = int(self.pool * self.monthly * (days - start) / 30)
        slots = self.pool + added
        begin = np.concatenate(
            [np.full(self.pool, first), np.sort(chance.integers(start, max(days, start + 1), added))]
        )
        return _spells(np.arange(slots), _mint(mint, slots, self), begin, np.full(slots, EVER), slots=slots)


class Renumber(Kind):
    """All numbers are replaced, once; some days later the old ones are dead."""

    kind: Literal["renumber"] = "renumber"
    day: int = Field(description="The day of the change.")
    overlap_days: int = Field(14, ge=0, description="Days in which old and new numbers are both used.")

    def spells(self, first, last, days, mint, chance):
        slots = np.arange(self.pool).repeat(2)
        start = np.tile([first, self.day], self.pool)
        stop = np.tile([self.day + self.overlap_days, EVER], self.pool)
        return _spells(slots, _mint(mint, 2 * self.pool, self), start, stop, slots=self.pool)


Fleet = Annotated[Keep | Rotate | Season | Grow | Renumber, Field(discriminator="kind")]


def _follow(
    steps: np.ndarray,
    begin: float | np.ndarray,
    days: int,
    kind: Kind,
    mint: Mint,
    *,
    overlap: float = 0.0,
    ring: int | None = None,
) -> Spells:
    """Numbers that follow each other in their slots.

    steps: (slots, generations), days after which the next number begins.
    overlap: days for which a number is used on after its successor began.
    ring: the number of generation g is that of generation g - ring again.
    """
    slots, generations = steps.shape
    ends = np.rint(np.asarray(begin, dtype=float).reshape(-1, 1) + steps.cumsum(axis=1)).astype(np.int64)
    starts = np.empty_like(ends)
    starts[:, 0], starts[:, 1:] = np.rint(begin), ends[:, :-1]
    ends = np.minimum(np.maximum(ends, starts + 1) + round(overlap), EVER)
    slot = np.arange(slots).repeat(generations)
    start, stop = starts.ravel(), ends.ravel()
    trickle = getattr(kind, "trickle", 0.0)
    # Numbers are minted only for what is seen, and for the return of those that rest.
    seen = (stop + (kind.trickle_for if trickle else 0) > 0) & (start < days + (0 if ring is None else 400))
    turn = np.tile(np.arange(generations), slots)
    number_of = slot * (ring or generations) + turn % (ring or generations)
    slot, start, stop, number_of = slot[seen], start[seen], stop[seen], number_of[seen]
    which, number_of = np.unique(number_of, return_inverse=True)
    if kind.areas:
        areas = (which // (ring or generations)) % kind.areas
        minted = np.empty(which.size, dtype=np.uint64)
        for area in range(kind.areas):
            here = np.flatnonzero(areas == area)
            minted[here] = mint(here.size, areas=[area])
    else:
        minted = mint(which.size)
    spells = _spells(slot, minted[number_of], start, stop, slots=slots)
    if not trickle:
        return spells
    tail = _spells(slot, spells.number, stop, stop + kind.trickle_for, slots=slots, weight=trickle, kept=True)
    both = spells.plus(tail)
    return replace(both, slot=both.slot % slots, slots=slots)


def _mint(mint: Mint, count: int, kind: Kind) -> np.ndarray:
    return mint(count, areas=range(kind.areas)) if kind.areas else mint(count)


def _spells(
    slot, number, start, stop, *, slots: int, weight: float = 1.0, kept: bool = False, anchor: bool = False
) -> Spells:
    return Spells(
        slot.astype(np.int32),
        number,
        np.asarray(start).astype(np.int32),
        np.asarray(stop).astype(np.int32),
        np.full(slot.size, weight),
        np.full(slot.size, kept),
        np.full(slot.size, anchor),
        slots,
    )
