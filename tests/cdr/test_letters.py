"""Letters: however a text is cut into pieces, the same is found in it."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.cdr import canonical, letters
from monitor.cdr.block import Block
from monitor.cdr.letters import occurrences

_VALUE = st.one_of(st.none(), st.integers(0, 99), st.text(':" ,x', max_size=4))
_RECORDS = st.lists(
    st.dictionaries(st.sampled_from(["call_id", "account", "trunk", "other", ":"]), _VALUE),
    min_size=1,
    max_size=5,
)
_FREE = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=[1, 2, 3, 5, 16])
def cut(request: pytest.FixtureRequest) -> int:
    """Bytes of a piece, far fewer than in earnest."""
    return request.param


@given(text=st.binary(max_size=60))
@_FREE
def test_occurrences_are_those_of_the_whole(text: bytes, cut: int) -> None:
    """A letter is counted once, on whichever side of a cut it lies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(letters, "PIECE", cut)
        assert occurrences(text, ord("a")) == text.count(b"a")


@given(records=_RECORDS, blank=st.booleans())
@_FREE
def test_a_batch_is_trusted_or_not_wherever_it_is_cut(records: list[dict], blank: bool, cut: int) -> None:
    """What is trusted in one piece is trusted in many, and nothing else; only batches of texts under known keys are."""
    separators = (", ", ": ") if blank else (",", ":")
    joined = Block.of([json.dumps(record, separators=separators).encode() for record in records]).joined()
    frame = pl.read_ndjson(joined, schema=canonical._SCHEMA)
    whole = canonical._trusted(joined, frame)
    if whole:
        assert all(
            value is None or (key in canonical.FIELDS and isinstance(value, str))
            for record in records
            for key, value in record.items()
        )
    with pytest.MonkeyPatch.context() as patch:
        for room in (letters, canonical):
            patch.setattr(room, "PIECE", cut)
        assert canonical._trusted(joined, frame) == whole
