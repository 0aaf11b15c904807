"""Linkage: an organisation ends, and another begins in its place."""

from __future__ import annotations

from pydantic import Field

from monitor.config.closed import Closed


class Linkage(Closed):
    """An organisation ends, and another begins in its place."""

    gap: int = Field(14, ge=1, description="Days between the end of the one and the beginning of the other.")
    overlap: int = Field(7, ge=0, description="Days for which both may call at once.")
    gap_twice: int = Field(
        60,
        ge=1,
        description="As `gap`, where they are linked twice over: by the persons, and by a line of their own. Either link alone "
        "may be chance, and the more so the longer it takes. Two months: who has two lines in turn is back on the first by then.",
    )
    overlap_twice: int = Field(21, ge=0, description="As `overlap`, where they are linked twice over.")
    silent: int = Field(
        6,
        ge=6,
        description="Days of silence after which an organisation has ended; one that calls again has not. Neither a beginning nor life "
        "is what makes less than `tenure.trickle` of its best week, and few calls: they may be another's.",
    )
    people: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Share of the persons called that are the same, of two that had a line to themselves; compared with the lower "
        "bound of what was seen. Two that call strangers have none in common, two that call one town a few.",
    )
    people_line: float = Field(
        0.1,
        gt=0,
        le=1,
        description="The same, of two that had a line to themselves, where none that stays has half as many in common with either, as is "
        "known of `alike` of them, and of twice as many persons: of a quarter, a sample of a hundred surely shows no more than a sixth. Also of "
        "several in a row, on whatever line, of which surely none answers those who call it back (`calls_back`).",
    )
    persons: int = Field(
        20, ge=1, description="Sampled persons of each, below which two samples say nothing of each other."
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
    people_some: float = Field(
        0.05,
        gt=0,
        le=1,
        description="The same, of two on a line and of a bureau that hardly anybody else had, one of several in a row: clients with lists of "
        "their own have hardly anybody in common. And it must be twice what those that stay have in common with either.",
    )
    alike: int = Field(
        3,
        ge=1,
        description="Others that were there for the use term, with whom one of the two has as many persons in common, from which "
        "the persons say nothing: where all call the same town anybody has. One or two may belong to the same people.",
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
    lives: int = Field(
        8,
        ge=3,
        description="Organisations on one line that came, called the same persons as the one after them, and ended before the use term, "
        "from which it is told: in half a year one each three weeks. A bureau works through a list for some clients, of whom "
        "most stay.",
    )
    lives_answered: int = Field(
        16,
        ge=3,
        description="The same, where those who called their numbers back were surely answered (`calls_back`): they could be "
        "recognised while they were there, and may be clients with a campaign each.",
    )
    lives_days: int = Field(
        180,
        ge=90,
        le=200,
        description="Days looked back for these: twice the use term, as `churn` looks back.",
    )
    lives_numbers: int = Field(
        2,
        ge=1,
        description="Numbers of each of them, at most: who has more can be judged by its own numbers.",
    )
    lives_lasting: float = Field(
        0.5,
        ge=0,
        description="Others on that line that were there for the use term, over those that were not, up to which they are no cover: "
        "beyond, small clients come and go beside those that stay.",
    )
