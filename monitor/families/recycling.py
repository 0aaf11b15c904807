"""Recycling: numbers that rest while others make their calls, and return; or that others use as well."""

from __future__ import annotations

from pydantic import Field

from monitor.families.graded import Graded


class Recycling(Graded):
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
    returns_of_long: float = Field(
        1,
        gt=0,
        description="The same, where numbers rest so long that they can't be more (`strong`): no holiday is as long.",
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
    strong_unheard: float = Field(
        0.7,
        gt=0,
        le=1,
        description="The same, from which it is strong where a feed never says whether callers are answered, few pick up (`picked_up_unheard`) and "
        "people see other numbers (`same`): of four sets that take turns each rests more, and crews are seldom so many.",
    )
    numbers_unheard: int = Field(20, ge=2, description="The same: numbers that came back.")
    picked_up_unheard: float = Field(
        1 / 3,
        gt=0,
        le=1,
        description="The same: share of its calls that is picked up, below which few pick up; compared with the upper bound of what was seen. "
        "Volunteers and crews are known to some of those they call. Nummerwacht's own.",
    )
    same: float = Field(
        0.33,
        gt=0,
        le=1,
        description="How often two calls to one person within four weeks show the same number, below which it is strong too, where most calls are not "
        "picked up and it is no desk that answers (`calls_back.desk`); compared with the upper bound of what was seen. Of two teams that take "
        "turns with one list, half see the same.",
    )
    shared: float = Field(
        0.25,
        gt=0,
        le=1,
        description="Share of its calls from numbers that other organisations told of a carousel used within thirteen weeks, from which "
        "it is told; of a sample, by the lower bound of what was seen. An operator that hands out again what one customer gave up gives the "
        "next one a few such numbers, not a quarter of its calls.",
    )
    shared_with: float = Field(
        0.1,
        gt=0,
        le=1,
        description="The same share in numbers of one of the others, of either's calls, from which that one is named.",
    )
    shared_numbers: int = Field(3, ge=2, description="Such numbers, below which it may be chance.")
    shared_calls: int = Field(
        5,
        ge=1,
        description="Calls that another one made from a number before it used it: fewer may be a slip.",
    )
