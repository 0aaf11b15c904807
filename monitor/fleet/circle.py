"""Circle: how many people an organisation calls, and how often each of them in four weeks.

A laboratory or an operator that tests numbers calls a few telephones of its own, a lift those who look after it; care at home calls
its clients every other day. Who sells to strangers calls each of them until they pick up, and then others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from monitor.columns.grouping import starts_of
from monitor.fleet.moment import Moment
from monitor.remembered.met import DAYS


@dataclass(frozen=True, slots=True)
class Circle:
    """By organisation, over four weeks; of who was not asked about nothing is known."""

    persons: np.ndarray  # sampled
    often: np.ndarray  # of these, who was called so many times
    #: Whether most of its calls are to these: of those without a number nobody knows whom they called.
    most: np.ndarray

    def of_few(self, persons: int) -> np.ndarray:
        """Who called so many or fewer, most of them often. persons: fewer than are sampled of a day, so that they are all."""
        return self.most & self.regular(1) & (self.persons <= persons)

    def regular(self, persons: int) -> np.ndarray:
        """Who called most of them often; not where fewer persons are known.

        Most, and not on average: some telephones of one's own that are called all day are no clients.
        """
        return (self.persons >= persons) & (2 * self.often > self.persons)


def circle(moment: Moment, asked: np.ndarray, often: int) -> Circle:
    """Measure it of the organisations `asked` (a mask). Cost: a pass over the persons in their samples.

    often: calls to one person in four weeks.
    """
    since, groups = moment.day - DAYS, moment.organisations
    codes = pl.Series(np.flatnonzero(asked), dtype=pl.Int32)
    met = moment.state.met.persons(codes, since, moment.day)
    organisation, person, _, calls = (column.to_numpy() for column in met.iter_columns())
    starts = starts_of(organisation, person)
    of = organisation[starts]
    each = np.add.reduceat(calls, starts, dtype=np.int64) if len(starts) else calls
    persons, regulars, called = (np.bincount(of, part, groups) for part in (None, each >= often, each))
    return Circle(persons, regulars, 2 * called > moment.calls(DAYS))
