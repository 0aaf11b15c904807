"""Calls back: people who call a shown number back, and whether anybody answers."""

from __future__ import annotations

from pydantic import Field

from monitor.config.closed import Closed


class CallsBack(Closed):
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
    seldom: float = Field(
        0.25,
        gt=0,
        le=1,
        description="`answered`, for an alert to begin about numbers that stay, unless they are surely taken in turn or up to a cap: dealt by people "
        "or by chance they may be a floor's, where all have one list, call all day, and few are free to answer. Nummerwacht's own.",
    )
    silent: int = Field(
        37,
        ge=1,
        description="Days for which the first of its numbers must be silent before they count as given up, where people who "
        "called those numbers were surely answered: they may be of shifts that come back. Others rest for a month at most.",
    )
    lives: float = Field(
        8,
        gt=0,
        description="The same, as so many times the numbers' usual life if that is less: of nine shifts that take turns, each "
        "rests for eight turns.",
    )
    telephones: int = Field(
        100,
        ge=2,
        description="Numbers that were replaced, from which none is waited for any more once they were replaced `lives` times over and none came "
        "back: no rota has so many telephones that each is used for a day.",
    )
    silent_short: int = Field(
        14,
        ge=1,
        description="The same, as the least: a holiday, or a number that is one of many and seldom used.",
    )
    rests: float = Field(
        2.5,
        ge=1,
        description="The same, as so many times the longest rest that one of its numbers returned from, if that is more.",
    )
    rested: int = Field(5, ge=1, description="Days of silence that count as such a rest.")
    returns: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="The same: share of the numbers that fell silent that come back, below which none is waited for; compared with the "
        "upper bound of what was seen. Six that rest and return beside sixty that do not would be a shield for these.",
    )
    desk: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of those calls that a manned desk answers, compared with the lower bound of what was seen. From there, "
        "numbers do not count as given up before the feed was seen for a use term, or they were replaced `lives` times over: "
        "shifts may rest for two months, and are seen to return then. Compared with the upper bound, a pool that stays, or rests and comes "
        "back, is no desk's, though it answers some (`recontact.numbers_by_machine`, `recycling.same`).",
    )
    replaced: float = Field(
        2.5,
        gt=0,
        description="How many times over an organisation that surely answers on its new numbers has replaced such numbers before "
        "the use term, until churn says anything. Two changes of all numbers may be bad luck with operators, and temporary staff "
        "come in waves: who can be called back is recognised. Three, of which half a one is left for the turnover of staff.",
    )
    replaced_singly: float = Field(
        1.5,
        gt=0,
        description="The same, where numbers were replaced one by one (`steps`) and hardly any lasted (`stay`): one change of all numbers, "
        "and the half one of staff. Bad luck with operators and waves of temporary staff end many at once.",
    )
    steps: float = Field(
        6,
        gt=1,
        description="Decisions of equal size by which numbers ended, from which they were replaced one by one: twice as many as three "
        "changes of all of them.",
    )
    stay: float = Field(
        0.25,
        gt=0,
        le=1,
        description="Share of the new numbers that last the use term, below which they are not those of people who come and go; compared "
        "with the upper bound of what was seen. Even of couriers about half stay for three months; half of that is left for "
        "livelier trades.",
    )
    own_numbers: float = Field(
        5,
        gt=1,
        description="Numbers in use in a week, as many as if all were used alike, from which each may be a customer's own, as in "
        "advertisements. Of fewer, campaigns that follow each other may be as many.",
    )
    own_called: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of the calls from such numbers that must come from those that are called at least as often as they call: most. "
        "People find a number in an advertisement; of those whom a stranger calls, few call back.",
    )
    own_seen: float = Field(
        0.8,
        gt=0,
        le=1,
        description="How often two calls to one person within four weeks show the same number; by the lower bound of what was seen it may "
        "be `own_seen_surely`. The rest may call about two listings, or come back to another one.",
    )
    own_seen_surely: float = Field(
        0.48,
        ge=0,
        le=1,
        description="The same, compared with the lower bound: half of them, and no less by chance. Of the thirty or so that are known of a "
        "small one, a bound lies that far below.",
    )
    known_persons: int = Field(
        20,
        ge=10,
        description="Sampled persons whom numbers that do not last called, and who were called again within four weeks, below which it is "
        "not known whether people see one number each.",
    )
    known_same: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of these who see the number again that they saw, from which each has one: of a job, a house, a study. Compared "
        "with the lower bound of what was seen. Nobody is told of a carousel for such numbers who answers those that call back.",
    )
    known_chance: float = Field(
        0.6,
        gt=0,
        le=1,
        description="The same share, were calls dealt over the numbers whoever is called, below which several are in use: of one number at a "
        "time everybody sees that one.",
    )
    known_answered: float = Field(
        0.55,
        gt=0,
        le=1,
        description="Share of the calls from such numbers that is answered, from which the calls are expected, by customers or colleagues; "
        "compared with the lower bound of what was seen. More than half, since voicemail picks up for strangers too; Nummerwacht's own.",
    )
    few_persons: int = Field(
        25,
        ge=1,
        lt=64,
        description="Persons called in four weeks, most of them often (`known_often`), up to which they are telephones of its own, as of a "
        "laboratory that tests numbers; who calls strangers has called as many within a day. Fewer than the 64 that are sampled of a day.",
    )
    known_often: int = Field(
        5,
        ge=2,
        description="Calls to most persons in four weeks from which they are a circle that knows who calls, where most are picked up "
        "(`known_answered`), whatever they see and whoever answers: care at home calls its clients every other day, and a stranger "
        "who has picked up is called no more.",
    )
    known_calls: int = Field(
        200,
        ge=1,
        description="Calls from such numbers, or from all that an organisation shows, of which it is known who picks up: of fewer it is not said that they are expected, nor that a pool is cold.",
    )
    strange_same: float = Field(
        0.6,
        gt=0,
        le=1,
        description="How often two calls to one person whom numbers that do not last called show the same one, below which people surely see "
        "others; compared with the upper bound of what was seen. It is asked of rotations beside numbers that stay (`churn.beside_turnovers`), and of "
        "those who answer callers. Compared with the lower bound, most surely see one: enough where they pick up as well (`known_answered`).",
    )
    strange_answered: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of the calls that is answered, of such numbers or of a pool that stays, compared with the upper bound of what was seen: "
        "of strangers, less than half.",
    )
    strange_part: float = Field(
        0.6,
        gt=0,
        le=1,
        description="What is left of `silent`, `lives` and `replaced` where both are so: people who surely see other numbers, and do not pick up "
        "for those that they don't know, are called by no shift of theirs. Of two changes and a half one and a half; of nine shifts five.",
    )
    steady_days: int = Field(
        60,
        ge=30,
        description="Days for which numbers were in use, before the first that did not last came, from which they were kept: two months, longer "
        "than turns last.",
    )
    steady_share: float = Field(
        0.75,
        gt=0,
        le=1,
        description="Share of its calls that an organisation made from numbers that were kept and then given up, from which it had none of those "
        "that take turns: who sets up a rota seldom gives up the numbers by which it was known.",
    )
    steady_part: float = Field(
        0.4,
        gt=0,
        le=1,
        description="What is left of `silent` and `lives` for those: a fortnight.",
    )
    steady_replaced: float = Field(
        1.5,
        gt=0,
        description="`replaced`, for those, where the numbers that did not last were used for half of the use term at most: with the change of "
        "what was kept that is a third change of all numbers. Two may be some weeks on borrowed numbers.",
    )
    steady_stay: float = Field(
        0.4,
        gt=0,
        le=1,
        description="`stay`, for those: it was no trade of people who come and go before.",
    )
    on_duty: float = Field(
        2.5,
        gt=1,
        description="Numbers in use on a day, below which they may be of people who are on duty in turn, where a feed never says who answers: "
        "that they replace numbers is not said before the feed was seen for a use term, or for `history_of_old` where few pick up for them.",
    )
    on_duty_numbers: int = Field(
        12,
        ge=2,
        description="The same: numbers that were replaced at most; of more people a turn comes too seldom to be one.",
    )
