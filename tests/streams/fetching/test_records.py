"""Records cut as columns are those that aiokafka cuts one by one."""

from __future__ import annotations

import struct

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from streams.fetching.records import OldFormat, Records, batches

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
_RECORD = st.tuples(
    st.none() | st.binary(max_size=70),  # key
    st.none() | st.binary(max_size=300) | st.integers(60, 70).map(lambda n: b"x" * n**2),  # lengths of 1 to 3 bytes
    st.lists(st.tuples(st.text(max_size=3), st.binary(max_size=5)), max_size=2),  # headers
    st.integers(-5, 2**40),  # ms after the first
)  # fmt: skip
_BATCHES = st.lists(st.lists(_RECORD, min_size=1, max_size=6), max_size=4)


def raw(groups: list[list[tuple]], codec: int = 0, base: int = 1000) -> bytes:
    """What a broker would send of these batches, the first at offset `base`."""
    sent = []
    for group in groups:
        builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
        for at, (key, value, headers, later) in enumerate(group):
            builder.append(at, 1_700_000_000_000 + later, key, value, headers)
        batch = bytearray(builder.build())
        struct.pack_into(">q", batch, 0, base)
        base += len(group)
        sent.append(bytes(batch))
    return b"".join(sent)


def one_by_one(sent: bytes, begin: int) -> list[tuple]:
    """The same by aiokafka's own way, which is the oracle."""
    records = PartitionRecords(TopicPartition("t", 0), MemoryRecords(sent), [], begin, None, None, True, 0)
    return [(r.offset, r.timestamp, r.key, r.value, list(r.headers)) for r in records]


def together(records: Records) -> list[tuple]:
    return [
        (offset, time, records.key(row), value, records.headers(row))
        for row, (offset, time, value) in enumerate(
            zip(records.offsets.tolist(), records.times.tolist(), records.values, strict=True)
        )
    ]


@given(_BATCHES, st.sampled_from(sorted(CODECS)), st.data())
def test_columns_hold_what_one_by_one_gives(
    groups: list[list[tuple]], codec: str, data: st.DataObject
) -> None:
    """Whatever the records and their compression, from any offset of the first batch on, both ways read the same."""
    sent = raw(groups, CODECS[codec])
    begin = data.draw(st.integers(990, 999 + len(groups[0]))) if groups else 0
    assert together(Records.read(sent, begin)) == one_by_one(sent, begin)


@given(_BATCHES, st.lists(st.sampled_from(sorted(CODECS.values())), min_size=4, max_size=4))
def test_one_answer_may_hold_batches_of_several_codecs(groups: list[list[tuple]], codecs: list[int]) -> None:
    """As when one producer of a topic compresses and another does not."""
    sent, base = b"", 1000
    for group, codec in zip(groups, codecs, strict=False):
        sent += raw([group], codec, base)
        base += len(group)
    assert together(Records.read(sent, 0)) == one_by_one(sent, 0)


@given(_BATCHES, st.integers(0, 200))
def test_a_batch_cut_off_at_its_end_is_left_for_the_next_answer(groups: list[list[tuple]], cut: int) -> None:
    """Of an answer that ends within a batch, the whole batches before it are read and no more."""
    sent = raw(groups)
    sent = sent[: max(0, len(sent) - cut)]
    assert together(Records.read(sent, 0)) == one_by_one(sent, 0)


@given(_BATCHES.filter(bool), st.data())
def test_a_changed_bit_is_seen(groups: list[list[tuple]], data: st.DataObject) -> None:
    """A batch of which a bit was changed in its records is refused, not read."""
    sent = bytearray(raw(groups))
    first = next(batches(bytes(sent)))
    at = data.draw(st.integers(first.begin + 61, first.end - 1))
    sent[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CorruptRecordException):
        Records.read(bytes(sent), 0)


def test_records_of_an_old_format_are_told_apart() -> None:
    """An answer in a record format before 2 is not read as if it were of format 2."""
    builder = LegacyRecordBatchBuilder(1, 0, 1 << 20)
    builder.append(0, timestamp=1, key=None, value=b"old")
    with pytest.raises(OldFormat):
        list(batches(bytes(builder.build())))
