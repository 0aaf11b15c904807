"""Dialler signatures: calls dealt over numbers more evenly than chance does, and new numbers that are warmed up."""

from __future__ import annotations

from pydantic import Field

from monitor.config.closed import Closed


class Dialler(Closed):
    """Calls dealt over numbers more evenly than chance does, and new numbers that are warmed up."""

    index: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="Index of dispersion, 1 by chance; its upper bound must be below. Desks are above 1.",
    )
    freedom: int = Field(
        50,
        ge=10,
        description="Numbers less one, added up over the days that are looked at: of the last week, or of four.",
    )
    calls: float = Field(
        1.5,
        gt=1,
        description="Calls a day from each number that made any. Of fewer hardly any makes more than one, whoever deals them.",
    )
    rise: float = Field(
        1.5,
        gt=1,
        description="Calls a day from a number in its sixth to eighth day, over those of its first three, from which it is said that "
        "new numbers are warmed up; compared with the lower bound. A first day that began at noon gives 1.2.",
    )
    births: int = Field(
        5,
        ge=4,
        description="Days in four weeks on which such numbers were born, below which nothing is said: one colleague begins slowly, "
        "and so may two.",
    )
    rising: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of these days whose numbers must all in all make more calls later: a dialler's ramps are alike.",
    )
    warming_calls: int = Field(
        10, ge=1, description="Calls of a number on those days together, below which it is not counted."
    )
    machine: float = Field(
        1.5,
        gt=1,
        description="Index of dispersion of what each number made in a week, below which its upper bound says that no people at desks deal the calls, "
        "unless those of a day surely differ by more: people differ in pace and in days. It counts for nothing by itself.",
    )
    machine_numbers: int = Field(20, ge=3, description="Numbers in that week, below which it isn't asked.")
