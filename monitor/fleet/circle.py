"""Circle: how many people an organisation calls, and how often each of them in four weeks.

A laboratory or an operator that tests numbers calls a few telephones of its own, a lift those who look after it; care at home calls
its clients every other day. Who sells to strangers calls each of them until they pick up, and then others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from monitor.fleet.moment import Moment
from monitor.remembered.met import DAYS


@dataclass(frozen=True, slots=True)
class Circle:
    """By organisation, over four weeks; of who was not asked about nothing is known."""

    persons: np.ndarray  # sampled
    calls: np.ndarray  # to these
    whole: (
        np.ndarray
    )  # whether they are all whom it called, but for calls without a number, which are the lesser part

    def of_few(self, persons: int) -> np.ndarray:
        """Who called so many or fewer, and somebody."""
        return self.whole & (self.persons > 0) & (self.persons <= persons)

    def often(self, calls: float, persons: int) -> np.ndarray:
        """Who called each of them so many times; not where fewer persons are known."""
        return (self.persons >= persons) & (self.calls >= calls * self.persons)


def circle(moment: Moment, asked: np.ndarray) -> Circle:
    """Measure it of the organisations `asked` (a mask). Cost: a pass over the persons in their samples."""
    since, groups = moment.day - DAYS, moment.organisations
    persons, calls = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    codes = pl.Series(np.flatnonzero(asked), dtype=pl.Int32)
    met = moment.state.met.persons(codes, since, moment.day).group_by("organisation")
    columns = met.agg(pl.col("person").n_unique(), pl.col("calls").sum()).iter_columns()
    theirs, *counts = (column.to_numpy() for column in columns)
    persons[theirs], calls[theirs] = counts
    whole = 2 * calls > moment.calls(DAYS)
    whole[list(moment.state.met.parts(since, moment.day))] = False
    return Circle(persons, calls, whole)
