"""The terms that all rules go by: the clocks of a number, whose answers are known, and when somebody is told. Parts of a policy."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from monitor.config.closed import Closed


class Tenure(Closed):
    """The clocks on a number's use, in whole days."""

    use_term: int = Field(90, ge=1, description="The least time that an outbound number is used.")
    idle_after: int = Field(
        14, ge=1, description="Silence after which a number is idle: longer than most holidays."
    )
    retired_after: int = Field(
        30,
        ge=2,
        description="Silence after which a number that others took over from is retired. A number whose first call "
        "comes this soon after its feed's first day may have been resting: its birth is unknown.",
    )
    trickle: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="The share of its own best week below which a number no longer counts as used, unless it still "
        "carries that share of what it carried of the organisation's calls. Below a tenth, nobody would plan for it.",
    )
    level: float = Field(
        0.5,
        gt=0,
        le=1,
        description="The part of what the organisation's other numbers make in a week, on average over calls, from which a number "
        "counts as used whatever its own best week was. Below a half it is not one among equals.",
    )
    called_days: int = Field(
        10,
        ge=1,
        description="Days on which the organisation called without the number, before the number counts as retired: "
        "two working weeks. A season's first days must not retire the numbers that have yet to return.",
    )
    expected_calls: float = Field(
        5.0,
        gt=0,
        description="Calls that a silent number would have made at its own pace since, out of those that newer numbers "
        "made; at 5, silence by chance is one in 150.",
    )
    weekend: int = Field(
        4,
        ge=0,
        description="Days in a row on which nobody calls that say nothing of a number: a long weekend. So many next to its use may be a "
        "part of it, where days on which its feeds were not seen lie beside them; and a feed must have been seen for so many without "
        "a number before it may be new.",
    )
    declared: int = Field(
        14,
        ge=0,
        description="Days before and after a declared event in which numbers may come and go with it: a port or a move takes some "
        "days more than was planned.",
    )
    memory: int = Field(
        400,
        ge=60,
        description="Days after its last call for which a number is remembered, at least; up to a month more. A season that "
        "returns after a year finds its numbers known.",
    )

    @model_validator(mode="after")
    def _in_turn(self) -> Self:
        if self.retired_after <= self.idle_after:
            raise ValueError(
                "retired_after must be more than idle_after: a number is idle before it is retired"
            )
        if self.memory <= max(self.retired_after, self.use_term):
            raise ValueError(
                "memory must be more than retired_after and use_term: what is forgotten is not judged"
            )
        return self


class Telling(Closed):
    """When a verdict becomes an alert, and when the alert ends."""

    hold_days: int = Field(1, ge=1, description="Days in a row on which the verdict holds before it is told.")
    hold_days_high: int = Field(
        1,
        ge=1,
        description="The same for a verdict of high severity: where several measures agree, another day adds little.",
    )
    clean_days: int = Field(7, ge=1, description="Days in a row without it before it is resolved.")
    slack: float = Field(
        0.6,
        gt=0,
        le=1,
        description="How much of what opens an alert keeps it open: its thresholds, times this. At 1, who is near a threshold is told of "
        "over and over; at three fifths, what is measured on four weeks has changed surely when it ends. Not for `unreachable_number`, "
        "which lasts until calls are surely answered.",
    )
    update_days: int = Field(7, ge=1, description="Least days between two updates of one alert.")
    less_days: int = Field(
        14,
        ge=1,
        description="Days in a row on which it says less than was told, as a lower severity or a reason fewer, or goes on by other "
        "reasons, before that is told: a fortnight, since a measure near a threshold is on either side of it within one. That it says more waits for `update_days` alone.",
    )
    moved: float = Field(
        0.15, gt=0, description="How far a share moves from what was told before it is told again."
    )
    factor: float = Field(
        2.0, gt=1, description="The same for other measures: how many times as much, or as little."
    )


class Answers(Closed):
    """From when records don't say who answered: those of a feed that says it of hardly any call (`fleet/answers.py`), and of an
    organisation of whose calls none was answered (`fleet/state.py`)."""

    shown: int = Field(
        7,
        ge=1,
        description="Days with answered calls in about a quarter, before it is known how many are usual on a feed, and that it says who "
        "answers at all: a week has all its days.",
    )
    hours: float = Field(
        5,
        gt=0,
        description="Hours of a day that would have an answered call, from which having none is a fault of the feed's records: by chance "
        "alone that is one day in a hundred and fifty.",
    )
    left: float = Field(
        0.125,
        ge=0,
        lt=1,
        description="Part of those hours that may have one nevertheless: what a fault leaves, as of a trunk that still says it.",
    )
    calls: int = Field(
        100,
        ge=1,
        description="Outbound calls of an organisation of which none was answered, nor one to its numbers in about a month, from which it "
        "is its records that don't say so: of people who pick up one call in twenty that is one chance in a hundred and seventy.",
    )
