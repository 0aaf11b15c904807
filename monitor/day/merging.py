"""What merges: frames that are summed by key, and obey the laws of addition.

Every kind of thing that is kept (usage, contacts, links, coverage) is a `Merging`: a frame with
one row a key, in the order of its keys. The laws that all of them obey, and that a test looks for
on each class it finds: merging with the empty one changes nothing, order and grouping do not
matter, the whole is the merge of its parts, and bytes give back what was written.

Merging counts: the same part merged twice counts twice. What guards it is the caller's: repeats
are dropped by call id before anything is counted (`repeats.py`), and a part that was kept is
never merged again (`streams/state/ledger.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import ClassVar, Self, TypeVar

import numpy as np
import polars as pl

from monitor.columns.grouping import Coded, coded, groups
from monitor.columns.packing import pack, unpack
from monitor.day.counting import Counting

#: A frame as arrays, by column.
Columns = Mapping[str, np.ndarray | Coded]


Part = TypeVar("Part")

#: Parts that wait before any of them are merged: a merge of few that are alike hardly combines any rows.
_LOOSE = 16


def settle(parts: list[Part], rows: Callable[[Part], int], total: Callable[[list[Part]], Part]) -> None:
    """Merge the last of many parts into one, so that there are few, and no row is merged often.

    A part is left alone while it is larger than all after it together: so each is at least twice as
    large as the next but one, and what a merge costs is paid by the rows that came since.
    """
    if len(parts) <= _LOOSE:
        return
    sizes = np.array([rows(part) for part in parts])
    after = sizes[::-1].cumsum()[::-1] - sizes
    small = np.flatnonzero(sizes[:-1] <= after[:-1])
    if len(small):
        parts[small[0] :] = [total(parts[small[0] :])]


class Merging:
    """A frame with one row a key; subclasses say which columns and how they merge."""

    SCHEMA: ClassVar[pl.Schema]
    KEY: ClassVar[tuple[str, ...]]
    #: How each column that is no key merges; each function is itself associative and commutative.
    MERGE: ClassVar[Mapping[str, np.ufunc]]

    __slots__ = ("frame",)

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    @classmethod
    def empty(cls) -> Self:
        return cls(cls.SCHEMA.to_frame())

    @classmethod
    def of(cls, calls: pl.DataFrame) -> Self:
        """What is seen in a frame of distinct `CALLS`."""
        return cls(cls._merged(cls._columns(Counting(calls)), cls.KEY))

    @classmethod
    def by_day(cls, calls: Counting) -> dict[int, Self]:
        """The same, apart by day."""
        frame = cls._merged(cls._columns(calls), ("day", *(name for name in cls.KEY if name != "day")))
        if not frame.height:
            return {}
        days = frame["day"].to_numpy()
        cuts = [0, *(np.flatnonzero(days[1:] != days[:-1]) + 1).tolist(), frame.height]
        return {int(days[begin]): cls(frame[begin:end]) for begin, end in pairwise(cuts)}

    def days(self) -> dict[int, Self]:
        """This, apart by day."""
        parts = self.frame.partition_by("day", as_dict=True, maintain_order=True)
        return {day: type(self)(part) for (day,), part in parts.items()}

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """The merge of any number of parts, in one pass."""
        frames = [part.frame for part in parts if part.frame.height]
        if not frames:
            return cls.empty()
        frame = pl.concat(frames).rechunk()
        columns = {
            column.name: coded(column) if column.dtype == pl.String else column.to_numpy()
            for column in frame.iter_columns()
        }
        return cls(cls._merged(columns, cls.KEY))

    def merge(self, other: Self) -> Self:
        return type(self).total([self, other])

    @classmethod
    def _columns(cls, calls: Counting) -> Columns:
        """The columns of `SCHEMA` for calls: rows whose keys may be equal."""
        raise NotImplementedError

    @classmethod
    def _merged(cls, columns: Columns, key: tuple[str, ...]) -> pl.DataFrame:
        """Rows of equal keys as one, in the order of the key."""
        keys = [columns[name] for name in key]
        found = groups(*(column.codes if isinstance(column, Coded) else column for column in keys))
        first = found.first
        merged = {}
        for name, dtype in cls.SCHEMA.items():
            column = columns[name]
            if isinstance(column, Coded):
                merged[name] = column.at(first)
            elif name in cls.KEY:
                merged[name] = pl.Series(column[first], dtype=dtype)
            else:
                merged[name] = pl.Series(found.reduce(cls.MERGE[name], column), dtype=dtype)
        return pl.DataFrame(merged, cls.SCHEMA)

    def encode(self) -> bytes:
        return pack(self.frame)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(unpack(data, cls.SCHEMA))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.frame.equals(other.frame)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.frame.height} rows)"
