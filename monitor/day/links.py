"""Links: the accounts, trunks and bureaus an organisation's calls came through, by day.

An organisation that ends and another that begins within days on the same trunk is how a phoenix
is seen.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from monitor.columns.grouping import Coded, coded, groups
from monitor.day.counting import Counting
from monitor.day.merging import Columns, Merging

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
    MERGE: ClassVar = {"calls": np.add}
    __slots__ = ()

    @classmethod
    def _columns(cls, calls: Counting) -> Columns:
        """One row for each kind of each way that calls came; the ways are few, so they are counted first."""
        values = {kind: _coded(calls.calls[kind]) for kind in KINDS}
        weight = (calls.weight * calls.outbound).astype(np.uint32)
        ways = groups(calls.organisation.codes, calls.day, *(value.codes for value in values.values()))
        first, counted = ways.first, ways.reduce(np.add, weight)
        names, rows, counts, kinds = [], [], [], []
        for kind, value in values.items():
            known = (value.codes[first] > 0) & (counted > 0)
            names.append(value.at(first[known]))
            rows.append(first[known])
            counts.append(counted[known])
            kinds.append(np.full(len(rows[-1]), sorted(KINDS).index(kind), np.uint8))
        rows = np.concatenate(rows)
        return {
            "organisation": Coded(calls.organisation.codes[rows], calls.organisation.texts),
            "kind": Coded(np.concatenate(kinds), pl.Series(sorted(KINDS))),
            "value": coded(pl.concat(names)),
            "day": calls.day[rows],
            "calls": np.concatenate(counts),
        }


def _coded(texts: pl.Series) -> Coded:
    """Texts as codes in any order, 0 for a null."""
    if texts.null_count() == len(texts):
        return Coded(np.zeros(len(texts), np.uint8), pl.Series([""]))
    found = coded(texts.fill_null("") if texts.null_count() else texts, ordered=False)
    codes = found.codes.astype(np.uint32) + np.uint32(1)
    if texts.null_count():
        codes[texts.is_null().to_numpy()] = 0
    return Coded(codes, pl.concat([pl.Series([""]), found.texts]))
