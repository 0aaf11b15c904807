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

import numpy as np
import polars as pl

from monitor.columns.grouping import Coded, groups
from monitor.day.counting import Counting
from monitor.day.merging import Columns, Merging

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
    MERGE: ClassVar = {"calls": np.add}
    __slots__ = ()

    @classmethod
    def _columns(cls, calls: Counting) -> Columns:
        rows = np.flatnonzero(
            calls.outbound & calls.present("person") & calls.present("number") & (calls.weight > 0)
        )
        return {
            "organisation": Coded(calls.organisation.codes[rows], calls.organisation.texts),
            "day": calls.day[rows],
            "person": calls.values("person")[rows],
            "number": calls.values("number")[rows],
            "calls": np.ones(len(rows), np.uint32),
        }

    @classmethod
    def _merged(cls, columns: Columns, key: tuple[str, ...]) -> pl.DataFrame:
        rows = _sampled(columns)
        if rows is not None:
            organisation = columns["organisation"]
            columns = {name: column[rows] for name, column in columns.items() if name != "organisation"}
            columns["organisation"] = Coded(organisation.codes[rows], organisation.texts)
        return super()._merged(columns, key)


def _sampled(columns: Columns) -> np.ndarray | None:
    """The rows of sampled persons; None where that is everybody."""
    persons, organisation, day = columns["person"], columns["organisation"].codes, columns["day"]
    if not len(persons) or np.bincount(organisation).max() <= SAMPLE:
        return None
    cells = groups(organisation, day)
    sizes = np.diff(cells.starts, append=len(persons))
    crowded = np.repeat(sizes > SAMPLE, sizes)
    if not crowded.any():
        return None
    cell = np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)[crowded]
    rows = cells.order[crowded]
    each = groups(cell, persons[rows])  # (organisation, day) and person
    theirs = cell[each.first]
    place = np.arange(len(theirs)) - np.searchsorted(theirs, theirs)
    sizes = np.diff(each.starts, append=len(rows))
    sampled = rows[each.order[np.repeat(place < SAMPLE, sizes)]]
    return np.concatenate([cells.order[~crowded], sampled])
