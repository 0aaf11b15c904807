"""A day sheet: all that is seen of one day in one partition, ready to be merged, kept and judged."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from monitor.contacts import Contacts
from monitor.counting import Counting
from monitor.links import Links
from monitor.nearby import Nearby
from monitor.usage import Usage


class Sheet(NamedTuple):
    """Usage, contacts, links and what was nearby, of one day."""

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
        parts = [kind.by_day(counting) for kind in KINDS]
        days = sorted({day for part in parts for day in part})
        return {
            day: cls(*(part.get(day) or kind.empty() for kind, part in zip(KINDS, parts, strict=True)))
            for day in days
        }

    def encode(self) -> bytes:
        """The first three parts with their lengths, and behind them what came later: it may be left out."""
        parts = [part.encode() for part in self]
        return struct.pack("<3I", *map(len, parts[:3])) + b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> Sheet:
        at = 12
        parts = []
        for kind, length in zip(KINDS, struct.unpack_from("<3I", data), strict=False):
            parts.append(kind.decode(data[at : at + length]))
            at += length
        return cls(*parts, Nearby.decode(data[at:]) if at < len(data) else Nearby.empty())


#: What a sheet holds, in its order.
KINDS = (Usage, Contacts, Links, Nearby)
