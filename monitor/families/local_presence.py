"""Local presence: everybody sees a number of their own area."""

from __future__ import annotations

from pydantic import Field

from monitor.families.graded import Graded


class LocalPresence(Graded):
    """Everybody sees a number of their own area."""

    supports: float = Field(
        3.0,
        gt=1,
        description="Areas in which the number follows the person, from which it supports others; by chance at most one. "
        "Compared with the lower bound of what was seen.",
    )
    strong: float = Field(
        6.0, gt=1, description="The same, from which it is strong: more than a firm of some branches."
    )
    same: float = Field(
        0.5,
        gt=0,
        le=1,
        description="How often two calls to one person from numbers of one area show the same one; where an area has one number, "
        "each time. Below, it has several, and they are no branch's own. Compared with the upper bound of what was seen.",
    )
    persons: int = Field(
        20, ge=5, description="Sampled persons called more than once from one area, to know that share."
    )
    calls_a_number: float = Field(
        5,
        ge=0,
        description="Calls a week by each effective number, one a working day; a desk may make fewer.",
    )
    numbers_cold: float = Field(
        40,
        gt=1,
        description="Numbers in use, as many as if all were used alike, from which it is strong too where most of the calls are not picked up "
        "(`calls_back.strange_answered`), whoever answers: branches call their customers.",
    )
    needed_cold: float = Field(
        15, gt=1, description="The same, as so many times the numbers that the calls need."
    )
    called_days: int = Field(
        7,
        ge=1,
        description="Days of about a month on which its numbers were called, from which it is strong where hardly anybody is answered "
        "(`calls_back.nobodys`), whatever who is called again sees: an exchange that is out of order is put right sooner.",
    )
    called_numbers: int = Field(
        5,
        ge=1,
        description="Local numbers that must have been called for it, at least: of each no more calls count than that part of "
        "`calls_back.calls`, since one shop may have moved.",
    )
