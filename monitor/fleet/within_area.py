"""Within an area: whether somebody who is shown two numbers of one area is shown the same number twice.

A branch has a number, and who is called by it again sees that number again, wherever they live. Who keeps
several numbers of an area and shows any of them is seen to: of the pairs of calls to one person from
numbers of one area, the share that shows one number is one over the numbers of that area. It is asked
without knowing where the person lives, so calls to mobiles count as well as those to a home.

Each person counts once for each area; the interval is that of `recontact.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from monitor.day.nearby import areas
from monitor.fleet.moment import Moment
from monitor.fleet.recontact import trials
from monitor.fleet.survival import wilson


@dataclass(frozen=True, slots=True)
class WithinArea:
    """By organisation; those that were not looked at have no persons."""

    same: np.ndarray  # share of pairs of calls to one person from one area that show one number
    high: np.ndarray
    persons: np.ndarray  # in the sample, called more than once from one area; for each such area


def within_area(moment: Moment, wanted: np.ndarray, days: int) -> WithinArea:
    """Measure it over the last days, of the organisations chosen by the mask `wanted`.

    Cost: a pass over their sampled persons of those days.
    """
    groups = moment.organisations
    codes = pl.Series(np.flatnonzero(wanted), dtype=pl.Int32)
    met = moment.state.met.persons(codes, moment.day - days, moment.day)
    calls = pl.col("calls").cast(pl.Float64)
    found = (
        met.with_columns(area=pl.Series(areas(met["number"].to_numpy())))
        .lazy()
        .filter(pl.col("area") > 0)
        .group_by("organisation", "person", "area")
        .agg(calls.sum().alias("calls"), (calls * (calls - 1)).sum().alias("same"))
        .filter(pl.col("calls") > 1)
        .with_columns(pairs=pl.col("calls") * (pl.col("calls") - 1))
        .with_columns(share=pl.col("same") / pl.col("pairs"))
        # Sorted, so that sums of fractions do not depend on the order of rows.
        .sort("organisation", "person", "area")
        .collect()
    )
    at = found["organisation"].to_numpy()
    share, pairs = found["share"].to_numpy(), found["pairs"].to_numpy()
    persons = np.bincount(at, minlength=groups).astype(np.float64)
    same = np.divide(np.bincount(at, share, groups), persons, out=np.ones(groups), where=persons > 0)
    few = trials(same, persons, np.bincount(at, share**2, groups), np.bincount(at, pairs, groups) / 2)
    return WithinArea(same, wilson(same, few)[1], persons)
