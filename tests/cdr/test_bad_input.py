"""What cannot be read has a reason, is counted, and costs no other record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings

from monitor.canonical import canonicalise
from monitor.cdr import Reason, dialect, dialects
from monitor.privacy import Pseudonyms
from monitor.simulate import Scenario, simulate
from monitor.simulate.writers import records
from tests.cdr.feeds import feed
from tests.cdr.test_round_trip import own

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PSEUDONYMS = Pseudonyms(b"k" * 32, "test")
ANYTHING = {
    "tombstone": None,
    "empty": b"",
    "blank": b"  \n",
    "cut off": b'{"call_id": "a", "started',
    "a list": b"[1, 2]",
    "a number": b"17",
    "null": b"null",
    "no text": b"\xff\xfe\x00\x80",
    "half a character": b'{"call_id": "\\ud800", "uuid": "\\ud800", "uniqueid": "\\ud800", "CGRID": "\\ud800"}',
    "zeros": b"\0\0\0\0",
    "too large": b"{" + b" " * 2_000_000 + b"}",
    "ten megabytes": b"x" * 10_000_000,
    "another object": b'{"hello": {"world": [1, {"x": null}]}}',
    "a line end": b'{"a":\n"b"}',
    "quotes": b'"a","b',
    "many commas": b"," * 500,
    "deep": b'{"a":' * 3000 + b"1" + b"}" * 3000,
}


def good(name: str) -> list[bytes]:
    """Records of calls that are all right."""
    frame = pl.concat(simulate(Scenario.load("small"), 5, days=1).chunks()).head(60)
    frame = frame.filter(pl.col("direction") == "outbound")
    return own(frame) if name == "mapping" else records(frame, name)


GOOD = {name: good(name) for name in dialects()}


def read(name: str, values: list[bytes | None]):
    terms = feed(name)
    parsed = dialect(name).parse(values, terms)
    made = canonicalise(parsed, terms, PSEUDONYMS, now=NOW)
    rejected = pl.concat([parsed.rejected, made.rejected])
    assert parsed.records == made.calls.height + rejected.height + sum(parsed.folded.values())
    assert set(rejected["reason"]) <= set(Reason) - {Reason.DIALECT_FAILED}
    return made.calls, rejected, parsed


@pytest.mark.parametrize("name", dialects())
@pytest.mark.parametrize("what", ANYTHING)
def test_a_value_that_is_no_record_has_a_reason_and_costs_no_other(name: str, what: str) -> None:
    """Between good records of the same batch it is left out, for one of the reasons of the list; the others are all there."""
    values = GOOD[name]
    alone, none, parsed = read(name, values)
    half = len(values) // 2

    calls, rejected, mixed = read(name, [*values[:half], ANYTHING[what], *values[half:]])

    left_out = rejected.height + sum(mixed.folded.values()) - sum(parsed.folded.values())
    assert not none.height
    assert left_out == 1
    assert set(calls["id"]) == set(alone["id"])
    assert all(row == half for row in rejected["row"])


CASES = {
    "started_at 0": ({"started_at": "0"}, Reason.BAD_TIME),
    "started_at empty": ({"started_at": ""}, Reason.MISSING_FIELD),
    "in 1970": ({"started_at": "1970-01-01T00:00:00Z"}, Reason.TOO_EARLY),
    "in 1999": ({"started_at": "1999-12-31T23:59:59Z"}, Reason.TOO_EARLY),
    "in 2000, by a clock without a battery": ({"started_at": "2000-01-01T00:00:07Z"}, Reason.TOO_EARLY),
    "in 3000": ({"started_at": "3000-01-01T00:00:00Z"}, Reason.IN_FUTURE),
    "three days ahead": ({"started_at": "2026-11-04T00:00:00Z"}, Reason.IN_FUTURE),
    "no id": ({"call_id": None}, Reason.MISSING_FIELD),
    "an id that is a number": ({"call_id": 12}, Reason.WRONG_TYPE),
    "an empty id": ({"call_id": ""}, Reason.MISSING_FIELD),
    "40 digits shown": ({"presented_number": "+" + "3" * 40}, Reason.BAD_NUMBER),
    "40 digits called": ({"called_number": "3" * 40}, Reason.BAD_NUMBER),
    "nobody called": ({"called_number": ""}, Reason.MISSING_FIELD),
    "another direction": ({"direction": "sideways"}, Reason.BAD_VALUE),
    "another presentation": ({"presentation": "secret"}, Reason.BAD_VALUE),
    "an answer that is no time": ({"answered_at": "yesterday"}, Reason.BAD_TIME),
    "an organisation that is an object": ({"organisation": {"a": 1}}, Reason.WRONG_TYPE),
}
CALL = {
    "call_id": "a",
    "started_at": "2026-10-30T10:00:00Z",
    "called_number": "+31600000001",
    "presented_number": "+31200000001",
}


@cache
def read_alone(name: str, value: bytes | None):
    """The same value says the same each time, and examples are made of a few dozen."""
    return read(name, [value])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("beside", [0, 300])
def test_a_canonical_record_that_is_wrong_has_its_reason(case: str, beside: int) -> None:
    """Alone or in a batch, the reason is the same."""
    change, reason = CASES[case]
    others = [json.dumps(CALL | {"call_id": f"c{at}"}).encode() for at in range(beside)]

    calls, rejected, _ = read("canonical", [*others, json.dumps(CALL | change).encode()])

    assert rejected["reason"].to_list() == [reason]
    assert calls.height == beside


def test_a_missing_field_is_named() -> None:
    """The detail says which field, and nothing of its neighbours."""
    _, rejected, _ = read("canonical", [b'{"call_id": "a", "called_number": "+31600000001"}'])
    assert rejected.row(0) == (0, "missing_field", "started_at")


def test_objects_that_were_put_on_one_line_are_told_to_stand_on_several() -> None:
    """`cat` does that to documents without a line end; nothing of them is read, and the detail says why."""
    both = json.dumps(CALL) + json.dumps(CALL | {"call_id": "b"})
    _, rejected, _ = read("canonical", [both.encode()])
    assert rejected.row(0)[1:] == (
        "not_json",
        f"at byte {len(json.dumps(CALL))}; more stands behind an object: one a line",
    )


def test_unknown_keys_are_ignored_and_counted() -> None:
    """A key that we do not know costs nothing but its count; one without a value is not counted."""
    values = [
        json.dumps(CALL | {"call_id": f"c{at}", "x": 1, "y": None, "z": "?"}).encode() for at in range(500)
    ]
    calls, _, parsed = read("canonical", values)
    assert (calls.height, parsed.unknown_keys) == (500, 1000)
    assert parsed.unknown == {"x": 500, "z": 500}


records_of = {
    name: st.sampled_from([*GOOD[name][:8], *(v for v in ANYTHING.values() if v is None or len(v) < 5000)])
    for name in dialects()
}


@pytest.mark.parametrize("name", dialects())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_batch_is_read_as_its_records_are(name: str, data: st.DataObject) -> None:
    """The fast way over a batch says what the plain way says of each record alone."""
    values = data.draw(st.lists(records_of[name], min_size=1, max_size=12))

    together, refused, _ = read(name, values)

    alone = [read_alone(name, value) for value in values]
    parts = pl.concat(
        [calls.with_columns(row=pl.lit(at, pl.UInt32)) for at, (calls, _, _) in enumerate(alone)]
    )
    what = ["id", "number", "person", "organisation", "started_at"]
    assert set(together.select(what).rows()) == set(parts.select(what).rows())
    reasons = [(at, reason) for at, (_, r, _) in enumerate(alone) for reason in r["reason"]]
    assert sorted(refused.select("row", "reason").rows()) == sorted(reasons)
