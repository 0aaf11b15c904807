"""Counting: the columns of calls that are counted, as whole numbers, each worked out once for all that counts."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import polars as pl

from monitor.call import DEFECTS, DIRECTIONS, INSTANT, MICROSECONDS_A_DAY, PRESENTATIONS
from monitor.columns.grouping import Coded, coded

_OUTBOUND = DIRECTIONS.categories.to_list().index("outbound")
_SHOWN = {name: place for place, name in enumerate(PRESENTATIONS.categories)}

assert len(DEFECTS.categories) < 255, "a defect is kept in one byte"


class Counting:
    """Distinct `CALLS`, with `weight` (`repeats.py`) or each counting once. Arrays have one value a call."""

    def __init__(self, calls: pl.DataFrame) -> None:
        self.calls = calls

    def __len__(self) -> int:
        return self.calls.height

    def values(self, column: str, null: int = 0) -> np.ndarray:
        """A column of numbers; nulls as a value."""
        found = self.calls[column]
        if not found.dtype.is_integer():
            found = found.cast(pl.Int64) if found.dtype == INSTANT else found.to_physical()
        return (found.fill_null(null) if found.null_count() else found).to_numpy()

    def present(self, column: str) -> np.ndarray:
        """Where a column is not null."""
        found = self.calls[column]
        return found.is_not_null().to_numpy() if found.null_count() else np.ones(len(self), bool)

    @cached_property
    def organisation(self) -> Coded:
        return coded(self.calls["organisation"])

    @cached_property
    def feed(self) -> Coded:
        return coded(self.calls["feed"])

    @cached_property
    def day(self) -> np.ndarray:
        """Whole UTC days since 1970-01-01 (int32)."""
        return (self.values("started_at") // MICROSECONDS_A_DAY).astype(np.int32)

    @cached_property
    def outbound(self) -> np.ndarray:
        return self.values("direction") == _OUTBOUND

    @cached_property
    def answered(self) -> np.ndarray:
        return self.present("answered_at")

    @cached_property
    def weight(self) -> np.ndarray:
        """1 for a call that is new, 0 for one that is known and now answered."""
        if "weight" not in self.calls.columns:
            return np.ones(len(self), np.uint32)
        return self.values("weight")

    def presented(self, presentation: str) -> np.ndarray:
        """Where the number was `allowed`, `restricted` or `unavailable`."""
        return self.values("presentation", null=len(_SHOWN)) == _SHOWN[presentation]

    @cached_property
    def defect(self) -> np.ndarray:
        """0 for none, else 1 + its place in `DEFECTS` (uint8)."""
        found = self.calls["defect"]
        if found.null_count() == len(self):
            return np.zeros(len(self), np.uint8)
        return (found.to_physical() + 1).fill_null(0).cast(pl.UInt8).to_numpy()
