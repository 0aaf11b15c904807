"""A day sheet: all that is seen of one day in one partition, ready to be merged, kept and judged.

Days to which nothing can be added any more are kept a week together: names are written once then, and
what a number does on one day resembles what it does on the next, so a row costs a third.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from monitor.day.contacts import Contacts
from monitor.day.counting import Counting
from monitor.day.links import Links
from monitor.day.merging import Merging
from monitor.day.nearby import Nearby
from monitor.day.usage import Usage


class Sheet(NamedTuple):
    """Usage, contacts, links and what was nearby, of one day or of several."""

    usage: Usage
    contacts: Contacts
    links: Links
    nearby: Nearby

    @classmethod
    def empty(cls) -> Sheet:
        return cls(Usage.empty(), Contacts.empty(), Links.empty(), Nearby.empty())

    @property
    def rows(self) -> int:
        return sum(map(len, self))

    @classmethod
    def total(cls, sheets: Iterable[Sheet]) -> Sheet:
        sheets = list(sheets)
        if len(sheets) == 1:
            return sheets[0]
        return cls(
            Usage.total(sheet.usage for sheet in sheets),
            Contacts.total(sheet.contacts for sheet in sheets),
            Links.total(sheet.links for sheet in sheets),
            Nearby.total(sheet.nearby for sheet in sheets),
        )

    @classmethod
    def by_day(cls, calls: pl.DataFrame) -> dict[int, Sheet]:
        """The sheets of a frame of distinct `CALLS` with their weights, by day."""
        counting = Counting(calls)
        return cls._of_days([kind.by_day(counting) for kind in KINDS])

    def days(self) -> dict[int, Sheet]:
        """A sheet of several days, apart by day."""
        return self._of_days([part.days() for part in self])

    @classmethod
    def _of_days(cls, parts: Sequence[Mapping[int, Merging]]) -> dict[int, Sheet]:
        """The sheets of days; parts: by day, in the order of the fields."""
        days = sorted({day for part in parts for day in part})
        nothing = cls.empty()  # one for all days: to make it takes longer than all else here
        return {
            day: cls(*(part.get(day, none) for part, none in zip(parts, nothing, strict=True)))
            for day in days
        }

    def thin(self) -> Sheet:
        """Without what is asked for of recent days alone: `met.py` looks back for so many."""
        return self._replace(contacts=Contacts.empty())

    def encode(self) -> bytes:
        """The first three parts with their lengths, and behind them what came later: it may be left out."""
        parts = [part.encode() for part in self]
        return struct.pack("<3I", *map(len, parts[:3])) + b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> Sheet:
        """What `encode` wrote; without the parts that came later it is of before they did, and they are empty.

        Raises `NewerVersion`, and `ValueError` for parts of other columns.
        """
        at = 12
        parts = []
        for kind, length in zip(KINDS, struct.unpack_from("<3I", data), strict=False):
            parts.append(kind.decode(data[at : at + length]))
            at += length
        parts.append(Nearby.decode(data[at:]) if at < len(data) else Nearby.empty())
        return cls(*parts)


#: What a sheet holds, in its order.
KINDS = (Usage, Contacts, Links, Nearby)
