"""The thresholds of the families of the carousel rule, a part of the policy.

Each says what it stands for, and why its default is what it is. Those without a legal source are
Nummerwacht's own: no regulator has published a limit on numbers per campaign.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A part of a policy: closed to unknown keys, and not to be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Churn(Section):
    """Numbers that do not last."""

    survival: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Share of numbers that must survive the use term; compared with the upper bound of what was seen. "
        "Offices with a lively turnover of staff keep four in five.",
    )
    deaths: int = Field(
        2, ge=1, description="Numbers that ended early: of one that did, the share may still be four fifths."
    )
    turnovers: float = Field(
        1.5,
        gt=0,
        description="How many times over the organisation replaced its numbers. One is a renumbering; half is left for "
        "the turnover of honest staff.",
    )
    short_turnovers: float = Field(
        0.75, gt=0, description="How many times over it replaced numbers that ended before the use term."
    )
    early_deaths: int = Field(
        2,
        ge=2,
        description="Sooner, by the rate at which new numbers end: how many must have ended, on as many days, and been "
        "followed by new ones.",
    )
    early_turnovers: float = Field(
        1.2,
        gt=0,
        description="The same: how many times over the organisation replaced its numbers. More than the one of a renumbering.",
    )
    early_short_turnovers: float = Field(
        0.2, gt=0, description="The same: how many times over with numbers that ended before the use term."
    )
    window: int = Field(
        180, ge=30, description="Days looked back: twice the use term, so that a second rotation is seen."
    )
    silent_days: int = Field(
        2,
        ge=1,
        description="Days on which the organisation called without a number before it counts as gone for this measure; "
        "it is not gone for good: a return takes it back.",
    )
    overlap: int = Field(
        7,
        ge=0,
        description="Days before a number's end from which on new numbers may have taken over from it.",
    )
    birth: int = Field(
        14,
        ge=1,
        description="Days for which a feed was seen before a number is new in this measure. A number that rested for as "
        "long and is then replaced was replaced all the same; whether its tenure was short is another rule's.",
    )
    once: float = Field(
        15,
        gt=1,
        description="Numbers are used once where the pool, if it stayed, would have so many times as many numbers as the "
        "organisation makes calls in a term: each would be used once in years.",
    )
    ongoing: int = Field(
        30,
        ge=7,
        description="Days without a replacement after which it has ended; or twice the numbers' usual life.",
    )


class Dispersion(Section):
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


class CallsBack(Section):
    """People who call a shown number back, and whether anybody answers."""

    answered: float = Field(
        0.33,
        gt=0,
        le=1,
        description="Share of the calls to its numbers that an organisation answers. Where the upper bound of what was seen is "
        "below, its numbers are nobody's; where the lower bound is above, it can be reached. A desk that is manned by day "
        "answers more than half; a third leaves room for engaged lines and evenings.",
    )
    calls: int = Field(
        20,
        ge=1,
        description="Calls to its numbers in about a month, below which nobody is said to leave them unanswered: one who calls and "
        "calls again may be half of fewer.",
    )
    calls_answered: int = Field(
        8,
        ge=1,
        description="The same, below which nobody is known to answer: of 8, 6 must be answered to be sure, which of who answers a "
        "fifth happens once in a thousand times.",
    )
    nobodys: float = Field(
        0.2,
        gt=0,
        le=1,
        description="The same share, below which numbers are surely nobody's desk, however few people are called again: whoever has "
        "a number of their own answers it now and then. `unreachable_number` names such numbers too.",
    )
    silent: int = Field(
        37,
        ge=1,
        description="Days for which the first of its numbers must be silent before they count as given up, where people who "
        "called those numbers were surely answered: they may be of shifts that come back. Others rest for a month at most.",
    )
    replaced: float = Field(
        2.5,
        gt=0,
        description="How many times over an organisation that surely answers on its new numbers has replaced such numbers before "
        "the use term, until churn says anything. Two changes of all numbers may be bad luck with operators, and temporary staff "
        "come in waves: who can be called back is recognised. Three, of which half a one is left for the turnover of staff.",
    )


class Recontact(Section):
    """People who are called again see another number."""

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


class Linkage(Section):
    """An organisation ends, and another begins in its place."""

    gap: int = Field(14, ge=1, description="Days between the end of the one and the beginning of the other.")
    overlap: int = Field(7, ge=0, description="Days for which both may call at once.")
    gap_twice: int = Field(
        45,
        ge=1,
        description="As `gap`, where they are linked twice over: by the persons, and by a line of their own. Either link alone "
        "may be chance, and the more so the longer it takes.",
    )
    overlap_twice: int = Field(21, ge=0, description="As `overlap`, where they are linked twice over.")
    silent: int = Field(
        6,
        ge=6,
        description="Days of silence after which an organisation has ended; one that calls again has not.",
    )
    people: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Share of the persons called that are the same, of two that had a line to themselves; compared with the lower "
        "bound of what was seen. Two that call strangers have none in common, two that call one town a few.",
    )
    people_alone: float = Field(
        0.4,
        gt=0,
        le=1,
        description="The same, of two that have no line in common: two that rent a list may share half of it, of which each calls "
        "a part.",
    )
    people_bureau: float = Field(
        0.5,
        gt=0,
        le=1,
        description="The same, of two on a line of many, or called for by a bureau, which may work through one list for several "
        "clients: only who calls hardly anybody else goes on for the other.",
    )
    others: float = Field(
        0.25,
        ge=0,
        description="Calls of others on a line, over those of the one that ended, up to which it is its own.",
    )
    numbers: float = Field(
        0.2, gt=0, le=1, description="Share of the numbers that go along, from which it is a change of name."
    )
    numbers_twice: float = Field(
        0.5,
        gt=0,
        le=1,
        description="The same, where they are linked twice over: one number of four is kept to look like a change of name.",
    )
    calls: int = Field(50, ge=1, description="Calls of each, in four weeks, below which nothing is judged.")
    looked: int = Field(
        30,
        ge=21,
        description="Days of its life in which an organisation may turn out to go on for another: it is told with a sample of "
        "its persons for three weeks, and the other is known to have ended four weeks after it began at the latest.",
    )


class LocalPresence(Section):
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
        description="How often who is called again from an area sees the same number of it; where an area has one number, "
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
