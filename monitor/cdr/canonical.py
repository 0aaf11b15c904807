"""`canonical`: Nummerwacht's own form, one JSON object a call.

Times are RFC 3339 with their offset; one without an offset is local time of the feed's zone.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor.call import INSTANT, RAW
from monitor.cdr.block import Block
from monitor.cdr.dialect import Parsed
from monitor.cdr.json_lines import frames, plain, together
from monitor.cdr.letters import PIECE, pieces
from monitor.cdr.options import Options
from monitor.cdr.reasons import Reason
from monitor.cdr.times import rfc3339
from monitor.cdr.values import as_text, rejection, texts, unflawed
from monitor.feed import Feed

OPTIONS = Options


class Record(BaseModel):
    """One call, as an operator that has no switch of its own to please would write it."""

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    call_id: str = Field(min_length=1, description="The call's key: all records with it are one call.")
    started_at: str = Field(min_length=1, description="When the call began, RFC 3339.")
    answered_at: str | None = Field(None, description="When it was answered; null when it was not.")
    ended_at: str | None = Field(None, description="When it ended.")
    direction: Literal["outbound", "inbound"] | None = Field(
        None, description="Seen from the organisation; by default `outbound`."
    )
    presented_number: str | None = Field(None, description="What the person called saw; null when withheld.")
    network_number: str | None = Field(None, description="What the network asserted.")
    presentation: Literal["allowed", "restricted", "unavailable"] | None = Field(
        None,
        description="By default `allowed`, or `restricted` when there is no presented number. `allowed` without one is `unavailable`.",
    )
    called_number: str = Field(min_length=1, description="Who was called; replaced by a pseudonym on entry.")
    organisation: str | None = Field(None, description="On whose behalf; else the feed's rules say.")
    account: str | None = Field(None, description="The customer's account at the operator.")
    trunk: str | None = Field(None, description="The trunk group or gateway.")
    bureau: str | None = Field(None, description="Who made the call for the organisation.")


FIELDS = tuple(Record.model_fields)
_SCHEMA = pl.Schema(dict.fromkeys(FIELDS, pl.String))
_REQUIRED = tuple(name for name, field in Record.model_fields.items() if field.is_required())
#: Those that a record can do without, so that nobody misses one whose name is mistyped.
OPTIONAL = tuple(name for name in FIELDS if name not in _REQUIRED)
_QUOTE, _COLON, _BLANK, _NULL = b'": n'
_REASONS = {
    "missing": Reason.MISSING_FIELD,
    "string_type": Reason.WRONG_TYPE,
    "string_too_short": Reason.MISSING_FIELD,
    "literal_error": Reason.BAD_VALUE,
}


def parse(values: Block, feed: Feed) -> Parsed:
    """One JSON object a value."""
    parts = []
    for frame, at, piece in frames(values, _SCHEMA, _trusted):
        if frame is None:
            frame = _with_other_keys(piece)
        if frame is None:
            parts.append(_one_by_one(piece, at, feed))
        else:
            rows = pl.int_range(at, at + len(piece), dtype=pl.UInt32, eager=True)
            parts.append(_made(_known(frame).insert_column(0, rows.alias("row")), feed, _unknown(frame)))
    return Parsed.total(parts)


def frame(frame: pl.DataFrame, feed: Feed) -> Parsed:
    """Columns of a file: texts as in JSON, or times as instants."""
    if missing := [name for name in _REQUIRED if name not in frame.columns]:
        reason = rejection(
            [(row, Reason.WRONG_COLUMNS, f"no {', '.join(missing)}") for row in range(frame.height)]
        )
        return Parsed(rejected=reason)
    unknown = _unknown(frame)
    known = frame.with_columns(
        pl.lit(None, pl.String).alias(name) for name in FIELDS if name not in frame.columns
    )
    if other := [name for name in FIELDS if not _is_text(name, known[name].dtype)]:
        wrong = rejection((row, Reason.WRONG_TYPE, other[0]) for row in range(frame.height))
        return Parsed(rejected=wrong)
    bytes_ = [name for name in FIELDS if known[name].dtype == pl.Binary]
    known = known.with_columns(
        pl.Series(name, [_decoded(value) for value in known[name]], pl.String) for name in bytes_
    )
    known = known.select(
        pl.col(name) if isinstance(kind, pl.Datetime) else as_text(name, kind)
        for name, kind in known.select(FIELDS).schema.items()
    ).with_row_index("row")
    return _made(known, feed, unknown)


_TIMES = ("started_at", "answered_at", "ended_at")


def _is_text(name: str, kind: pl.DataType) -> bool:
    """Whether values of a column can be written as texts; instants only where one belongs."""
    if isinstance(kind, pl.Datetime):
        return name in _TIMES
    return not (kind.is_nested() or isinstance(kind, pl.Duration | pl.Object))


def _decoded(value: bytes | None) -> str | None:
    """Bytes as text; nothing where they are none, for the reader of columns fails on all of them for one."""
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _instants(column: pl.Series, feed: Feed) -> pl.Series:
    """Instants of a column of texts, or of times as a file has them, in whatever unit and zone."""
    if not isinstance(column.dtype, pl.Datetime):
        return rfc3339(column, feed.zone)
    if column.dtype.time_zone is None:
        column = column.dt.replace_time_zone(feed.zone, ambiguous="earliest", non_existent="null")
    return column.dt.convert_time_zone("UTC").cast(INSTANT)


def _trusted(joined: bytes, frame: pl.DataFrame) -> bool:
    """Whether every value was a JSON string or null, and no string was under an unknown key.

    The parser makes strings of numbers and objects, and drops keys without a word. Every value has `":` in
    front, and every string `":"` (or `": "`), which no string holds, since its quotes are escaped. So as many
    strings are there as the parser found, and all other values are null; or the batch is looked at more closely.
    """
    cells = frame.width * frame.height - sum(frame.null_count().row(0))
    values = strings = nulls = 0
    for text in pieces(joined, more=5):
        quote = text == _QUOTE
        begun = quote[:-2] & (text[1:-1] == _COLON)  # `":`
        found = begun & quote[2:]
        # A key or a string that is a colon alone looks like two; a closer look tells.
        if (found[:-2] & found[2:]).any():
            return False
        values += np.count_nonzero(begun[:PIECE])
        strings += np.count_nonzero(found[:PIECE])
        nulls += np.count_nonzero((begun & (text[2:] == _NULL))[:PIECE])
    if values > strings + nulls:
        for text in pieces(joined, more=5):
            begun = (text[:-3] == _QUOTE) & (text[1:-2] == _COLON) & (text[2:-1] == _BLANK)
            strings += np.count_nonzero((begun & (text[3:] == _QUOTE))[:PIECE])
            nulls += np.count_nonzero((begun & (text[3:] == _NULL))[:PIECE])
    return strings == cells and values == strings + nulls


def _with_other_keys(piece: Block) -> pl.DataFrame | None:
    """The piece with keys that are not ours; None where one of ours has another type than string."""
    frame = together(piece, None)
    if frame is None:
        return None
    joined = piece.joined()
    for name in FIELDS:
        if name in frame.columns:
            # The parser makes texts of a column of texts and numbers; see `_trusted`.
            found = joined.count(b'"%b":"' % name.encode()) + joined.count(b'"%b": "' % name.encode())
            if found != frame.height - frame[name].null_count():
                return None
    return frame


def _unknown(frame: pl.DataFrame) -> dict[str, int]:
    """How many values there are under each key that is not ours."""
    counts = {name: frame.height - frame[name].null_count() for name in frame.columns if name not in FIELDS}
    return {name: many for name, many in counts.items() if many}


def _known(frame: pl.DataFrame) -> pl.DataFrame:
    """Our columns, as texts."""
    return frame.select(texts(frame, FIELDS))


def _one_by_one(piece: Block, at: int, feed: Feed) -> Parsed:
    rows: list[dict] = []
    refused: list[tuple[int, Reason, str]] = []
    unknown: Counter[str] = Counter()
    for row, value in enumerate(piece, at):
        found = plain(value)
        if isinstance(found, tuple):
            refused.append((row, *found))
            continue
        try:
            record = Record.model_validate(found)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            field = str(first["loc"][0])
            reason = _REASONS.get(first["type"], Reason.WRONG_TYPE)
            refused.append((row, Reason.MISSING_FIELD if found.get(field) is None else reason, field))
            continue
        unknown.update(key for key, value in found.items() if key not in FIELDS and value is not None)
        rows.append({"row": row, **record.model_dump()})
    frame = pl.DataFrame(rows, {"row": pl.UInt32, **_SCHEMA})
    return _made(frame, feed, dict(unknown)).after(rejection(refused))


def _made(frame: pl.DataFrame, feed: Feed, unknown: dict[str, int]) -> Parsed:
    """Check what the plain way checks too, and read the times."""
    flaws: list[tuple[pl.Expr, Reason, str]] = []
    for name in _REQUIRED:
        missing = pl.col(name).is_null()
        if frame[name].dtype == pl.String:
            missing |= pl.col(name) == ""
        flaws.append((missing, Reason.MISSING_FIELD, name))
    for name, choices in (
        ("direction", ["outbound", "inbound"]),
        ("presentation", ["allowed", "restricted", "unavailable"]),
    ):
        flaws.append((~pl.col(name).is_in(choices), Reason.BAD_VALUE, name))
    times = {name: _instants(frame[name], feed) for name in _TIMES}
    frame = frame.with_columns(pl.Series(f"_{name}", read) for name, read in times.items())
    for name in _TIMES:
        unread = pl.col(f"_{name}").is_null() & pl.col(name).is_not_null()
        if frame[name].dtype == pl.String:
            unread &= pl.col(name) != ""
        flaws.append((unread, Reason.BAD_TIME, name))
    frame, refused = unflawed(frame, flaws)
    frame = frame.with_columns(
        pl.col("direction").fill_null("outbound"), **{name: pl.col(f"_{name}") for name in _TIMES}
    )
    return Parsed(frame.select(*RAW).cast(dict(RAW)), refused, {}, unknown)
