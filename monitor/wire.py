"""What crosses the topic `calls`: slices, versioned, readable by anything that reads Arrow.

A slice is an Arrow IPC stream (lz4) of `CALLS` in the value, and three headers: the version, the
feed it came from, and the tick (`watermark.py`) that says how far its reader has come. A slice may
hold no calls; then the value is empty and only the tick is told. So it is with what a partition says
to the registry of a day that it closed (`lives.py`): a slice without calls, with a header of its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from monitor.across.lives import Report
from monitor.call import CALLS
from monitor.failure import ANY_ERROR
from monitor.newer import NewerVersion
from monitor.watermark import Tick

#: 2 says of each hour whether calls to numbers were seen and answered: who can't read it must not pass its calls by.
VERSION = 2
H_VERSION, H_TICK, H_LIVES = "nw-slice", "nw-tick", "nw-lives"
#: Columns with few distinct values travel as dictionaries: a code a call instead of a text.
_CODED = ("organisation", "bureau", "account", "trunk", "feed")
#: Bytes of a call in a slice of thousands (`bench.where` prints them), and some more.
_CALL_BYTES = 55


class Unreadable(ValueError):
    """What is no slice, and never will be one. `reason` is one of no_version, not_a_slice."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def encode(calls: pl.DataFrame) -> bytes:
    """The value of a slice: an Arrow IPC stream of `CALLS`, a frame that may have other columns too; no calls are no bytes."""
    if not calls.height:
        return b""
    out = io.BytesIO()
    # Categories of its own: those that are shared by a process are never forgotten.
    own = dict.fromkeys(_CODED, pl.Categorical(pl.Categories.random()))
    _as(calls, {**CALLS, **own}).write_ipc_stream(out, compression="lz4")
    return out.getvalue()


def _as(calls: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The frame in a schema, a column at a time: a query over a few thousand rows costs more than it does."""
    columns = [calls[name] for name in schema]
    types = schema.values()
    return pl.DataFrame(
        [column if column.dtype == to else column.cast(to) for column, to in zip(columns, types, strict=True)]
    )


def split(calls: pl.DataFrame, most: int) -> Iterator[bytes]:
    """The slices of a frame, each of at most `most` bytes; a single call that is larger goes alone."""
    if calls.height <= max(1, most // _CALL_BYTES):  # what is likely too large is not packed to find out
        data = encode(calls)
        if len(data) <= most or calls.height <= 1:
            yield data
            return
    half = calls.height // 2
    yield from split(calls[:half], most)
    yield from split(calls[half:], most)


def headers(tick: Tick, lives: Report | None = None) -> list[tuple[str, bytes]]:
    told = [(H_VERSION, str(VERSION).encode()), (H_TICK, tick.encode())]
    return told if lives is None else [*told, (H_LIVES, lives.encode())]


def tick_of(headers: Sequence[tuple[str, bytes]]) -> Tick:
    """The tick of a slice; an empty one for what can't be read, which is for `decode` to say."""
    try:
        return Tick.decode(dict(headers or ())[H_TICK])
    except Exception:  # as in `decode`: whatever a foreign or torn value makes the reader raise
        return Tick()


def lives_of(headers: Sequence[tuple[str, bytes]]) -> Report | None:
    """What a slice says of a day that was closed; None for one that says nothing.

    Raises `NewerVersion`, and `Unreadable` for bytes that are no report.
    """
    for name, data in headers or ():
        if name == H_LIVES:
            try:
                return Report.decode(data)
            except NewerVersion:
                raise
            except Exception as error:
                raise Unreadable("not_a_slice", f"not a report: {type(error).__name__}") from error
    return None


def decode(value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> tuple[pl.DataFrame, Tick]:
    """The calls of a slice and its tick.

    Raises `NewerVersion`, and `Unreadable`: no version, or bytes that are no slice.
    """
    found = dict(headers or ())
    try:
        version = int(found.get(H_VERSION, b"0"))
        if version > VERSION:
            raise NewerVersion("slice", version, VERSION)
        if version < 1:
            raise Unreadable("no_version", "no slice: the header of its version is missing")
        tick = Tick.decode(found[H_TICK]) if H_TICK in found else Tick()
        if not value:
            return CALLS.to_frame(), tick
        frame = pl.read_ipc_stream(io.BytesIO(value))
        # Columns that came later: slices without them were made by the version before.
        if later := [name for name in CALLS if name not in frame.columns]:
            frame = frame.with_columns(pl.lit(None).alias(name) for name in later)
        return _as(frame, CALLS), tick
    except (Unreadable, NewerVersion):
        raise
    except ANY_ERROR as error:  # whatever a foreign or torn value makes the reader raise
        raise Unreadable("not_a_slice", f"not a slice: {type(error).__name__}") from error
