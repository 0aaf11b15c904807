"""The policy: terms and thresholds of a jurisdiction, as data.

A policy is a versioned YAML file. Each rule says what it rests on, between which days it holds
(event time: the law of the day on which the call was made), for which classes of organisation, and
with which thresholds. What a rule leaves out has the default that stands, with its reason, in the
models below. A mistake is reported with its path and the nearest right name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib import resources
from math import ceil
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from monitor.config.closed import Closed
from monitor.config.mistakes import checked, plain
from monitor.config.zone import Zone
from monitor.day.usage import in_order, within
from monitor.families import (
    CallsBack,
    Churn,
    Dialler,
    Dispersion,
    Linkage,
    LocalPresence,
    Recontact,
    Recycling,
)
from monitor.source import Source
from monitor.terms import Answers, Telling, Tenure

#: What an organisation is before the law; exempt ones may withhold, masking ones lend numbers for a ride.
Class = Literal["commercial", "charity", "publisher", "masking", "exempt"]


class WrongPolicy(ValueError):
    """The policy can't be used; the text says where and why, one mistake a line."""


class Rule(Closed):
    """What every rule has."""

    since: date = Field(alias="from", description="The first day on which the rule holds.")
    until: date | None = Field(None, description="The last day on which it holds.")
    basis: str = Field(description="The source it rests on: a key under `sources`.")
    classes: frozenset[Class] = Field(
        frozenset({"commercial"}), description="The classes of organisation to which it applies."
    )
    telling: Telling = Field(Telling(), description="When its verdicts are told.")

    @model_validator(mode="before")
    @classmethod
    def _tells_as_it_does(cls, data: object) -> object:
        """What is left out of `telling` is as this rule has it, which may not be as most do."""
        if not isinstance(data, Mapping) or not isinstance(data.get("telling"), Mapping):
            return data
        own = cls.model_fields["telling"].default.model_dump(exclude_unset=True)
        return {**data, "telling": {**own, **data["telling"]}}

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        in_order(self.since, self.until)
        return self

    def holds_on(self, day: int) -> bool:
        """Whether the rule is in force on a day (whole UTC days since 1970)."""
        return within(day, self.since, self.until)


class AnonymousCalls(Rule):
    """Calls with the number withheld."""

    telling: Telling = Telling(clean_days=1)  # the days of `lasting` were clean before
    share: float = Field(
        0.05, ge=0, le=1, description="Share of outbound calls above which it is not a slip."
    )
    calls: int = Field(10, ge=1, description="Withheld calls before a share means anything.")
    window: int = Field(
        7, ge=1, le=60, description="Days that are counted together, for those who call little."
    )
    lasting: int = Field(
        14,
        ge=7,
        le=60,
        description="Days that are counted together once it was told, so that a quiet week does not end what goes on. It goes on "
        "while the share is more than `telling.slack` of `share`.",
    )
    grave: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share from which it is of high severity: most calls, and no habit of some.",
    )


class ShortTenure(Rule):
    """Numbers retired before the use term by an organisation that keeps replacing them, or made most calls from one."""

    sole_share: float = Field(
        0.6,
        gt=0,
        le=1,
        description="Share of the organisation's calls from which one number's early end is named by itself. Below "
        "it, numbers are named only where the organisation keeps replacing them: a colleague who leaves is no evasion.",
    )
    first_wait: int = Field(
        7,
        ge=0,
        description="Days of silence beyond `retired_after` for the first numbers that an organisation gives up: guides for "
        "diallers advise rests of up to a month, so before any was silent for longer, nobody knows whether they return.",
    )
    rests: float = Field(
        2.5,
        ge=1,
        description="Where numbers were seen to return: how many times their longest rest a number is silent before it is named. "
        "One that skips a turn rests for twice as long, and some days more. The silence after a call that tried a number out is no rest.",
    )
    spell: float = Field(
        1.5,
        ge=1,
        description="The same: such a rest counts of a number that was used before it for at most so many times the usual life of those "
        "that ended, or for a week. One that was used for longer does not take turns with them.",
    )
    stray_times: float = Field(
        20.0,
        gt=1,
        description="A number of which one call is all there is may be another's, shown or attributed by mistake, where the "
        "organisation's calls come from numbers that make so many times more on average, and such calls are few (`stray_share`).",
    )
    stray_share: float = Field(
        0.02,
        ge=0,
        lt=1,
        description="The same: part of the organisation's calls below which they are few. Nummerwacht's own: room for one call "
        "in a hundred that is put to the wrong customer, twice over.",
    )
    once_most: int = Field(
        5_000,
        ge=0,
        description="Numbers of an organisation that hardly ever uses one again (`churn.once`) up to which each is named, those that ended "
        "first: of who invents one for each call nobody acts on more, and many are of others who know nothing of it. The alert about the "
        "organisation counts all.",
    )
    returns: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="The same: share of the numbers that fell silent that come back, below which none is waited for; compared with the "
        "upper bound of what was seen. Where numbers take turns most return; one of fifty would be a shield for all.",
    )


class NumberCarousel(Rule):
    """An organisation that goes through numbers so that nobody can recognise it."""

    telling: Telling = Telling(clean_days=14)
    grade: int = Field(
        3, ge=2, description="Sum of the families' grades (1 supports, 2 strong), of at least two families."
    )
    calls: int = Field(100, ge=1, description="Calls in the window below which nothing is judged.")
    history: int = Field(
        30,
        ge=1,
        description="Days a feed must have been seen: births are unknown before, see `retired_after`.",
    )
    history_of_old: int = Field(
        60,
        ge=1,
        description="The same, until churn says anything of an organisation that called in the first `retired_after` days of its feed and "
        "kept no numbers, unless people who call surely are not answered. Volunteers, test calls and telephones that are lent come "
        "back after four to six weeks; until they could, each of their numbers has had one turn.",
    )
    kept_days: int = Field(
        21,
        ge=1,
        description="The same: days from a number's first use to its last one from which it is kept, and had not only its turn; a turn "
        "seldom lasts for three weeks. It must have called on `tenure.called_days` of them, and on half of them.",
    )
    kept_share: float = Field(
        0.25,
        ge=0,
        le=1,
        description="The same: share of its calls that such numbers make, from which an organisation keeps numbers. Of fewer calls "
        "they may be those of an office beside the telephones that are lent.",
    )
    history_of_cold: int = Field(
        36,
        ge=1,
        description="`history_of_old`, where most calls are not picked up (`calls_back.strange_answered`), several numbers are used at once, none "
        "came back after a fortnight, and all were replaced `cold_changes` times over: the first would be back after five weeks.",
    )
    cold_changes: float = Field(
        6, gt=1, description="The same: how many times over. Crews that have a week each are no more by then."
    )
    churn: Churn = Churn()
    dispersion: Dispersion = Dispersion()
    calls_back: CallsBack = CallsBack()
    recontact: Recontact = Recontact()
    recycling: Recycling = Recycling()
    dialler: Dialler = Dialler()
    local_presence: LocalPresence = LocalPresence()
    linkage: Linkage = Linkage()


class InvalidNumber(Rule):
    """The shown number can't be called back."""

    calls: int = Field(5, ge=1, description="Calls with the number within the window: one may be a slip.")
    window: int = Field(28, ge=1, le=28, description="Days looked back.")
    machine_persons: int = Field(
        20,
        ge=1,
        description="Persons called from a number for machines (097 in the Netherlands) in four weeks, from which it is used "
        "outside its class: an alarm or a lift calls the few who look after it.",
    )
    share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of an organisation's calls that show undialable numbers, whatever they are, above which it is no "
        "slip: compared with the lower bound of what was seen, as for withheld numbers.",
    )
    calls_together: int = Field(10, ge=1, description="Such calls before their share means anything.")
    numbers: int = Field(
        5,
        ge=1,
        description="Undialable numbers from which an organisation is told of at once: however seldom each was shown where their share "
        "is above `share`; else, of low severity, where `calls` calls showed each. Of fewer each is named, and can be looked into.",
    )
    window_together: int = Field(
        7,
        ge=1,
        le=28,
        description="Days that are counted together for the share. A number that was not shown for as long is not named any more.",
    )
    lasting: int = Field(
        14,
        ge=7,
        le=28,
        description="Days counted together once it was told: it goes on while the share is more than `telling.slack` of `share`, or more "
        "than `telling.slack` of `numbers` were shown in them that `calls` calls showed within `window`.",
    )
    days: int = Field(
        3,
        ge=1,
        description="Days of those with such calls from which it is more than a fault that somebody mends: of fewer it is of low "
        "severity.",
    )
    grave: float = Field(
        0.5, gt=0, le=1, description="Share from which it is of high severity, as for withheld numbers."
    )


class UnreachableNumber(Rule):
    """Calls to a number that was shown are not answered."""

    term: int = Field(
        183, ge=1, description="Days after the last call from it for which a number stays reachable."
    )
    answered: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Share of the calls to it that are answered; compared with the upper bound of what was seen. A desk "
        "that is manned by day answers more than half.",
    )
    calls: int = Field(
        20,
        ge=1,
        description="Calls to it within a month, no more than are known to be made from it: of 16 without an answer, one in five is "
        "ruled out. A number that was shown less often is not judged by itself.",
    )
    calls_a_day: int = Field(
        3,
        ge=1,
        description="Calls to one number on one day that count, answered in the share that was seen that day: calls are counted and not "
        "callers, and one who is angry, or a machine, dials forty times a night. A number that is really dead is called on many "
        "days; at three a day `calls` are there in `days`.",
    )
    days: int = Field(
        7,
        ge=1,
        description="Days of that month on which it was called: a desk that is out of order is put right within three or four working "
        "days, and a weekend on which it is shut anyway may lie between them.",
    )
    numbers: int = Field(
        5,
        ge=2,
        description="Numbers of an organisation that were called, from which they are judged together: some may be fax lines.",
    )
    calls_together: int = Field(
        60,
        ge=1,
        description="Calls to all of them within a month, of each number at most `calls`, and no more than were made from it: those of "
        "three numbers that are judged alone, since one number's callers dial again.",
    )


class Rules(Closed):
    """The rules that a jurisdiction has; those left out are not judged."""

    anonymous_calls: AnonymousCalls | None = None
    short_tenure: ShortTenure | None = None
    number_carousel: NumberCarousel | None = None
    invalid_number: InvalidNumber | None = None
    unreachable_number: UnreachableNumber | None = None


class Policy(Closed):
    """A jurisdiction's terms and thresholds."""

    profile: str = Field(description="Its short name.")
    version: str = Field(description="Changes with every change of a value.")
    jurisdiction: str = Field(description="Whose law it is.")
    timezone: Zone = Field(
        "UTC",
        description="For instants in explanations. Days that are counted are days in UTC, and said to be.",
    )
    sources: Mapping[str, Source] = Field(description="What the rules rest on.")
    tenure: Tenure = Tenure()
    answers: Answers = Answers()
    rules: Rules

    @model_validator(mode="after")
    def _sources_are_known(self) -> Self:
        for kind, rule in self.kinds().items():
            if rule.basis not in self.sources:
                raise ValueError(f"rules.{kind}.basis: no source is called {rule.basis!r}")
        return self

    @model_validator(mode="after")
    def _remembers(self) -> Self:
        memory, rules = self.tenure.memory, self.rules
        if rules.unreachable_number and rules.unreachable_number.term > memory:
            raise ValueError("rules.unreachable_number.term: must be at most tenure.memory")
        return self

    @model_validator(mode="after")
    def _sees_replacements(self) -> Self:
        """Both rules that rest on them look at twice that window, and at one number's life after the other within it."""
        if self.rules.number_carousel is None and self.rules.short_tenure is None:
            return self
        churn = self.rules.number_carousel.churn if self.rules.number_carousel else Churn()
        least = ceil(churn.turnovers * self.tenure.use_term)
        if churn.window < least:
            raise ValueError(
                f"rules.number_carousel.churn.window: must be at least churn.turnovers times tenure.use_term ({least}): in less, "
                "numbers that just miss the term are never replaced so often"
            )
        if 2 * churn.window > self.tenure.memory:
            raise ValueError(
                f"tenure.memory: must be at least twice rules.number_carousel.churn.window ({2 * churn.window}): numbers around "
                "each end are looked at for as long"
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of instants in words. Days that are counted are UTC all the same."""
        return ZoneInfo(self.timezone)

    def kinds(self) -> dict[str, Rule]:
        """The rules that the policy has, by kind."""
        rules = {kind: getattr(self.rules, kind) for kind in Rules.model_fields}
        return {kind: rule for kind, rule in rules.items() if rule is not None}

    @classmethod
    def load(cls, source: str | Mapping) -> Policy:
        """A policy from the text of a YAML file, from plain data, or by the name of a profile that comes along.

        Raises `WrongPolicy`.
        """
        data = source
        if isinstance(source, str):
            if source in profiles():
                source = resources.files("monitor.policies").joinpath(f"{source}.yaml").read_text("utf-8")
            data = plain(source, WrongPolicy)
        return checked(cls, data, WrongPolicy)


def profiles() -> list[str]:
    """The names of the policies that come along."""
    return sorted(
        file.name.removesuffix(".yaml")
        for file in resources.files("monitor.policies").iterdir()
        if file.name.endswith(".yaml")
    )
