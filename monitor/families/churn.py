"""Churn: numbers that do not last."""

from __future__ import annotations

from pydantic import Field

from monitor.config.closed import Closed


class Churn(Closed):
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
        description="The same: how many times over the organisation replaced its numbers. More than the one of a renumbering. "
        "Where people who call surely are not answered, it is of the part of its calls that numbers make which do not stay, or of "
        "`early_short_turnovers` if that part is less.",
    )
    early_short_turnovers: float = Field(
        0.2, gt=0, description="The same: how many times over with numbers that ended before the use term."
    )
    trial: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Calls a day of an organisation during a number's life, over those of the last thirteen weeks, from which the number counts in "
        "full; below, by the square of what is left: whoever tries out a first number makes few calls, and has replaced no fleet when it begins.",
    )
    together: int = Field(
        14,
        ge=1,
        description="Days within which numbers end by one decision, or `together_life` of their usual life if that is less. Such ends "
        "are one observation, and enough must lie outside the largest of them: a fleet that is replaced as a whole twice "
        "within a year may have moved and then changed its operator. But where people who call surely are not answered.",
    )
    together_life: float = Field(
        0.25,
        gt=0,
        le=1,
        description="The same, as a part of the numbers' usual life: a fleet that is replaced number by number ends throughout its "
        "life, so that a quarter of it holds a quarter; one that is replaced at once, all.",
    )
    whole: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of an organisation's calls from numbers that end together, from which it replaced all of them at once: a fifth "
        "is left for the turnover of staff.",
    )
    whole_days: int = Field(
        7,
        ge=1,
        description="Days within which all of them end, and others come: numbers that are handed over one by one take a fortnight.",
    )
    whole_life: float = Field(
        0.69,
        gt=0,
        le=1,
        description="Two such changes are a rhythm, and no move with a change of operator after it, where the numbers between them lasted for "
        "this part of the use term at most (two months and a weekend, of three), and those before them had been seen for hardly longer (`whole_longer`). "
        "Nothing is said of it before a feed was seen for the use term, nor of who surely answers those who call its new numbers.",
    )
    whole_longer: float = Field(
        1.25,
        ge=1,
        description="The same: for how many times as long those before may have been seen at most. Rhythms are not kept to the day; who kept "
        "numbers for months before is in none.",
    )
    whole_numbers: float = Field(
        2.5,
        gt=1,
        description="The same: numbers that were given up at once at least, as many as if all were used alike. More than two: who has one or "
        "two changes all of them when a telephone is replaced.",
    )
    whole_calls: int = Field(
        300,
        ge=1,
        description="The same: calls from those numbers at least, of a month ten a day and of two five. Fewer are those of a small trade.",
    )
    whole_silent: int = Field(
        5,
        ge=1,
        description="The same: days for which those that were given up last have not been used. A fault or a long weekend is over by then.",
    )
    kept: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of the calls of a term from numbers that stayed, from which people know the caller by them, and the others "
        "are the seats of colleagues who come and go. Half of it while a feed has not been seen for the use term: no number can have "
        "lasted it by then, nor come back from a season's rest. But where people who call surely are not answered.",
    )
    beside_turnovers: float = Field(
        2.5,
        gt=0,
        description="Numbers beside others that stay are judged by themselves where their part of the calls was replaced so many times over "
        "before the use term, as `calls_back.replaced` asks of the whole: who shows them is not recognised by the others. Those that stay "
        "carry half of `kept` at least.",
    )
    beside_history: int = Field(
        60,
        ge=1,
        description="The same: days for which the feed must have been seen. Telephones that are lent, and crews that take turns, come back after "
        "four to six weeks; until they could, each of their numbers has had one turn.",
    )
    beside_steps: float = Field(
        4,
        gt=1,
        description="The same: decisions of equal size by which they ended; one more than the three changes that `calls_back.replaced` stands for.",
    )
    beside_life: float = Field(
        0.5,
        gt=0,
        le=1,
        description="The same: the part of the use term for which they usually lasted at most. Nummerwacht's own: of slower changes it is not "
        "asked.",
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
    once_after: int = Field(
        45,
        ge=1,
        description="The same: days after its first use within which a number that has its turns would have had another, once a "
        "month or every six weeks.",
    )
    once_again: float = Field(
        0.25,
        gt=0,
        le=1,
        description="The same: share of the numbers first used before those days that were used within them, from which they have "
        "their turns, and are not thrown away. Calls that come by the month are no draws from a pool.",
    )
    once_spans: int = Field(
        5,
        ge=4,
        description="The same: days or weeks with calls, below which nothing is said: of fewer, a fleet that was renumbered once could leave "
        "no pair of calls on either side.",
    )
    ongoing: int = Field(
        30,
        ge=7,
        description="Days without a replacement after which it has ended; or twice the numbers' usual life. Who pauses and calls again has "
        "not ended it before it called on `tenure.called_days` days since the last one.",
    )
    bursts: float = Field(
        2,
        ge=0,
        le=7,
        description="The same: days a week with calls, in a term, up to which an organisation calls in bursts, and its pauses are a month. "
        "Of who calls on more, they are as long as `tenure.idle_after`.",
    )
    stayed: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="Share of a week's calls from numbers that were shown a month or two before as well, below which an alert that is "
        "open goes on where people who call surely are not answered: numbers that rest for a season come back as strangers.",
    )
    stayed_calls: int = Field(
        20,
        ge=1,
        description="The same: calls in those weeks, a month or two before, below which nothing is known of what stayed.",
    )
    age_calls: int = Field(
        20,
        ge=1,
        description="Calls in a week, from which it is said how old the numbers are that they came from.",
    )
