"""Recycling: numbers that rest while others make their calls, and return."""

from __future__ import annotations

from pydantic import Field

from monitor.families.section import Section


class Recycling(Section):
    """Numbers that rest while others make their calls, and return."""

    calls_a_number: float = Field(
        10,
        ge=0,
        description="Calls a week by each effective number, two a working day; a desk may make fewer.",
    )
    missed: float = Field(
        10,
        gt=0,
        description="Calls that a number would have made at its pace before its silence of a week is a rest.",
    )
    short: int = Field(
        2,
        ge=1,
        le=7,
        description="Days without a call from which a silence is a rest where calls back are surely not answered; guides for "
        "diallers advise 48 hours. Elsewhere a week: people are away for days.",
    )
    weekday: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Share of the weeks in which a number calls on a day of the week, from which such a day without a call "
        "can be a part of a rest of less than a week; a part-time worker's free days are none.",
    )
    returns: float = Field(
        1.5, gt=0, description="Rests that a number came back from in thirteen weeks. Holidays give one."
    )
    numbers: int = Field(5, ge=2, description="Numbers that came back.")
    kept_up: float = Field(
        0.75,
        gt=0,
        description="Calls a day while numbers rest, over those while they are used; in a season far fewer.",
    )
    supports: float = Field(
        0.4, gt=0, le=1, description="Share of the time that numbers rest, from which it supports others."
    )
    strong: float = Field(
        0.5,
        gt=0,
        le=1,
        description="The same, from which it is strong where calls back are surely not answered: two shifts rest as much, "
        "and answer.",
    )
