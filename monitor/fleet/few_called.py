"""Few called: whose calls go to a few lines, however many numbers they show.

A laboratory or an operator that tests numbers calls telephones of its own, a lift those who look after it. Nobody is kept from
recognising a caller: who calls strangers has called as many within a day.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from monitor.fleet.moment import Moment
from monitor.policy import NumberCarousel
from monitor.remembered.met import DAYS


def few_called(moment: Moment, rule: NumberCarousel, asked: np.ndarray) -> np.ndarray:
    """Who called hardly anybody in four weeks, of the organisations `asked` (a mask).

    Known where most of the calls were to persons that are known, and all of these are: of who calls more than a sample on one
    day they are not.
    """
    codes = np.flatnonzero(asked)
    if not len(codes):
        return asked
    since, groups = moment.day - DAYS, moment.organisations
    met = moment.state.met.persons(pl.Series(codes, dtype=pl.Int32), since, moment.day)
    met = met.group_by("organisation").agg(pl.col("person").n_unique(), pl.col("calls").sum())
    theirs, persons, calls = (column.to_numpy() for column in met.iter_columns())
    few = np.zeros(groups, bool)
    most = 2 * calls.astype(np.int64) > moment.calls(DAYS)[theirs]
    few[theirs] = (persons <= rule.few_persons) & most
    few[[code for code in moment.state.met.parts(since, moment.day) if few[code]]] = False
    return few
