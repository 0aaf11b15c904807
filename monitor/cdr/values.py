"""What a Kafka value holds: one record, lines of records, or a frame of canonical columns.

Whatever it is, the dialect sees one record a value. What can be told without knowing the dialect
(no value, empty, too large) is told here.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from monitor.call import RAW, REJECTED
from monitor.cdr.block import Block
from monitor.cdr.dialect import Dialect, Parsed, Values
from monitor.cdr.reasons import Reason
from monitor.dialects import UnknownDialect, dialects, module
from monitor.failure import ANY_ERROR
from monitor.feed import Feed

#: Lines that begin with this or less are looked at: white space is not above it.
_BLANK = b" "[0]


class Reader:
    """A dialect behind the feed's way of packing values."""

    def __init__(self, module: Dialect) -> None:
        self._dialect = module

    def parse(self, values: Values, feed: Feed) -> Parsed:
        """Read a batch of values; `row` is the index of the value."""
        if feed.values == "arrow":
            return self._arrow(values, feed)
        values = Block.of(values)
        lengths = values.lengths()
        good = (lengths > 0) & (lengths <= feed.max_value_bytes)
        refused = np.flatnonzero(~good).tolist()
        rejected = rejection((row, *_refusal(values[row])) for row in refused)
        rows = None
        if refused:
            rows = np.flatnonzero(good).astype(np.uint32)
            values = values.take(rows)
        if feed.values == "ndjson":
            values, of = _lines(values)
            rows = of if rows is None else rows[of]
        parsed = self._parse(values, feed) if len(values) else Parsed()
        parsed.records = len(values) + len(refused)
        return _renumbered(parsed, rows, rejected)

    def _parse(self, values: Block, feed: Feed) -> Parsed:
        """Read records; one on which the dialect itself fails is rejected, and the others are not lost with it."""
        try:
            return self._dialect.parse(values, feed)
        except ANY_ERROR as error:  # a bug of ours must not stop a worker on one record for good
            if len(values) == 1:
                return Parsed(rejected=rejection([(0, Reason.DIALECT_FAILED, type(error).__name__)]))
            half = len(values) // 2
            first, second = self._parse(values[:half], feed), self._parse(values[half:], feed)
            return Parsed.total(
                [first, _renumbered(second, np.arange(half, len(values), dtype=np.uint32), None)]
            )

    def frame(self, frame: pl.DataFrame, feed: Feed) -> Parsed:
        """Read records that are columns already, as in a Parquet file."""
        parsed = self._dialect.frame(frame, feed)
        parsed.records = frame.height
        return parsed

    def _arrow(self, values: Values, feed: Feed) -> Parsed:
        """Frames of one schema are read together: a frame of some hundred rows costs as much as one of thousands."""
        refused: list[tuple[int, Reason, str]] = []
        alike: dict[tuple, list[tuple[int, pl.DataFrame]]] = {}
        for row, value in enumerate(values):
            if not value or len(value) > feed.max_value_bytes:
                refused.append((row, *_refusal(value)))
                continue
            try:
                frame = pl.read_ipc_stream(io.BytesIO(value))
            except ANY_ERROR as error:  # a torn value makes the reader raise whatever it likes
                refused.append((row, Reason.NOT_ARROW, type(error).__name__))
                continue
            alike.setdefault(tuple(frame.schema.items()), []).append((row, frame))
        parts = [Parsed(rejected=rejection(refused), records=len(refused))]
        for frames in alike.values():
            parts.extend(self._frames(frames, feed))
        return Parsed.total(parts)

    def _frames(self, frames: list[tuple[int, pl.DataFrame]], feed: Feed) -> list[Parsed]:
        """Read frames of one schema; one on which the dialect fails is rejected as a whole, and no other with it."""
        rows = np.repeat(
            np.asarray([row for row, _ in frames], np.uint32), [frame.height for _, frame in frames]
        )
        try:
            parsed = self.frame(pl.concat([frame for _, frame in frames]).rechunk(), feed)
        except ANY_ERROR as error:  # as in `_parse`
            if len(frames) == 1:
                failed = rejection([(frames[0][0], Reason.DIALECT_FAILED, type(error).__name__)])
                return [Parsed(rejected=failed, records=1)]
            return [part for each in frames for part in self._frames([each], feed)]
        return [_renumbered(parsed, rows, None)]


def dialect(name: str) -> Dialect:
    """The dialect of a name, reading values as a feed says. Raises `UnknownDialect`."""
    try:
        return Reader(module(name))
    except KeyError:
        raise UnknownDialect(f"no dialect is called {name!r}; there are {', '.join(dialects())}") from None


def rejection(rows: Iterable[tuple[int, Reason, str]]) -> pl.DataFrame:
    """The frame `REJECTED` of (row, reason, detail)."""
    return pl.DataFrame([(row, str(reason), detail) for row, reason, detail in rows], REJECTED, orient="row")


def unflawed(
    frame: pl.DataFrame, flaws: Sequence[tuple[pl.Expr, Reason, str]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a frame without a flaw, and the frame `REJECTED` of the others, each by its first flaw.

    frame: with `row`. flaws: of each, which rows have it, the reason and the detail.
    """
    found = frame.select(
        pl.coalesce(pl.when(has).then(pl.lit(at, pl.Int32)) for at, (has, _, _) in enumerate(flaws))
    ).to_series()
    if found.null_count() == frame.height:
        return frame, REJECTED.to_frame()
    bad = found.is_not_null()
    rows = zip(frame["row"].filter(bad), found.filter(bad), strict=True)
    return frame.filter(~bad), rejection((row, *flaws[at][1:]) for row, at in rows)


def texts(frame: pl.DataFrame, names: Iterable[str]) -> list[pl.Expr]:
    """Columns of a frame as texts; nulls for one that it has not."""
    return [
        as_text(name, frame.schema[name]) if name in frame.columns else pl.lit(None, pl.String).alias(name)
        for name in names
    ]


def as_text(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as texts, as JSON would have them."""
    column = pl.col(name)
    if not kind.is_float():
        return column.cast(pl.String)
    # Programs that have no empty whole number write numbers as 31200000001.0 where some are missing.
    whole = pl.when(column == column.floor()).then(column.cast(pl.Int64, strict=False)).cast(pl.String)
    return whole.fill_null(column.fill_nan(None).cast(pl.String)).alias(name)


def _refusal(value: bytes | None) -> tuple[Reason, str]:
    if value is None:
        return Reason.TOMBSTONE, ""
    return (Reason.TOO_LARGE, f"{len(value)} bytes") if value else (Reason.EMPTY, "")


def _lines(values: Block) -> tuple[Block, np.ndarray]:
    """The lines of all values, blank ones left out, and the index of the value of each."""
    text = values.joined()
    lines = Block.lines(text)
    begins = np.cumsum(values.lengths() + 1)  # of the value after each
    of = np.searchsorted(begins, lines.starts(), side="right").astype(np.uint32)
    first = np.frombuffer(text or b" ", np.uint8)[np.minimum(lines.starts(), len(text) - 1)]
    filled = lines.lengths() > 0
    for row in np.flatnonzero(filled & (first <= _BLANK)).tolist():
        filled[row] = bool(lines[row].strip())
    if filled.all():
        return lines, of
    kept = np.flatnonzero(filled)
    return lines.take(kept), of[kept]


def _renumbered(parsed: Parsed, rows: np.ndarray | None, rejected: pl.DataFrame | None) -> Parsed:
    """Put the indices of the values in place of those of the records."""
    if rows is not None:
        for name, schema in (("calls", RAW), ("rejected", REJECTED)):
            frame: pl.DataFrame = getattr(parsed, name)
            if frame.height:
                frame = frame.with_columns(row=pl.Series(rows[frame["row"].to_numpy()], dtype=pl.UInt32))
            setattr(parsed, name, frame.select(*schema))
    return parsed if rejected is None else parsed.after(rejected)
