"""What a dialect is, and what it makes of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from monitor.call import RAW, REJECTED
from monitor.cdr.block import Block
from monitor.feed import Feed

Values = Sequence[bytes | None]


@dataclass(slots=True)
class Parsed:
    """What became of a batch: every record is a call, rejected, or folded into another's call."""

    calls: pl.DataFrame = field(default_factory=RAW.to_frame)
    rejected: pl.DataFrame = field(default_factory=REJECTED.to_frame)
    folded: dict[str, int] = field(default_factory=dict)  # by reason: leg, rating_run, ...
    unknown: dict[str, int] = field(default_factory=dict)  # values under a key that is not known, by its name
    #: Records in which what the feed's mapping or options name was there, by its path: one that is in none is mistyped.
    there: dict[str, int] = field(default_factory=dict)
    records: int = 0  # read; more than values where a value holds several

    def __post_init__(self) -> None:
        """What was folded not once is not told of."""
        self.folded = {reason: records for reason, records in self.folded.items() if records}

    def after(self, refused: pl.DataFrame) -> Parsed:
        """The same with records (`REJECTED`) that were refused before the others were looked at."""
        if refused.height:
            self.rejected = pl.concat([refused, self.rejected])
        return self

    @property
    def unknown_keys(self) -> int:
        """Values under keys that are not known."""
        return sum(self.unknown.values())

    @classmethod
    def total(cls, parts: Sequence[Parsed]) -> Parsed:
        """Several parts as one; rows must be numbered already."""
        if len(parts) == 1:
            return parts[0]
        folded: Counter[str] = Counter()
        unknown: Counter[str] = Counter()
        there: Counter[str] = Counter()
        for part in parts:
            folded.update(part.folded)
            unknown.update(part.unknown)
            there.update(part.there)
        return cls(
            pl.concat([RAW.to_frame(), *(part.calls for part in parts)]),
            pl.concat([REJECTED.to_frame(), *(part.rejected for part in parts)]),
            dict(folded),
            dict(unknown),
            dict(there),
            sum(part.records for part in parts),
        )


class Dialect(Protocol):
    """A module of this room. `frame` is for files whose columns carry the dialect's field names."""

    def parse(self, values: Block, feed: Feed) -> Parsed:
        """One record a value. `row` is the index of the value."""
        ...

    def frame(self, frame: pl.DataFrame, feed: Feed) -> Parsed:
        """One record a row."""
        ...
