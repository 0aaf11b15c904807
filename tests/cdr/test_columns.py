"""Columns of a frame, of whatever type a program gave them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from monitor.canonical import canonicalise
from monitor.cdr import dialect
from monitor.feed import Feed
from monitor.privacy import Pseudonyms

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CALLS = pl.DataFrame(
    {
        "call_id": ["a", "b"],
        "started_at": ["2026-03-02T10:00:00Z"] * 2,
        "presented_number": ["+31200000001", None],
        "called_number": ["+31600000001"] * 2,
    }
)
FEED = Feed(name="a", values="arrow")


def value(frame: pl.DataFrame) -> bytes:
    """A frame as a value of a topic."""
    file = io.BytesIO()
    frame.write_ipc_stream(file)
    return file.getvalue()


def read(*frames: pl.DataFrame):
    """What becomes of frames, a value each: the canonical calls, and what was refused."""
    parsed = dialect("canonical").parse([value(frame) for frame in frames], FEED)
    made = canonicalise(parsed, FEED, Pseudonyms(b"k" * 32, "1"), now=NOW)
    refused = pl.concat([parsed.rejected, made.rejected])
    assert parsed.records == made.calls.height + refused.height
    return made.calls, refused


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("called_number", [["+31600000001"]] * 2),
        pl.Series("called_number", [{"number": "+31600000001"}] * 2),
        pl.Series("account", [[1, 2]] * 2, pl.Array(pl.Int64, 2)),
        pl.Series("ended_at", [timedelta(seconds=1)] * 2),
        pl.Series("account", [datetime(2026, 1, 1)] * 2),
    ],
    ids=lambda column: f"{column.name} {column.dtype}",
)
def test_a_column_that_is_no_text_costs_its_frame_and_no_other(column: pl.Series) -> None:
    """Each of its records has a reason with the field's name, and the worker reads on."""
    calls, refused = read(CALLS.with_columns(column), CALLS)
    assert calls["row"].to_list() == [1, 1]
    assert refused.rows() == [(0, "wrong_type", column.name)] * 2


def test_bytes_that_are_no_text_are_missing_and_the_others_are_read() -> None:
    """A column of bytes is read as one of texts."""
    calls, refused = read(CALLS.with_columns(pl.Series("call_id", [b"\xff", b"b"])))
    assert (calls.height, refused.rows()) == (1, [(0, "missing_field", "call_id")])


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_numbers_with_a_point_are_the_numbers_before_it(nothing: float | None) -> None:
    """A program that has no empty whole number writes 31200000001.0, and nobody's number ends in that zero."""
    shown = pl.Series("presented_number", [31200000001.0, nothing])
    called = pl.Series("called_number", [31600000001.0] * 2)
    calls, _ = read(CALLS.with_columns(shown, called))
    wanted, _ = read(CALLS)
    assert calls.select("number", "presentation", "person").equals(
        wanted.select("number", "presentation", "person")
    )


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("mapping", {"call_id": "id", "started_at": "at", "presented_number": "from", "called_number": "to"}),
        ("asterisk_json", {"call_id": "uniqueid", "started_at": "start", "presented_number": "clid", "called_number": "dst"}),
    ],
)  # fmt: skip
def test_numbers_with_a_point_are_the_same_in_every_dialect(name: str, columns: dict[str, str]) -> None:
    """Columns of another dialect are written by the same programs."""
    mapping = columns if name == "mapping" else None
    feed = Feed(name="a", dialect=name, values="arrow", mapping=mapping)
    whole = CALLS.with_columns(
        pl.Series("call_id", [1, 2]), pl.Series("presented_number", [31200000001.0, None])
    )
    frame = whole.with_columns(pl.Series("called_number", [31600000001.0] * 2)).rename(columns)

    calls = dialect(name).parse([value(frame)], feed).calls

    assert calls["presented_number"].to_list()[0] == "31200000001"
    assert calls["called_number"].to_list() == ["31600000001"] * 2


def test_a_frame_on_which_the_dialect_fails_is_rejected_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug of ours costs the frame that shows it, with a reason."""
    from monitor.cdr import canonical

    whole = canonical.frame

    def failing(frame: pl.DataFrame, feed: Feed) -> object:
        if "bad" in frame["call_id"]:
            raise ValueError("a bug")
        return whole(frame, feed)

    monkeypatch.setattr(canonical, "frame", failing)
    bad = CALLS.with_columns(pl.lit("bad").alias("call_id"))
    calls, refused = read(CALLS, bad, CALLS)
    assert calls["row"].to_list() == [0, 0, 2, 2]
    assert refused.rows() == [(1, "dialect_failed", "ValueError")]
