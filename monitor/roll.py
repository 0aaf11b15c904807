"""The roll: all numbers of organisations, as a replay knows them at its end.

An alert names those that are used most, since it is told again with each of its states. Who acts on an organisation asks
for all of them, and whoever has its calls can say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from monitor.day.usage import NO_NUMBER, day_of, start_of
from monitor.fleet.births import fresh
from monitor.policy import Churn
from monitor.replay import Outcome
from monitor.rules.evidence import line


@dataclass(frozen=True, slots=True)
class Entry:
    """One number; days are whole UTC days since 1970.

    Of one whose last call is further back than `tenure.memory` only its calls are known: then what is None is not.
    """

    organisation: str
    number: int  # E.164 digits
    first_use: int
    first_use_known: bool | None
    last_use: int | None
    last_call: int
    calls: int  # outbound, in all
    status: str | None


def roll(outcome: Outcome, organisations: Collection[str]) -> Iterator[Entry]:
    """Every number from which organisations called, by name and number; an organisation without calls has none."""
    seen = (
        outcome.usage.filter(
            pl.col("organisation").is_in(organisations)
            & (pl.col("number") != NO_NUMBER)
            & (pl.col("calls") > 0)
        )
        .group_by("organisation", "number")
        .agg(first=pl.col("day").min(), last=pl.col("day").max(), calls=pl.col("calls").sum())
        .sort("organisation", "number")
    )
    if not seen.height or outcome.until is None:
        return
    moment = outcome.judge.moment(whole=outcome.until == start_of(day_of(outcome.until)))
    carousel = moment.policy.rules.number_carousel
    # As the alert about a carousel has it, which knows most births: it is of these numbers that a list is asked for.
    known = fresh(moment, carousel.churn if carousel else Churn())
    # Whoever called has a code.
    codes = seen["organisation"].replace_strict(moment.state.codes, return_dtype=pl.Int32).to_numpy()
    rows = moment.state.rows_of(codes, seen["number"].to_numpy())
    for row, (name, number, first, last, calls) in zip(rows.tolist(), seen.iter_rows(), strict=True):
        if row < 0:
            yield Entry(name, number, first, None, None, last, calls, None)
            continue
        use = line(moment, row, known)
        yield Entry(
            name, number, use.first_use, use.first_known, use.last_use, use.last_call, use.calls, use.status
        )
