"""Slices: what was put in comes out, within bounds, or is refused with its reason."""

from __future__ import annotations

import json

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from monitor import wire
from monitor.across.lives import Life, Report
from monitor.newer import NewerVersion
from monitor.watermark import Tick
from monitor.wire import H_LIVES, H_VERSION, Unreadable, decode, encode, headers, lives_of, split
from tests.laws.test_merging import frames


@given(frames())
@settings(deadline=None)
def test_a_slice_gives_back_its_calls(calls: pl.DataFrame) -> None:
    """Calls and tick come out as they went in; no calls are no bytes."""
    data = encode(calls)
    assert bool(data) == bool(calls.height)
    found, tick = decode(data, headers(Tick()))
    assert_frame_equal(found, calls)
    assert tick == Tick()


@given(calls=frames(most=60), room=st.integers(1, 6_000), likely=st.integers(1, 3_000))
@settings(deadline=None, max_examples=50)
def test_the_slices_of_a_frame_hold_all_of_it_in_order_and_none_is_too_large(
    calls: pl.DataFrame, room: int, likely: int
) -> None:
    """Every call is in one slice, in its order; a slice above the bound holds one call, whatever a call was thought to weigh."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "_CALL_BYTES", likely)
        slices = list(split(calls, room))
    parts = [decode(data, headers(Tick()))[0] for data in slices]
    assert_frame_equal(pl.concat(parts), calls)
    assert all(len(data) <= room or part.height == 1 for data, part in zip(slices, parts, strict=True))


def _with(tick: bytes) -> list[tuple[str, bytes]]:
    return [(H_VERSION, str(wire.VERSION).encode()), (wire.H_TICK, tick)]


@pytest.mark.parametrize(
    ("value", "told", "reason"),
    [
        (b"", [], "no_version"),
        (b"", [(H_VERSION, b"one")], "not_a_slice"),
        (b"torn", headers(Tick()), "not_a_slice"),
        (b"", _with(b'{"reports": [["alfa", 0, 1, "5", 7, false, 9]], "coverage": []}'), "not_a_slice"),
        (b"", _with(b'{"reports": [["alfa", 0, 1, 5, 7.5, false, 9]], "coverage": []}'), "not_a_slice"),
        (b"", _with(b'{"reports": [["alfa", 0, 1]], "coverage": []}'), "not_a_slice"),
        (b"", _with(b'{"reports": [], "coverage": [["alfa", 99999999999, 1]]}'), "not_a_slice"),
        (b"", _with(b'{"reports": [], "coverage": [["alfa", 20000, 1, 1]]}'), "not_a_slice"),
        (b"", _with(b'{"reports": [], "coverage": [], "front": [[1]]}'), "not_a_slice"),
    ],
)
def test_what_is_no_slice_of_ours_is_refused_with_its_reason(
    value: bytes, told: list[tuple[str, bytes]], reason: str
) -> None:
    """Bytes of others are no calls."""
    with pytest.raises(Unreadable) as refused:
        decode(value, told)
    assert refused.value.reason == reason


def test_bytes_at_which_polars_panics_are_no_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A panic is no `Exception`: it would end the agent, and nobody would be told."""

    def panics(source: object) -> None:
        raise pl.exceptions.PanicException("index out of bounds")

    monkeypatch.setattr(wire.pl, "read_ipc_stream", panics)
    with pytest.raises(Unreadable, match="PanicException"):
        decode(b"torn", headers(Tick()))


@given(frames().filter(lambda frame: frame.height > 0))
@settings(deadline=None, max_examples=20)
def test_a_slice_of_before_a_column_was_added_is_read(calls: pl.DataFrame) -> None:
    """What the version before wrote lacks the newest column, which is then unknown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "CALLS", pl.Schema({k: v for k, v in wire.CALLS.items() if k != "local"}))
        older = encode(calls)
    found, _ = decode(older, headers(Tick()))
    assert_frame_equal(found, calls.with_columns(pl.lit(None, pl.Boolean).alias("local")))


def test_a_tick_of_before_hours_had_answers_is_read() -> None:
    """What the version before wrote says nothing of calls to numbers: no hour with them is known."""
    _, tick = decode(b"", [(H_VERSION, b"1"), (wire.H_TICK, b'{"reports":[],"coverage":[["alfa",20000,7]]}')])
    assert tick.coverage.frame.rows() == [("alfa", 20_000, 7, 0, 0)]
    assert tick.encode() == b'{"reports":[],"coverage":[["alfa",20000,7]]}'


def test_a_report_of_lives_is_read_or_refused() -> None:
    """What a slice says of a closed day comes out; what is no report is refused."""
    report = Report(3, 20_000, lives=[Life("acme", 1, 0, 2, 5, {"trunk:t": 5})])
    assert lives_of(headers(Tick(), report)) == report
    assert lives_of(headers(Tick())) is None
    torn = zstandard.compress(json.dumps([3, 0, 1, 0, True, [["acme", 1, 0, "two", 5, {}]]]).encode())
    headless = zstandard.compress(json.dumps([3, None, 1, 0, True, []]).encode())
    for data in (b"torn", torn, headless):
        with pytest.raises(Unreadable):
            lives_of([(H_LIVES, data)])


def test_what_a_newer_version_says_is_no_nonsense() -> None:
    """A slice or a report of a later version is told apart from bytes that are none, and says what to do."""
    with pytest.raises(NewerVersion, match="upgrade"):
        decode(b"", [(H_VERSION, str(wire.VERSION + 1).encode())])
    later = zstandard.compress(json.dumps([99, "whatever", "it", "says"]).encode())
    with pytest.raises(NewerVersion, match="upgrade"):
        lives_of([(H_LIVES, later)])
