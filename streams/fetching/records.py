"""Records as a broker sends them, to columns: the batches of Kafka's record format 2, read as a whole.

aiokafka makes an object of every record, which costs four times as much as all that is done here
and half of what a call may cost in all. Here a walk along the lengths finds where each record
begins, and numpy reads the fields of all of them at once. What is rarely asked for (key and headers, of a
record that could not be read) is read one by one.

Source: Kafka's documentation, "Record Batch" and "Record". Integers are big-endian, but for the
variable-length ones, which have seven bits a byte, the lowest first, and their sign in the lowest bit.
"""

from __future__ import annotations

import struct
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from aiokafka import ConsumerRecord
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.errors import CorruptRecordException
from aiokafka.record.util import decode_varint
from crc32c import crc32c

from monitor.cdr.block import Block, Buffer

#: Base offset, length of what follows, leader's epoch, format, CRC; attributes, last offset (from the
#: base), first and latest time (ms); producer's id; its epoch and sequence, which say nothing here; records.
_HEAD = struct.Struct(">qiibIhiqqq6xi")
_FORMAT_AT, _LENGTH_END, _CHECKED_FROM = 16, 12, 21
#: The bits of a batch's attributes.
_CODEC, _APPEND_TIME, _TRANSACTION, _CONTROL = 0x07, 0x08, 0x10, 0x20
_DECODE = {1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}
#: Bytes of the longest variable-length integer, of 64 bits.
_VARINT_BYTES = 10


class Batch(NamedTuple):
    """The head of one batch of records, and where in the answer of the broker it lies."""

    begin: int
    end: int
    base: int  # offset of its first record
    crc: int
    attributes: int
    last: int  # offset of its last record, also when compaction has removed it
    first_time: int
    latest_time: int
    producer: int
    records: int


class OldFormat(ValueError):
    """Batches of a record format before 2, from a topic that has not been written to since 2017."""


def batches(raw: Buffer) -> Iterator[Batch]:
    """The heads of the batches in an answer; one that is cut off at its end will be sent again.

    Raises `OldFormat`.
    """
    at = 0
    while at + _FORMAT_AT < len(raw):
        if raw[at + _FORMAT_AT] < 2:
            raise OldFormat
        if at + _HEAD.size > len(raw):
            return
        base, length, _, _, crc, attributes, last, first, latest, producer, count = _HEAD.unpack_from(raw, at)
        end = at + _LENGTH_END + length
        if end > len(raw):
            return
        yield Batch(at, end, base, crc, attributes, base + last, first, latest, producer, count)
        at = end


@dataclass(slots=True)
class Records:
    """Records of one source partition, in the order of their offsets."""

    values: Block
    offsets: np.ndarray  # int64
    times: np.ndarray  # int64, ms since 1970
    _more: _More

    def __len__(self) -> int:
        return len(self.offsets)

    @classmethod
    def read(cls, raw: Buffer, begin: int, aborted: Sequence[tuple[int, int]] = ()) -> Records:
        """The records of an answer from an offset on; those before it belong to a batch that was read in part.

        aborted: transactions that were given up, (producer, first offset) by offset; their records are left out.
        Raises `CorruptRecordException`, and aiokafka's error for a codec that is not there.
        """
        heads = list(batches(raw))
        # What is not compressed is read where it lies.
        texts = [] if all(batch.attributes & _CODEC for batch in heads) else [raw]
        tables, size = [], sum(map(len, texts))
        for batch, given_up in _given_up(heads, aborted):
            if crc32c(memoryview(raw)[batch.begin + _CHECKED_FROM : batch.end]) != batch.crc:
                raise CorruptRecordException(f"the batch at offset {batch.base} has another checksum")
            if given_up or batch.attributes & _CONTROL:
                continue  # the latter is the marker of a transaction's end
            codec, body = batch.attributes & _CODEC, batch.begin + _HEAD.size
            if not codec:
                tables.append((batch, _starts(raw, body, batch.end, batch)))
                continue
            text = bytes(_DECODE[codec](bytes(raw[body : batch.end])))
            tables.append((batch, _starts(text, 0, len(text), batch) + size))
            texts.append(text)
            size += len(text)
        text = texts[0] if len(texts) == 1 else b"".join(texts)
        if not tables:
            none = np.empty(0, np.int64)
            return cls(Block(b"", none, none), none, none, _InBuffer(b"", none))
        starts = np.concatenate([each for _, each in tables])
        heads = np.repeat(
            np.asarray(
                [[b.base, b.first_time, b.latest_time, b.attributes & _APPEND_TIME] for b, _ in tables]
            ),
            [len(each) for _, each in tables],
            axis=0,
        )
        column = np.frombuffer(text, np.uint8)
        _, at = _varints(column, starts)
        later, at = _varints(column, at + 1)
        offsets, at = _varints(column, at)
        key, at = _varints(column, at)
        value, at = _varints(column, at + np.maximum(key, 0))
        offsets += heads[:, 0]
        times = np.where(heads[:, 3] > 0, heads[:, 2], heads[:, 1] + later)
        found = cls(Block(text, at, at + value), offsets, times, _InBuffer(text, starts))
        return found if not len(offsets) or offsets[0] >= begin else found._from(begin)

    @classmethod
    def of(cls, records: Sequence[ConsumerRecord]) -> Records:
        """The same of records that aiokafka has read."""
        values = Block.of([record.value for record in records])
        offsets = np.asarray([record.offset for record in records], np.int64)
        times = np.asarray([record.timestamp for record in records], np.int64)
        return cls(values, offsets, times, _Read(records))

    def _from(self, begin: int) -> Records:
        rows = np.flatnonzero(self.offsets >= begin)
        starts = self._more.starts[rows]
        return Records(
            self.values.take(rows), self.offsets[rows], self.times[rows], _InBuffer(self._more.text, starts)
        )

    def key(self, row: int) -> bytes | None:
        return self._more.key(row)

    def headers(self, row: int) -> list[tuple[str, bytes | None]]:
        return self._more.headers(row)


def _given_up(heads: Sequence[Batch], aborted: Sequence[tuple[int, int]]) -> Iterator[tuple[Batch, bool]]:
    """Each batch, and whether it belongs to a transaction that was given up."""
    coming, open_ = deque(aborted), set()
    for batch in heads:
        while coming and coming[0][1] <= batch.base:
            open_.add(coming.popleft()[0])
        yield batch, bool(batch.attributes & _TRANSACTION) and batch.producer in open_
        if batch.attributes & _CONTROL:
            open_.discard(batch.producer)


def _starts(text: Buffer, at: int, end: int, batch: Batch) -> np.ndarray:
    """Where each record of a batch begins (int64). The only loop over records, so it is kept bare."""
    starts = array("q", bytes(8 * batch.records))  # a list would keep an object a record
    try:
        for row in range(batch.records):
            starts[row] = at
            # Its length, written out for one, two and three bytes: 0.2 µs less than a call. Lengths are
            # not negative, so the sign's bit is only shifted away.
            low = text[at]
            if low < 128:
                at += 1 + (low >> 1)
                continue
            middle = text[at + 1]
            if middle < 128:
                at += 2 + ((low & 127 | middle << 7) >> 1)
                continue
            high = text[at + 2]
            if high < 128:
                at += 3 + ((low & 127 | (middle & 127) << 7 | high << 14) >> 1)
                continue
            length, at = decode_varint(text, at)
            at += length
    except IndexError:
        at = -1
    if at != end:
        raise CorruptRecordException(f"the batch at offset {batch.base} is not as long as its records")
    return np.frombuffer(starts, np.int64)


def _varints(text: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The variable-length integers at some places, and the places behind them."""
    byte = text[at].astype(np.int64)
    value, shift = byte & 127, 7
    more, at = byte > 127, at + 1
    while more.any() and shift < 7 * _VARINT_BYTES:
        byte = text[np.minimum(at, len(text) - 1)].astype(np.int64)
        value = np.where(more, value | (byte & 127) << shift, value)
        at = at + more
        more = more & (byte > 127)
        shift += 7
    return (value >> 1) ^ -(value & 1), at


class _InBuffer:
    """Keys and headers, read from the buffer when they are asked for."""

    __slots__ = ("starts", "text")

    def __init__(self, text: Buffer, starts: np.ndarray) -> None:
        self.text, self.starts = text, starts

    def key(self, row: int) -> bytes | None:
        return self._until_value(row)[0]

    def headers(self, row: int) -> list[tuple[str, bytes | None]]:
        _, at = self._until_value(row)
        _, at = self._bytes(at)
        count, at = decode_varint(self.text, at)
        headers = []
        for _ in range(count):
            name, at = self._bytes(at)
            value, at = self._bytes(at)
            headers.append(((name or b"").decode("utf-8", "replace"), value))
        return headers

    def _until_value(self, row: int) -> tuple[bytes | None, int]:
        _, at = decode_varint(self.text, int(self.starts[row]))
        _, at = decode_varint(self.text, at + 1)
        _, at = decode_varint(self.text, at)
        return self._bytes(at)

    def _bytes(self, at: int) -> tuple[bytes | None, int]:
        length, at = decode_varint(self.text, at)
        return (None, at) if length < 0 else (bytes(self.text[at : at + length]), at + length)


class _Read:
    """Keys and headers of records that aiokafka has read."""

    __slots__ = ("_records",)

    def __init__(self, records: Sequence[ConsumerRecord]) -> None:
        self._records = records

    def key(self, row: int) -> bytes | None:
        return self._records[row].key

    def headers(self, row: int) -> list[tuple[str, bytes | None]]:
        return list(self._records[row].headers)


_More = _InBuffer | _Read
