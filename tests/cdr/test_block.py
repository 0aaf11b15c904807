"""A block of values is the values, one by one and as a whole."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cdr.block import _FAR, Block

_VALUES = st.lists(st.none() | st.binary(max_size=20), max_size=12)


def _apart(values: list[bytes], between: bytes) -> Block:
    """A block whose values lie apart in its buffer, as records do in what a broker sends."""
    starts, ends, at = [], [], 0
    for value in values:
        at += len(between)
        starts.append(at)
        at += len(value)
        ends.append(at)
    return Block(b"".join(between + value for value in values) + between, np.array(starts), np.array(ends))


@given(_VALUES)
def test_a_block_gives_back_the_values_it_was_made_of(values: list[bytes | None]) -> None:
    """A block of values gives back each, None included, by iteration, by index and by length."""
    block = Block.of(values)
    assert list(block) == values
    assert [block[at] for at in range(len(values))] == values
    assert block.lengths().tolist() == [-1 if value is None else len(value) for value in values]


@given(_VALUES, st.integers(0, 12), st.integers(0, 12))
def test_a_part_of_a_block_is_the_same_part_of_its_values(
    values: list[bytes | None], begin: int, end: int
) -> None:
    """Slices and selections of a block hold the values that a list's would."""
    block = Block.of(values)
    assert list(block[begin:end]) == values[begin:end]
    rows = np.arange(0, len(values), 2)
    assert list(block.take(rows)) == values[::2]


@given(_VALUES, _VALUES)
def test_the_total_of_blocks_is_their_values_one_after_the_other(
    first: list[bytes | None], second: list[bytes | None]
) -> None:
    """Several blocks together hold the values of all, in order."""
    assert list(Block.total([Block.of(first), Block.of(second)])) == first + second


@given(st.lists(st.binary(max_size=20).filter(lambda value: b"\n" not in value), max_size=12), st.booleans())
def test_the_lines_of_a_text_are_values(lines: list[bytes], ended: bool) -> None:
    """A text's lines are its values, whether or not the last one has an end."""
    text = b"\n".join(lines) + (b"\n" if ended or (lines and not lines[-1]) else b"")
    assert list(Block.lines(text)) == text.splitlines() if not text else text.removesuffix(b"\n").split(b"\n")


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=9), max_size=3), min_size=1, max_size=9),
    st.sampled_from([b"", b"\x00", b"\x12\x00\x00\x02\x01\xff", b"x" * 90]),
)
def test_spread_values_are_read_as_the_joined_ones(objects: list[dict], between: bytes) -> None:
    """Values spread over lines with blanks are the same JSON, line by line, as the values joined."""
    values = [json.dumps(each).encode() for each in objects]
    block = _apart(values, between)
    assert block.joined() == b"\n".join(values)
    assert [json.loads(line) for line in block.spread().split(b"\n")] == objects


@given(
    st.lists(st.lists(st.text(max_size=9), min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from([b"\x00", b"\x12\x00\x00\x02\x01\xff", b"x" * 90]),
)
def test_blocks_of_several_answers_are_spread_as_one(answers: list[list[str]], between: bytes) -> None:
    """The total of blocks that lie in buffers of their own is the same JSON, line by line, as all their values."""
    values = [[json.dumps([text]).encode() for text in answer] for answer in answers]
    total = Block.total([_apart(each, between) for each in values])
    flat = [value for each in values for value in each]
    assert [json.loads(line) for line in total.spread().split(b"\n")] == [json.loads(value) for value in flat]
    assert list(total[1:]) == flat[1:]


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=4),
    st.sampled_from([b"\x00", b"\x12\x00\x00\x02\x01\xff"]),
    st.integers(0, 3000),
)
def test_what_lies_far_from_any_value_is_left_out(answers: list[int], between: bytes, cut_off: int) -> None:
    """A batch that was cut off at the end of an answer is not in the text, and no value beside it is lost."""
    values = [[b'{"a":%d}' % row for row in range(size)] for size in answers]
    blocks = []
    for each in values:
        whole = _apart([*each, b"{" * cut_off], between)
        blocks.append(whole[: len(each)])
    total = Block.total(blocks)
    flat = [value for each in values for value in each]
    assert [line.strip() for line in total.spread().split(b"\n")] == (flat or [b""])
    if cut_off > _FAR:
        assert len(total.spread()) <= sum(map(len, flat)) + len(flat) * len(between)


def test_a_batch_that_was_cut_off_does_not_have_every_value_cut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of a broker end in a piece of a batch; the whole values before it are taken together all the same."""
    values = [b'{"a":%d}' % row for row in range(50)]
    answers = [_apart([*values, b"{" * 9 * _FAR], b"\x12\x00\x00")[:50] for _ in range(3)]
    monkeypatch.setattr(Block, "joined", lambda _: pytest.fail("each value was cut out by itself"))
    text = Block.total(answers).spread()
    assert [line.strip() for line in text.split(b"\n")] == values * 3
