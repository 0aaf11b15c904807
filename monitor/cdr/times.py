"""Times as switches write them, a column at a time, to instants in UTC."""

from __future__ import annotations

import re

import polars as pl

from monitor.call import INSTANT

#: Spellings of "no time", see the field notes of the dialects; besides any instant of before 1971.
NO_TIME = ("", "0", "NA", "N/A", "NULL", "null", "None", "-")
#: What a time zone of two kinds does with the hour that comes twice: the first; a call that is an
#: hour off on one night of the year changes no verdict, a rejected one might.
_TWICE = "earliest"


def rfc3339(texts: pl.Series, zone: str) -> pl.Series:
    """Instants of RFC 3339 texts; null where a text can't be read. Texts without an offset are local in `zone`."""
    read = _alike(texts)
    if read is None:
        return _any(texts, zone)
    if read.null_count() > texts.null_count():
        rows = (read.is_null() & texts.is_not_null()).arg_true()
        read = read.scatter(rows, _any(texts.gather(rows), zone))
    return read


#: Seconds, digits behind the point, and Z or an offset of hours and minutes.
_SHAPE = re.compile(r"[0-9-]{10}T[0-9:]{8}(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})")
_SECONDS, _LENGTH = "%Y-%m-%dT%H:%M:%S", 19
_BEGIN = "1970-01-01T00:00:00"


def _alike(texts: pl.Series) -> pl.Series | None:
    """Instants of those texts that are written as the first one is, null of others; None where it is written oddly.

    What writes times writes them all alike. The parser reads whole seconds at a tenth of the price of the whole.
    """
    known = texts.is_not_null()
    first = texts[known.arg_max()] if known.any() else None
    shape = _SHAPE.fullmatch(first) if first is not None else None
    if shape is None:
        return None
    digits, offset = len(shape[1] or ""), shape[2]
    column = pl.col("text")
    micros = column.str.head(_LENGTH).str.to_datetime(_SECONDS, time_unit="us", strict=False, cache=False)
    micros = micros.to_physical()
    fits = (column.str.len_bytes() == len(first)) & column.str.ends_with(offset)
    if digits:
        part = column.str.slice(_LENGTH + 1, digits)
        behind = part.cast(pl.Int64, strict=False)
        micros += behind * 10 ** (6 - digits) if digits <= 6 else behind // 10 ** (digits - 6)
        # The cast takes a sign too, which is no digit.
        fits &= column.str.slice(_LENGTH, 1) == "."
        fits &= ~part.str.starts_with("+") & ~part.str.starts_with("-")
    # What an offset means is what the parser of whole texts makes of it.
    ahead = _whole(pl.Series([_BEGIN + offset])).to_physical().item()
    read = pl.when(fits).then(micros + ahead).cast(INSTANT).alias(texts.name)
    return pl.DataFrame({"text": texts.alias("text")}).select(read).to_series()


def _any(texts: pl.Series, zone: str) -> pl.Series:
    """Instants of texts that are written in any way."""
    read = _whole(texts)
    if read.null_count() > texts.null_count():
        rest = texts.set(read.is_not_null(), None)
        read = read.fill_null(_other_spellings(rest, zone))
    return read.cast(INSTANT)


def _whole(texts: pl.Series) -> pl.Series:
    read = texts.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", strict=False)
    return read.dt.convert_time_zone("UTC") if read.dtype != INSTANT else read


def local(texts: pl.Series, zone: str, formats: tuple[str, ...]) -> pl.Series:
    """Instants of local times in a zone; the first format that fits counts."""
    read = pl.Series(texts.name, [None] * len(texts), pl.Datetime("us"))
    for form in formats:
        read = read.fill_null(texts.str.to_datetime(form, time_unit="us", strict=False))
    return read.dt.replace_time_zone(zone, ambiguous=_TWICE, non_existent="null").dt.convert_time_zone("UTC")


def epoch(texts: pl.Series, per_second: int = 1) -> pl.Series:
    """Instants of counts since 1970 (`per_second` a second, fractions allowed); null for 0 and what is no count."""
    if per_second == 1:
        amount = texts.cast(pl.Float64, strict=False)
        micros = (amount * 1e6).round()
    else:
        micros = texts.cast(pl.Float64, strict=False) * (1e6 / per_second)
    usable = micros.is_finite() & (micros > 0) & (micros < 2**62)
    return (
        micros.set(~usable.fill_null(False), None)
        .cast(pl.Int64)
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC")
    )


def _other_spellings(texts: pl.Series, zone: str) -> pl.Series:
    """A blank for the T, a small t or z, no offset: rarer, so tried last."""
    upper = texts.str.strip_chars().str.to_uppercase().str.replace(" ", "T", literal=True)
    return _whole(upper).fill_null(local(upper, zone, ("%Y-%m-%dT%H:%M:%S%.f",)))
