"""Dialler signatures: calls dealt over numbers more evenly than chance does."""

from __future__ import annotations

from pydantic import Field

from monitor.families.section import Section


class Dialler(Section):
    """Calls dealt over numbers more evenly than chance does."""

    index: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="Index of dispersion, 1 by chance; its upper bound must be below. Desks are above 1.",
    )
    freedom: int = Field(50, ge=10, description="Numbers less one, added up over the days of four weeks.")
    calls: float = Field(
        4,
        gt=0,
        description="Calls a day from each number. Numbers that made none are not counted, so that few calls look even by "
        "themselves: chance gives an index of 0.4 at one call a day, and of 0.9 at four.",
    )
