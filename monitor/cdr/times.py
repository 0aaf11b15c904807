"""Times as switches write them, a column at a time, to instants in UTC."""

from __future__ import annotations

import polars as pl

from monitor.call import INSTANT

#: Spellings of "no time", see the field notes of the dialects; besides any instant of before 1971.
NO_TIME = ("", "0", "NA", "N/A", "NULL", "null", "None", "-")
#: What a time zone of two kinds does with the hour that comes twice: the first; a call that is an
#: hour off on one night of the year changes no verdict, a rejected one might.
_TWICE = "earliest"


def rfc3339(texts: pl.Series, zone: str) -> pl.Series:
    """Instants of RFC 3339 texts; null where a text can't be read. Texts without an offset are local in `zone`."""
    read = texts.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", strict=False)
    read = read.dt.convert_time_zone("UTC") if read.dtype != INSTANT else read
    if read.null_count() > texts.null_count():
        rest = texts.set(read.is_not_null(), None)
        read = read.fill_null(_other_spellings(rest, zone))
    return read.cast(INSTANT)


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
    read = upper.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", strict=False)
    read = read.dt.convert_time_zone("UTC") if read.dtype != INSTANT else read
    return read.fill_null(local(upper, zone, ("%Y-%m-%dT%H:%M:%S%.f",)))
