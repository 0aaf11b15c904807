"""What merges: frames that are summed by key, and obey the laws of addition.

Every kind of thing that is kept (usage, contacts, links, coverage) is a `Merging`: a frame with
one row a key, in the order of its keys. The laws that all of them obey, and that a test looks for
on each class it finds: merging with the empty one changes nothing, order and grouping do not
matter, the whole is the merge of its parts, and bytes give back what was written.

Merging counts: the same part merged twice counts twice. What guards it is the caller's: repeats
are dropped by call id before anything is counted (`repeats.py`), and a part that was kept is
never merged again (`streams/ledger.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

import polars as pl

from monitor.packing import pack, unpack


class Merging:
    """A frame with one row a key; subclasses say which columns and how they merge."""

    SCHEMA: ClassVar[pl.Schema]
    KEY: ClassVar[tuple[str, ...]]
    #: How each column that is no key merges; each expression is itself associative and commutative.
    MERGE: ClassVar[list[pl.Expr]]

    __slots__ = ("frame",)

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    @classmethod
    def empty(cls) -> Self:
        return cls(cls.SCHEMA.to_frame())

    @classmethod
    def of(cls, calls: pl.DataFrame) -> Self:
        """What is seen in a frame of distinct `CALLS`."""
        raise NotImplementedError

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """The merge of any number of parts, in one pass."""
        frames = [part.frame for part in parts if part.frame.height]
        if not frames:
            return cls.empty()
        return cls._merged(pl.concat(frames))

    def merge(self, other: Self) -> Self:
        return type(self).total([self, other])

    @classmethod
    def _merged(cls, frame: pl.DataFrame) -> Self:
        merged = frame.group_by(cls.KEY).agg(*cls.MERGE)
        return cls(merged.select(*cls.SCHEMA).cast(dict(cls.SCHEMA)).sort(cls.KEY))

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
