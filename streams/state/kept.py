"""The form of what a ledger keeps (`ledger.py`): its keys, its values, and all of them as they are found.

Keys sort by kind, bucket, owner and offset. What of all that counts is for the ledger to say.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import zstandard

from monitor.newer import NewerVersion
from streams.state.notes import Notes

#: 2 knows weeks; a worker that does not must not take their days for all there is. 3 has a packed clock, 4 notes in chunks, 5 hours
#: with calls to numbers in its clock.
VERSION = 5
#: Value bytes a chunk. A broker's default limit is 1 MiB a record batch; a tenth is left for
#: its headers and for what lz4 may add to what is packed already.
CHUNK = 900_000
#: No day, or no hour, yet.
NONE = -(1 << 31)

OWNER = struct.Struct(">III")
_RECORD = struct.Struct(
    ">BIIIQQii"
)  # version, previous owner, start, head, closed, oldest; the clock follows
_SEGMENT = struct.Struct(">ccIIIIQH")  # s, kind, bucket, owner x3, start, chunk
_BASE = struct.Struct(">ccIIIIQH")  # b, kind, bucket, owner x3, cover, chunk
CONTENT = struct.Struct(">BQH")  # version, end of the range (exclusive), chunks


class Kind(bytes, Enum):
    """What a bucket holds; the byte is a part of its keys, so it never changes its meaning."""

    SHEET = b"d"  # bucket: day
    WEEK = b"w"  # bucket: week; days that nothing can be added to any more, as one base
    IDS = b"i"  # bucket: hour


class Owner(NamedTuple):
    """Who kept something, in line: the era of the group, its generation, and the turn within that."""

    era: int
    generation: int
    turn: int

    def pack(self) -> bytes:
        return OWNER.pack(*self)


class Bucket(NamedTuple):
    """What is merged into one: all that was kept of a day, a week or an hour (`at`, since 1970-01-01)."""

    kind: Kind
    at: int


@dataclass(slots=True)
class Part:
    """A segment or a base: contributions of the offsets before `end` (a segment: from `start`)."""

    owner: Owner
    start: int
    end: int
    chunks: int
    base: bool

    def keys(self, bucket: Bucket) -> list[bytes]:
        form, letter, at = (_BASE, b"b", self.end) if self.base else (_SEGMENT, b"s", self.start)
        return [form.pack(letter, bucket.kind, bucket.at, *self.owner, at, n) for n in range(self.chunks)]


class Mark(NamedTuple):
    """Up to where the state counts, and what must be true of exactly that moment."""

    #: The offset of the next slice: all before it counts.
    head: int = 0
    #: The last day that was closed by the slices before the head.
    closed: int = NONE
    #: The oldest hour whose call ids are kept: earlier calls can't be told from repeats.
    oldest: int = NONE
    #: The watermark's reports and the coverage, as bytes (`monitor/watermark.py`). Kept packed: with every flush, of
    #: every day, they would come near what a broker takes in some years.
    clock: bytes = b""


@dataclass(slots=True)
class Record:
    previous: Owner  # whose work it goes on from
    start: int  # where that ended
    mark: Mark

    @classmethod
    def decode(cls, value: bytes) -> Record:
        version, era, generation, turn, start, head, closed, oldest = _RECORD.unpack_from(value)
        clock = value[_RECORD.size :]
        if version > 2 and clock:
            clock = zstandard.decompress(clock)
        return cls(Owner(era, generation, turn), start, Mark(head, closed, oldest, clock))

    def encode(self) -> bytes:
        mark = self.mark
        record = _RECORD.pack(VERSION, *self.previous, self.start, mark.head, mark.closed, mark.oldest)
        return record + (zstandard.compress(mark.clock) if mark.clock else b"")


#: Before the first owner.
NOBODY = Owner(0, 0, 0)


class Place(NamedTuple):
    """Which segment or base a chunk is of, as its key says: `offset` is where the one starts and the other ends."""

    base: bool
    bucket: Bucket
    owner: Owner
    offset: int


@dataclass(slots=True)
class Kept:
    """All that is kept of a partition, whoever kept it, whether it counts or not."""

    records: dict[Owner, Record] = field(default_factory=dict)
    #: The chunks that are there, by their numbers: each says where the part ends, and of how many it is one.
    chunks: dict[Place, dict[int, tuple[int, int]]] = field(default_factory=dict)
    notes: Notes = field(default_factory=lambda: Notes(VERSION, CHUNK))

    @classmethod
    def read(cls, items: Iterable[tuple[bytes, bytes]]) -> Kept:
        """From every key of the partition with its value, in any order. Raises `NewerVersion`."""
        kept = cls()
        for key, value in items:
            letter = key[:1]
            if value[0] > VERSION:
                raise NewerVersion("state", value[0], VERSION)
            if letter == b"o":
                kept.records[Owner(*OWNER.unpack_from(key, 1))] = Record.decode(value)
            elif letter in (b"s", b"b"):
                _, kind, at, *owner, offset, n = _SEGMENT.unpack(key)
                _, end, count = CONTENT.unpack_from(value)
                place = Place(letter == b"b", Bucket(Kind(kind), at), Owner(*owner), offset)
                kept.chunks.setdefault(place, {})[n] = (end, count)
            else:
                kept.notes.hear(key, value)
        return kept

    @property
    def last(self) -> Owner:
        """The owner that came last of all that have a record."""
        return max(self.records, default=NOBODY)

    def limits(self) -> dict[Owner, int]:
        """Of each owner in the chain that ends with the last, the offset before which its work counts."""
        limits: dict[Owner, int] = {}
        last = self.last
        end = self.records[last].mark.head if self.records else 0
        while last in self.records:
            limits[last] = end
            last, end = self.records[last].previous, self.records[last].start
        return limits
