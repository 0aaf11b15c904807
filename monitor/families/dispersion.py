"""Dispersion: calls spread over more numbers than they need."""

from __future__ import annotations

from pydantic import Field

from monitor.families.graded import Graded


class Dispersion(Graded):
    """Calls spread over more numbers than they need."""

    calls_a_number: float = Field(
        100,
        gt=0,
        description="Calls a day that one number can carry without wearing out: the top of what guides for diallers "
        "advise to those who rotate. One that isn't rotated has no limit.",
    )
    supports: float = Field(
        1.5, gt=1, description="Effective numbers over needed ones from which it supports others."
    )
    strong: float = Field(10, gt=1, description="The same, from which it is strong.")
