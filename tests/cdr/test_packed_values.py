"""A Kafka value of many lines is read as its lines, and each row knows the value it came from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.cdr.block import Block
from monitor.cdr.values import _lines

_TEXTS = st.lists(st.text(alphabet="a \n\r\t{}", min_size=1, max_size=8), min_size=1, max_size=6)


@given(_TEXTS)
def test_lines_of_values_are_those_that_are_not_blank(texts: list[str]) -> None:
    """Every line that holds more than white space is a record of its value, in order."""
    values = [text.encode() for text in texts]
    wanted = [(line, at) for at, value in enumerate(values) for line in value.split(b"\n") if line.strip()]
    lines, of = _lines(Block.of(values))
    assert list(zip(lines, of.tolist(), strict=True)) == wanted
