"""Re-contact: whether somebody who is called again sees the number that they saw before.

Of the sampled persons who were called more than once in four weeks, the share of pairs of calls that
show one number; each person counts once, however often they were called. It is one for an office in
which everybody has their own number, one over the pool for a fleet that shows any of its numbers, and
none for one that never shows a number twice.

- the persons are a uniform sample with nothing missing (`met.py`), so the interval is Wilson's (1927)
  for as many trials as there are persons; it is too wide rather than too narrow, since a person with
  many calls says more than one trial
- exact where an organisation calls at most `contacts.SAMPLE` persons a day
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.met import DAYS


@dataclass(frozen=True, slots=True)
class Recontact:
    """By organisation; those that were not looked at have no persons."""

    same: np.ndarray  # share of pairs of calls to one person that show one number
    low: np.ndarray
    high: np.ndarray
    persons: np.ndarray  # in the sample
    again: np.ndarray  # of these, called more than once


def recontact(moment: Moment, wanted: np.ndarray) -> Recontact:
    """Measure re-contact at a moment, of the organisations chosen by the mask `wanted`.

    Cost: a pass over their sampled persons of four weeks.
    """
    groups = moment.organisations
    codes = pl.Series(np.flatnonzero(wanted), dtype=pl.Int32)
    calls = pl.col("calls").cast(pl.Float64)
    found = (
        moment.state.met.persons(codes, moment.day - DAYS, moment.day)
        .lazy()
        .group_by("organisation", "person")
        .agg(calls.sum().alias("calls"), (calls * (calls - 1)).sum().alias("same"))
        .with_columns(again=pl.col("calls") > 1)
        # Sorted, so that sums of fractions do not depend on the order of rows.
        .sort("organisation", "person")
        .group_by("organisation", maintain_order=True)
        .agg(
            pl.len().alias("persons"),
            pl.col("again").sum(),
            pl.when("again")
            .then(pl.col("same") / (pl.col("calls") * (pl.col("calls") - 1)))
            .sum()
            .alias("same"),
        )
        .collect()
    )
    at = found["organisation"].to_numpy()
    persons, again, same = np.zeros(groups), np.zeros(groups), np.zeros(groups)
    persons[at], again[at], same[at] = (found[name].to_numpy() for name in ("persons", "again", "same"))
    share = np.divide(same, again, out=np.ones(groups), where=again > 0)
    low, high = wilson(share, again)
    return Recontact(share, low, high, persons, again)
