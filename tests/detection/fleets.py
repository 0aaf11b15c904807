"""Fleets that are drawn around the thresholds, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from monitor.book import Book
from monitor.day.coverage import Coverage
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.told import Told
from tests.detection.plain import (
    FIRST,
    Caller,
    anybody,
    calls_of,
    campaign,
    rotating,
    staying,
)

POLICY = Policy.load("nl")
DAYS = 75
START = 20  # of those that rotate: births are known by then
FLEETS = 30
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.wide) for seed in range(2, 9))]


@dataclass(frozen=True, slots=True)
class Shape:
    """A fleet that was drawn."""

    place: int
    kind: str
    pool: int
    life: int
    rate: float
    callback: float
    answered: float
    seed: int

    @property
    def name(self) -> str:
        return f"fleet-{self.place}"

    def calls(self, days: int = DAYS) -> pl.DataFrame:
        """Its calls as one organisation."""
        stays = self.kind == "stays"
        numbers = staying(self.pool) if stays else rotating(self.pool, self.life, START, self.kind, self.seed)
        return calls_of(
            Caller(
                self.name, self.rate, numbers, campaign(self.rate), range(0 if stays else START, days),
                callback=self.callback, answered=self.answered,
            ),
            self.place, self.seed,
        )  # fmt: skip


def shapes(seed: int, rates: Iterable[float] = (6, 20, 60), many: int = FLEETS) -> list[Shape]:
    """Fleets around the thresholds; of ten one stays."""
    chance = np.random.default_rng(seed)
    return [
        Shape(
            place,
            str(chance.choice(["stays", "stagger", "together", "chance"], p=[0.1, 0.3, 0.2, 0.4])),
            int(chance.integers(1, 13)),
            int(chance.integers(3, 60)),
            float(chance.choice(list(rates))),
            float(chance.choice([0, 0.3])),
            float(chance.choice([0, 0.9])),
            int(chance.integers(10_000)),
        )
        for place in range(many)
    ]


def fleet(kind: str, pool: int, life: int, rate: int, seed: int) -> pl.DataFrame:
    """The calls of one organisation, honest or not."""
    return named(Shape(0, kind, pool, life, rate, 0, 1, seed).calls(), "acme")


def named(calls: pl.DataFrame, name: str) -> pl.DataFrame:
    """The same calls, as those of another."""
    return calls.with_columns(organisation=pl.lit(name))


def again(calls: pl.DataFrame, turn: int, **columns: pl.Expr) -> pl.DataFrame:
    """The same calls once more, as others."""
    return calls.with_columns(id=pl.col("id").hash(turn), **columns)


def base(seed: int, days: int = DAYS) -> pl.DataFrame:
    """Somebody else, so that the feed is seen on every day."""
    return calls_of(Caller("base", 30, staying(3), anybody(1000), range(days), (1,) * 7), 500, seed)


def alerts(parts: list[pl.DataFrame], days: int = DAYS) -> list:
    book = Book(Judge(POLICY), Told(POLICY))
    for part in parts:
        book.observe(part)
    coverage = Coverage.total(Coverage.of(part) for part in parts)
    return [alert for day in range(FIRST, FIRST + days) for alert in book.close(day, coverage)]
