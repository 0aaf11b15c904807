"""Contacts: which numbers a sample of the people called were called from.

Whether a person is called from one number or from ever another one tells a rotated pool from an
honest one even when every number in it is old. To know it for everybody would cost a row a call; a
sample is enough, if it holds *all* calls to those in it. Pseudonyms are uniform, so the persons
with the smallest ones are such a sample, and the same persons every day (bottom-k sampling, Cohen
and Kaplan, 2007): whoever is among the smallest k of a month is among the smallest k of each day
on which they were called, hence nothing of them is missing.

- exact for an organisation that calls at most `SAMPLE` persons a day
- otherwise a share among m sampled calls has the error of a sample of m: about 1/sqrt(m)
"""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from monitor.merging import Merging
from monitor.usage import NO_NUMBER, days

#: Persons kept an organisation and day. 64 persons called three times a month give over a hundred
#: repeated calls, so a share within +-0.1; each costs about 10 bytes a day.
SAMPLE = 64


class Contacts(Merging):
    """Outbound calls by (organisation, day, person, number), for the sampled persons.

    Redelivery would double its counts; `repeats.py` guards it.
    """

    SCHEMA = pl.Schema(
        {
            "organisation": pl.String,
            "day": pl.Int32,
            "person": pl.UInt64,
            "number": pl.UInt64,
            "calls": pl.UInt32,
        }
    )
    KEY = ("organisation", "day", "person", "number")
    MERGE: ClassVar = [pl.col("calls").sum()]
    __slots__ = ()

    @classmethod
    def of(cls, calls: pl.DataFrame) -> Contacts:
        counted = calls.filter(
            (pl.col("direction") == "outbound")
            & pl.col("person").is_not_null()
            & pl.col("number").is_not_null()
        )
        if "weight" in calls.columns:
            counted = counted.filter(pl.col("weight") > 0)
        counted = counted.select(
            "organisation",
            days(),
            "person",
            pl.col("number").fill_null(NO_NUMBER),
            pl.lit(1, pl.UInt32).alias("calls"),
        )
        return cls._merged(counted)

    @classmethod
    def _merged(cls, frame: pl.DataFrame) -> Contacts:
        group = ("organisation", "day")
        crowded = (
            frame.group_by(group).agg(pl.col("person").n_unique().alias("n")).filter(pl.col("n") > SAMPLE)
        )
        if crowded.height:
            last = (
                frame.join(crowded.select(group), on=group, how="semi")
                .group_by(group)
                .agg(pl.col("person").unique().bottom_k(SAMPLE).max().alias("last"))
            )
            frame = (
                frame.join(last, on=group, how="left")
                .filter(pl.col("last").is_null() | (pl.col("person") <= pl.col("last")))
                .drop("last")
            )
        return super()._merged(frame)
