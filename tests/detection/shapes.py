"""More ways to deal calls over numbers, honest and not; see `plain.py`."""

from __future__ import annotations

import numpy as np

from tests.detection.plain import Numbers


def leavers(many: int, yearly: float, seed: int, skew: float = 0.7) -> Numbers:
    """Desks of which a share changes hands in a year, each time with a new number."""
    random = np.random.default_rng(seed)
    lives = np.maximum(random.exponential(365 / yearly, (many, 60)), 5)
    ends = lives.cumsum(axis=1) - lives[:, :1] * random.random((many, 1))
    paces = np.exp(skew * random.standard_normal(many))

    def numbers(day: int, calls: int, chance: np.random.Generator) -> np.ndarray:
        desks = chance.choice(many, calls, p=paces / paces.sum())
        return desks * 60 + (ends <= day).sum(axis=1)[desks]

    return numbers


def holidays(many: int, seed: int) -> Numbers:
    """Desks whose people go away twice for two or three weeks."""
    random = np.random.default_rng(seed)
    start, length = random.integers(0, 150, (many, 2)), random.integers(10, 24, (many, 2))

    def numbers(day: int, calls: int, chance: np.random.Generator) -> np.ndarray:
        here = np.flatnonzero(~((start <= day) & (day < start + length)).any(axis=1))
        return here[chance.integers(0, len(here), calls)]

    return numbers


def part_time(pool: int) -> Numbers:
    """Desks at which everybody works on days of the week of their own: two, three or four in a row."""

    def numbers(day: int, calls: int, chance: np.random.Generator) -> np.ndarray:
        here = [desk for desk in range(pool) if (day - desk) % 7 < 2 + desk % 3]
        return np.asarray(here)[chance.integers(0, len(here), calls)]

    return numbers


def replaced_once(pool: int, day: int, over: int) -> Numbers:
    """A fleet that gets new numbers, one after the other within some days."""
    when = day + np.arange(pool) * over / pool

    def numbers(day: int, calls: int, chance: np.random.Generator) -> np.ndarray:
        slots = chance.integers(0, pool, calls)
        return slots + pool * (when[slots] <= day)

    return numbers


def growing(pool: int, a_day: float) -> Numbers:
    """A pool to which numbers are added."""
    return lambda day, calls, chance: chance.integers(0, int(pool + a_day * day), calls)


def campaigns(pool: int, every: int, length: int, extra: int) -> Numbers:
    """A few numbers that stay; now and then a campaign has some of its own."""

    def numbers(day: int, calls: int, chance: np.random.Generator) -> np.ndarray:
        which, inside = divmod(day, every)
        own = (chance.random(calls) < 0.6) & (inside < length)
        return np.where(
            own, 1000 + which * extra + chance.integers(0, extra, calls), chance.integers(0, pool, calls)
        )

    return numbers


def ring(pool: int, life: int, rest: int, seed: int = 0) -> Numbers:
    """Numbers that are used, rest, and return, each slot in its own rhythm."""
    turns = -(-(life + rest) // life)
    shift = np.random.default_rng(seed).integers(0, life + rest, pool)

    def numbers(day: int, calls: int, chance: np.random.Generator) -> np.ndarray:
        slots = chance.integers(0, pool, calls)
        return slots * turns + (day + shift[slots]) // life % turns

    return numbers
