"""Links: the accounts, trunks and bureaus an organisation's calls came through, by day.

An organisation that ends and another that begins within days on the same trunk is how a phoenix
is seen.
"""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from monitor.merging import Merging
from monitor.usage import days

KINDS = ("account", "trunk", "bureau")


class Links(Merging):
    """Outbound calls by (organisation, kind, value, day).

    Redelivery would double its counts; `repeats.py` guards it.
    """

    SCHEMA = pl.Schema(
        {
            "organisation": pl.String,
            "kind": pl.String,
            "value": pl.String,
            "day": pl.Int32,
            "calls": pl.UInt32,
        }
    )
    KEY = ("organisation", "kind", "value", "day")
    MERGE: ClassVar = [pl.col("calls").sum()]
    __slots__ = ()

    @classmethod
    def of(cls, calls: pl.DataFrame) -> Links:
        weight = pl.col("weight").sum() if "weight" in calls.columns else pl.len()
        counted = (
            calls.lazy()
            .filter(pl.col("direction") == "outbound")
            .group_by("organisation", days(), *KINDS)
            .agg(weight.cast(pl.UInt32).alias("calls"))
            .filter(pl.col("calls") > 0)
            .with_columns(pl.col("organisation", *KINDS).cast(pl.String))
            .collect()
        )
        return cls._merged(
            counted.unpivot(
                on=list(KINDS),
                index=["organisation", "day", "calls"],
                variable_name="kind",
                value_name="value",
            )
            .drop_nulls("value")
            .select(*cls.SCHEMA)
        )
