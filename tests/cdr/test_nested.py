"""Lists of objects are read the same way in one go as one by one."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.call import RAW
from monitor.cdr import nested
from monitor.cdr.block import Block
from monitor.cdr.dialect import Parsed

_PATHS = ("plain", "list.0.inner.text")
_TEXT = st.none() | st.text(max_size=8) | st.sampled_from(["\\n", "a\\", '"', "%2B31", "\n", "\u2028"])
_LIST = (
    st.none() | st.just([]) | st.lists(st.fixed_dictionaries({"inner": st.fixed_dictionaries({"text": _TEXT})}), max_size=2)
)  # fmt: skip


def _read(values: list[bytes]) -> list[tuple]:
    seen: list[pl.DataFrame] = []

    def made(frame: pl.DataFrame) -> Parsed:
        seen.append(frame)
        return Parsed(RAW.to_frame())

    nested.parse(Block.of(values), _PATHS, made)
    return seen[0].sort("row").select(_PATHS).rows()


@given(st.lists(st.fixed_dictionaries({"plain": _TEXT, "list": _LIST}), min_size=1, max_size=6))
def test_lists_are_read_together_as_one_by_one(documents: list[dict]) -> None:
    """Whatever text a list of objects holds, reading all documents together gives what each by itself gives."""
    # A document with another in front that fails the fast way is read by the standard parser.
    values = [json.dumps(each).encode() for each in documents]
    one_by_one = [
        (each["plain"], each["list"][0]["inner"]["text"] if each["list"] else None) for each in documents
    ]
    assert _read(values) == one_by_one


@pytest.mark.parametrize("odd", [{"inner": 1}, "text", 3, ["text"]])
def test_what_is_no_such_list_costs_no_other_document(odd: object) -> None:
    """A document whose list is something else leaves the others' lists as they are."""
    good = {"plain": "a", "list": [{"inner": {"text": "b"}}]}
    values = [json.dumps(each).encode() for each in (good, {"plain": "c", "list": odd}, good)]
    found = _read(values)
    assert found[0] == found[2] == ("a", "b")
    assert found[1][0] == "c"
