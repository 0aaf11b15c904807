"""What an organisation does with its telephones: the parameters of a behaviour.

A behaviour is data (`behaviours.yaml`): a choice of these values with a name. A scenario names
behaviours and changes values.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from monitor.config.closed import Closed
from monitor.simulate.fleet import Fleet, Keep
from monitor.simulate.hours import PROFILES
from monitor.simulate.numbers import SPOILS

Share = Field(0.0, ge=0, le=1)


class Pick(Closed):
    """Which of the day's numbers a call shows.

    - `sticky`: a person is always called from the same desk
    - `random`, `round_robin`: per call, from the whole pool
    - `capped`: no number makes more calls in a day than its cap, which rises while it is warmed up
    - `local`: a number of the area in which the person lives
    """

    how: Literal["sticky", "random", "round_robin", "capped", "local"] = "sticky"
    warm: int = Field(10, ge=1, description="Capped: calls on a number's first day.")
    full: int = Field(75, ge=1, description="Capped: calls a day once it is warm.")
    over: int = Field(10, ge=1, description="Capped: days of warming up.")


class People(Closed):
    """Whom it calls."""

    listed: int = Field(20_000, ge=1, description="Persons on its list.")
    attempts: float | None = Field(
        3.0,
        gt=0,
        description="Calls to a person before the list moves on; null: its regulars, over and over.",
    )
    within: float = Field(6.0, gt=0, description="Days over which those calls are spread.")
    homes: float | None = Field(
        None, ge=0, le=1, description="Share called at home; null: as it comes (2 of 5)."
    )
    shared: str | None = Field(None, description="Lists of one name hold the same persons.")


class Talk(Closed):
    """What becomes of a call."""

    answer: float = Field(0.25, ge=0, le=1, description="Share that is answered.")
    seconds: float = Field(45.0, gt=0, description="Mean length of an answered call; lognormal.")
    spread: float = Field(1.0, gt=0, description="Sigma of the logarithm of the length.")
    ring: float = Field(14.0, gt=0, description="Mean seconds of ringing.")


class Inbound(Closed):
    """Calls from people to the numbers that were shown to them."""

    share: float = Field(0.03, ge=0, description="Calls back for each call made.")
    answer: float = Field(0.7, ge=0, le=1, description="Share of them that is answered.")
    afterlife: float = Field(0.0, ge=0, le=1, description="The same, once the number is out of use.")
    hours: float = Field(20.0, gt=0, description="Mean hours until they come.")
    before: float = Field(
        0.0, ge=0, le=1, description="Share that comes minutes before the call, as with deliveries."
    )


class Shown(Closed):
    """What the called person sees instead of a number."""

    withheld: float = Field(0.0, ge=0, le=1, description="Share of calls whose number is withheld.")
    flagged: float = Field(
        0.5, ge=0, le=1, description="Share of those whose number the network still knows."
    )
    unavailable: float = Field(0.0, ge=0, le=1, description="Share of calls whose number is lost on the way.")
    spoiled: float = Field(0.0, ge=0, le=1, description="Share of the numbers shown as one that is no good.")
    spoils: tuple[Literal[SPOILS], ...] = Field(SPOILS, min_length=1, description="In which ways.")


class Lines(Closed):
    """The operators through which it calls."""

    operators: int = Field(1, ge=1, le=250, description="Its numbers are spread over so many operators.")
    first: int | None = Field(
        None, ge=0, description="The first of them, in the scenario's list; null: by chance."
    )
    ported: int | None = Field(None, description="The day on which all numbers move to the next operator.")


class Conduct(Closed):
    """A behaviour: how it calls, in one stretch of time."""

    rate: float = Field(gt=0, allow_inf_nan=False, description="Calls on an ordinary weekday.")
    swing: float = Field(0.15, ge=0, description="Sigma of the logarithm of a day's rate.")
    hours: Literal[tuple(PROFILES)] = Field("telemarketing", description="The shape of its days and weeks.")
    fleet: Fleet = Field(description="How its numbers live.")
    pick: Pick = Pick()
    people: People = People()
    talk: Talk = Talk()
    inbound: Inbound = Inbound()
    shown: Shown = Shown()
    lines: Lines = Lines()

    def before(self) -> Conduct:
        """The same organisation while it still does nothing odd: a few numbers that stay."""
        pool = max(2, min(self.fleet.pool, round(self.rate / 60)))
        return self.model_copy(
            update={
                "fleet": Keep(pool=pool, turnover=0.1, areas=min(self.fleet.areas, pool)),
                "pick": Pick(),
                "shown": Shown(),
                "inbound": Inbound(share=self.inbound.share, answer=0.7, afterlife=0.5),
            }
        )


class Behaviour(Conduct):
    """A behaviour by name, with what is true of those who have it."""

    says: str = Field(description="What it is, in a sentence.")
    evading: bool = Field(description="Whether it hides from those it calls.")
    organisation_class: Literal["commercial", "charity", "publisher", "masking", "exempt"] = Field(
        "commercial", alias="class", description="The class a reference file gives the organisation."
    )
    alerts: tuple[str, ...] = Field(
        (), description="Kinds of alert it deserves; `short_tenure` follows the numbers."
    )
    form: Literal["alone", "principals", "shells", "shared", "merger"] = Field(
        "alone",
        description="`principals`: a bureau that calls for each of its members; `shells`: members that succeed each "
        "other as organisations; `shared`: members with one pool; `merger`: the first takes over the second.",
    )
    members: int = Field(1, ge=1, description="Organisations of which it consists.")
    shell_life: float = Field(30.0, gt=0, description="Days that each shell lives.")
    born: int | None = Field(None, description="The day on which it begins to call; null: long ago.")
    dies: int | None = Field(None, description="The day on which it ends; null: never.")
    begins: int | None = Field(
        None, description="The day on which the behaviour begins; before, it is honest."
    )
    ends: int | None = Field(None, description="The day from which it is honest again.")
    merges: int = Field(60, description="The day of the merger.")
    declared: bool = Field(True, description="Whether porting, merger and renumbering are declared.")

    @model_validator(mode="after")
    def _in_order(self) -> Behaviour:
        days = [day for day in (self.born, self.begins, self.ends, self.dies) if day is not None]
        if days != sorted(days):
            raise ValueError("born, begins, ends and dies must follow each other")
        return self
