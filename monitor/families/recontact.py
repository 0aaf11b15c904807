"""Re-contact: two calls to one person hardly ever show the same number."""

from __future__ import annotations

from pydantic import Field

from monitor.families.graded import Graded


class Recontact(Graded):
    """Two calls to one person hardly ever show the same number."""

    persons: int = Field(
        30,
        ge=10,
        description="Sampled persons called more than once in four weeks: when none of them saw a number again, the share "
        "is below 0.12.",
    )
    calls_a_number: float = Field(
        10,
        ge=0,
        description="Calls a week by each effective number, two a working day; a desk may make fewer.",
    )
    again: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Share of the persons called that are called more than once: a list that is worked through. Below, "
        "they may be called again by chance, and from another desk.",
    )
    calls_a_number_listed: float = Field(
        2.5,
        ge=0,
        description="Calls a week by each effective number that are enough where a list is worked through, one every other "
        "working day: from desks, whoever is called again sees the number of the desk that has them on its list.",
    )
    busy: float = Field(50, ge=0, description="Calls a week from which a number is no desk's.")
    again_busy: float = Field(
        0.15, ge=0, le=1, description="The share called more than once that is enough then."
    )
    supports: float = Field(
        1.5,
        gt=1,
        description="Numbers that a person sees, over those that the calls need, from which it supports others.",
    )
    strong: float = Field(10, gt=1, description="The same, from which it is strong.")
    numbers: float = Field(
        40,
        gt=1,
        description="Numbers that a person sees at least where it is strong: a call centre may well have 30.",
    )
    strong_dealt: float = Field(
        3,
        gt=1,
        description="As `strong`, where calls are surely dealt over the numbers more evenly than chance does (`dialler`): such "
        "numbers are nobody's desks, however few people are called again.",
    )
    numbers_dealt: float = Field(
        20,
        gt=1,
        description="Numbers in use there at least: a small centre's lines may be taken in turn too.",
    )
    numbers_cold: float = Field(
        10,
        gt=1,
        description="Numbers in use there at least, where most calls are not picked up (`calls_back.strange_answered`) and those who call back "
        "surely are not answered; people must surely see half as many, and `strong_dealt` over those that are needed.",
    )
    numbers_by_machine: float = Field(
        25,
        gt=1,
        description="`numbers`, where most calls are not picked up, callers surely are not answered as at a desk "
        "(`calls_back.desk`), and calls are surely dealt over the numbers more evenly than chance does (`dialler`); half of `strong` "
        "is enough then. Where people or chance deal them it may be a floor on which each has a number and all have one list.",
    )
    numbers_unheard: float = Field(
        40,
        gt=1,
        description="The same, where a feed never says who answers, as one without calls to numbers: a call centre that answers may well have 30.",
    )
    strong_unheard: float = Field(
        15,
        gt=1,
        description="`strong`, there: the lines of a call centre, however many, make ten calls a day each and more.",
    )
    picked_up_unheard: float = Field(
        1 / 3,
        gt=0,
        le=1,
        description="Share of its calls that is picked up, below which an organisation may be told of there; compared with the upper bound of "
        "what was seen. People pick up for callers whom they know, and whether these answer is not known. Nummerwacht's own.",
    )
