"""`mapping`: an operator's own JSON or CSV, read by a YAML mapping and without code.

format: json                     # or csv, with `columns`, `delimiter`, `quote`
keep: {is_last: ["true"]}        # records in which a field has another value are left out
call_id: id                      # a field, or a list of fields that are the key together
started_at: {field: t.start, format: epoch_ms}
answered_at: {field: t.answer, format: epoch_ms}
ended_at: {field: t.end, format: "%d/%m/%Y %H:%M:%S", zone: Europe/London}
presented_number: from.cli
called_number: to
direction: {field: dir, values: {O: outbound, T: inbound}}
organisation: {constant: acme}
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from monitor.call import RAW
from monitor.cdr import nested
from monitor.cdr.block import Block
from monitor.cdr.csv_lines import lines, titles, told_of_titles, whole
from monitor.cdr.dialect import Parsed
from monitor.cdr.options import Options
from monitor.cdr.reasons import Reason
from monitor.cdr.times import NO_TIME, epoch, local, rfc3339
from monitor.cdr.values import rejection, texts
from monitor.config.closed import Closed
from monitor.config.mistakes import checked, plain
from monitor.config.zone import Zone
from monitor.feed import Feed

OPTIONS = Options


class Text(Closed):
    """Where a text is found."""

    field: str | None = Field(None, min_length=1, description="A column, or a path such as `from.0.number`.")
    constant: str | None = Field(None, description="The same for every record.")
    values: dict[str, str | None] | None = Field(
        None, description="What the field's values mean; others stay as they are."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.field is None) == (self.constant is None):
            raise ValueError("give either `field` or `constant`")
        return self


#: Counts of time, and how many there are in a second.
_COUNTS = {"epoch": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000}
#: Parts of a pattern that would be read as something else than is meant, and what to write.
_MISLEADING = {"%s": "`epoch` in place of %s, which would be local time", "%f": "%.f in place of .%f"}
_TRIED = datetime(2026, 7, 2, 13, 4, 5, tzinfo=UTC)
#: What says something of a time, and is no spelling of "no time": 0000-00-00, -1.
_SAID = r"^[^-]*[1-9]"


class Time(Closed):
    """Where an instant is found."""

    field: str = Field(min_length=1, description="A column or a path.")
    format: str = Field(
        "rfc3339",
        description="`rfc3339`, `epoch`, `epoch_ms`, `epoch_us`, or a pattern such as `%d/%m/%Y %H:%M:%S`.",
    )
    zone: Zone | None = Field(
        None, description="The zone of a time without an offset; by default the feed's."
    )

    @field_validator("format")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ("rfc3339", *_COUNTS) and not _is_pattern(value):
            raise ValueError(
                f"{value!r} is neither rfc3339, {', '.join(_COUNTS)}, nor a pattern of a day and a time"
            )
        return value


def _is_pattern(text: str) -> bool:
    """Whether what is written by a pattern is read by it again. Raises `ValueError` where that is not what is meant."""
    for part, instead in _MISLEADING.items():
        if part in text:
            raise ValueError(f"write {instead}")
    try:
        written = pl.Series([_TRIED]).dt.to_string(text.replace("%#z", "%z"))
        return _matching(written, text, "UTC").dt.date().to_list() == [_TRIED.date()]
    except pl.exceptions.PolarsError:
        return False


def _one_byte(value: str | None) -> str | None:
    """What the reader of CSV takes as a sign."""
    if value is not None and (len(value) != 1 or not value.isascii()):
        raise ValueError(f"{value!r} is not one sign of ASCII")
    return value


def _text(value: Any) -> Any:
    return {"field": value} if isinstance(value, str) else value


def _key(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


A = Annotated[Text, BeforeValidator(_text)]
T = Annotated[Time, BeforeValidator(_text)]


class Mapping(Closed):
    """How an operator's records are read."""

    format: Literal["json", "csv"] = Field("json", description="What a record is.")
    columns: tuple[str, ...] = Field((), description="CSV: the names of the columns, in order.")
    delimiter: Annotated[str, AfterValidator(_one_byte)] = Field(",", description="CSV: between two columns.")
    quote: Annotated[str | None, AfterValidator(_one_byte)] = Field(
        '"', description="CSV: around a column with a delimiter in it; null for none."
    )
    keep: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Records are kept in which each of these fields has one of these values.",
    )
    call_id: Annotated[tuple[str, ...], BeforeValidator(_key)] = Field(
        min_length=1, description="The call's key."
    )
    started_at: T = Field(
        description="When the call began: a field, or `{field, format, zone}`. A format is `rfc3339` (without another), "
        "`epoch`, `epoch_ms`, `epoch_us`, or a pattern such as `%d/%m/%Y %H:%M:%S`; a zone is that of times without an offset, "
        "by default the feed's."
    )
    answered_at: T | None = Field(None, description="When it was answered; empty or 0 where nobody did.")
    ended_at: T | None = Field(None, description="When it ended.")
    duration: T | None = Field(
        None, description="Seconds (`epoch`), milliseconds (`epoch_ms`) or microseconds (`epoch_us`) of talk, where no time "
        "of answer is there: more than 0 is answered.",
    )  # fmt: skip
    direction: A = Field(
        Text(constant="outbound"),
        description="`outbound` or `inbound`: a field, `{constant}`, or `{field, values}` "
        "with what the field's values mean.",
    )
    presented_number: A = Field(description="What the person called sees; empty where it is withheld.")
    network_number: A | None = Field(None, description="The number that the network asserts.")
    presentation: A | None = Field(
        None,
        description="`allowed`, `restricted` or `unavailable`; without it as the presented number shows.",
    )
    called_number: A = Field(description="Who is called.")
    organisation: A | None = Field(None, description="Whose call it is; without it the feed's rules say.")
    account: A | None = Field(None, description="The customer's account, for those rules.")
    trunk: A | None = Field(None, description="The line or gateway, for the same.")
    bureau: A | None = Field(None, description="Who calls for the organisation.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.format == "csv") != bool(self.columns):
            raise ValueError("`columns` go with `format: csv`, which needs them")
        if unknown := [path for path in self.paths() if self.columns and path not in self.columns]:
            raise ValueError(f"{unknown[0]!r} is not among the columns")
        if self.duration is not None and self.duration.format not in ("rfc3339", *_COUNTS):
            raise ValueError(f"`duration` is a count: give one of {', '.join(_COUNTS)} as its format")
        return self

    def paths(self) -> tuple[str, ...]:
        """Every field that is read."""
        parts = (getattr(self, name) for name in type(self).model_fields)
        found = [part.field for part in parts if isinstance(part, Text | Time) and part.field]
        return tuple(dict.fromkeys([*self.call_id, *self.keep, *found]))


class WrongMapping(ValueError):
    """The file of a mapping can't be used; the text says where and why, one mistake a line."""


def mapping(feed: Feed) -> Mapping:
    """The mapping of a feed, which was checked before: one in the settings with them, one in a file by `of_file`."""
    if isinstance(feed.mapping, Path):
        return of_file(feed.mapping)
    return _of_text(json.dumps(feed.mapping, sort_keys=True, default=str))


def of_file(path: Path) -> Mapping:
    """The mapping in a file, as it is now. Raises `WrongMapping`, and the system's errors where it can't be read."""
    return _of_file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _of_file(path: Path, _changed: int) -> Mapping:
    return checked(Mapping, plain(path.read_text("utf-8"), WrongMapping), WrongMapping)


@lru_cache(maxsize=64)
def _of_text(text: str) -> Mapping:
    return Mapping.model_validate(json.loads(text))


def parse(values: Block, feed: Feed) -> Parsed:
    """One record a value."""
    read = mapping(feed)
    if read.format == "json":
        return nested.parse(values, read.paths(), lambda frame: _calls(frame, feed, read))
    return _csv(values, feed, read)


def frame(frame: pl.DataFrame, feed: Feed) -> Parsed:
    """Columns by their names; paths are not followed into them."""
    read = mapping(feed)
    if missing := [path for path in read.paths() if path not in frame.columns]:
        refused = rejection((row, Reason.WRONG_COLUMNS, f"no {missing[0]}") for row in range(frame.height))
        return Parsed(rejected=refused)
    return _calls(frame.select(texts(frame, read.paths())).with_row_index("row"), feed, read)


def _csv(values: Block, feed: Feed, read: Mapping) -> Parsed:
    refused: list[tuple[int, Reason, str]] = []
    values, data = lines(values)
    frame = _table(data, len(values), read)
    if frame is None:
        parts = []
        for row, value in enumerate(values):
            one = _table(value, 1, read)
            if one is not None:
                parts.append(one.with_columns(row=pl.lit(row, pl.UInt32)))
            else:
                refused.append((row, Reason.WRONG_COLUMNS, f"not {len(read.columns)} columns"))
        frame = pl.concat(parts) if parts else None
    if frame is None:
        return Parsed(rejected=rejection(refused))
    parsed = _calls(frame, feed, read)
    _refuse_titles(parsed, frame, read)
    parsed.rejected = told_of_titles(parsed.rejected, frame, read.columns)
    return parsed.after(rejection(refused))


def _refuse_titles(parsed: Parsed, frame: pl.DataFrame, read: Mapping) -> None:
    """Reject headers here, where the names of their columns are known: other calls without a start are rejected later."""
    calls = parsed.calls
    if not calls["started_at"].null_count():
        return
    begun = frame.filter(pl.col("row").is_in(calls["row"].filter(calls["started_at"].is_null()).implode()))
    headers = titles(begun, read.columns)["row"]
    if len(headers):
        parsed.calls = calls.filter(~calls["row"].is_in(headers.implode()))
        parsed.after(rejection((row, Reason.BAD_TIME, "started_at") for row in headers))


def _table(data: bytes, height: int, read: Mapping) -> pl.DataFrame | None:
    """Lines as columns; None when it can't be done for all of them."""
    if data.count(b"\n") != height - 1:
        return None
    try:
        frame = pl.read_csv(
            io.BytesIO(data), has_header=False, separator=read.delimiter, quote_char=read.quote,
            schema=dict.fromkeys(read.columns, pl.String), empty_string_is_null=False,
        )  # fmt: skip
    except Exception:  # the parser raises several kinds, none of which says more than "not this way"
        return None
    if frame.height != height or not whole(frame, data.count(read.delimiter.encode()), read.delimiter):
        return None
    return frame.with_row_index("row")


def _joined(fields: Sequence[str]) -> pl.Expr:
    """The fields of an id, put together such that no two calls get one: what parts them is marked where it stands in a field."""
    if len(fields) == 1:
        return pl.col(fields[0])
    marked = [pl.col(field).str.replace_many(["\\", "/"], ["\\\\", "\\/"]) for field in fields]
    return pl.concat_str(marked, separator="/")


def _calls(rows: pl.DataFrame, feed: Feed, read: Mapping) -> Parsed:
    kept = pl.lit(True)
    for path, wanted in read.keep.items():
        kept &= pl.col(path).is_in(list(wanted)).fill_null(False)
    total = rows.height
    there = {path: total - rows[path].null_count() for path in read.paths()}
    rows = rows.filter(kept)
    chosen = rows.height
    missing = pl.any_horizontal(pl.col(path).is_null() | (pl.col(path) == "") for path in read.call_id)
    refused = [rejection((row, Reason.MISSING_FIELD, "call_id") for row in rows.filter(missing)["row"])]
    rows = rows.filter(~missing)
    times = {
        name: _instants(rows, getattr(read, name), feed) for name in ("started_at", "answered_at", "ended_at")
    }
    talk = _seconds(rows, read.duration) if read.duration is not None else None
    unread = _unread(rows, read.answered_at, times["answered_at"])
    unread |= _unread(rows, read.ended_at, times["ended_at"])
    unread_talk = _unread(rows, read.duration, talk) & ~unread
    refused.append(
        rejection((row, Reason.BAD_TIME, "answered_at or ended_at") for row in rows["row"].filter(unread))
    )
    refused.append(rejection((row, Reason.BAD_VALUE, "duration") for row in rows["row"].filter(unread_talk)))
    if talk is not None:
        spoken = talk.fill_null(0.0)
        begun = times["started_at"].set(~(spoken > 0), None)
        times["answered_at"] = times["answered_at"].fill_null(begun)
        lasts = (spoken * 1e6).cast(pl.Int64).cast(pl.Duration("us"))
        times["ended_at"] = times["ended_at"].fill_null(times["answered_at"] + lasts)
    parties = {
        name: _value(getattr(read, name))
        for name in ("direction", "presented_number", "network_number", "presentation", "called_number",
                     "organisation", "account", "trunk", "bureau")
    }  # fmt: skip
    calls = rows.with_columns(
        **times,
        **parties,
        call_id=_joined(read.call_id),
    ).filter(~(unread | unread_talk))
    if calls.height:
        known = pl.col("direction").is_in(["outbound", "inbound"])
        known &= (
            pl.col("presentation").is_in(["allowed", "restricted", "unavailable"])
            | pl.col("presentation").is_null()
        )
        wrong = ~known.fill_null(False)
        refused.append(
            rejection((r, Reason.BAD_VALUE, "direction or presentation") for r in calls.filter(wrong)["row"])
        )
        calls = calls.filter(~wrong)
    folded = {"filtered": total - chosen}
    return Parsed(calls.select(*RAW).cast(dict(RAW)), pl.concat(refused), folded, there=there)


def _value(text: Text | None) -> pl.Expr:
    if text is None:
        return pl.lit(None, pl.String)
    if text.constant is not None:
        return pl.lit(text.constant)
    column = pl.col(text.field)
    return column.replace(list(text.values), list(text.values.values())) if text.values else column


def _instants(rows: pl.DataFrame, time: Time | None, feed: Feed) -> pl.Series:
    if time is None:
        return pl.Series([None] * rows.height, dtype=RAW["started_at"])
    texts = rows[time.field]
    texts = texts.set(texts.is_in(list(NO_TIME)), None)
    zone = time.zone or feed.zone
    if time.format == "rfc3339":
        return rfc3339(texts, zone)
    if time.format in _COUNTS:
        return epoch(texts, _COUNTS[time.format])
    return _matching(texts, time.format, zone)


def _unread(rows: pl.DataFrame, part: Time | None, read: pl.Series | None) -> pl.Series:
    """Where a text says something that was not read. Taken for "no time" it would make a call that nobody answered."""
    none = pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True)
    if part is None or read.null_count() == rows[part.field].null_count():
        return none
    left = (read.is_null() & rows[part.field].is_not_null()).arg_true()
    return none.scatter(left, rows[part.field].gather(left).str.contains(_SAID))


def _matching(texts: pl.Series, pattern: str, zone: str) -> pl.Series:
    """Instants of texts that are written by a pattern; local in `zone` where it has no offset."""
    if any(offset in pattern for offset in ("%z", "%:z", "%#z", "%+")):
        return texts.str.to_datetime(pattern, time_unit="us", strict=False).dt.convert_time_zone("UTC")
    return local(texts, zone, (pattern,))


def _seconds(rows: pl.DataFrame, duration: Time) -> pl.Series:
    """Seconds of talk, 30 years at most; null where a text is no count."""
    count = rows[duration.field].cast(pl.Float64, strict=False).fill_nan(None)
    return count.clip(0, 10**9) / _COUNTS.get(duration.format, 1)
