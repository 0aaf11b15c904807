"""Times as switches write them, a column at a time, to instants in UTC."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import numpy as np
import polars as pl

from monitor.call import INSTANT

#: Spellings of "no time", see the field notes of the dialects; besides any instant of before 1971.
NO_TIME = ("", "0", "NA", "N/A", "NULL", "null", "None", "-")
#: What a time zone of two kinds does with the hour that comes twice: the first; a call that is an
#: hour off on one night of the year changes no verdict, a rejected one might.
_TWICE = "earliest"
#: Microseconds of the year 10000: a count from there on is of another unit, and no library can write it as a day.
_BEYOND = 253_402_300_800_000_000


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
_BEGIN = "1970-01-01T00:00:00"
#: Where in such a text each pair of digits is, and what is between them.
_PAIRS = {"century": 0, "year": 2, "month": 5, "day": 8, "hour": 11, "minute": 14, "second": 17}
_BETWEEN = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":"}
_POINT = 19
#: What two letters, read as one number of 16 bits, mean as digits; far too much where one is none.
_NO_DIGITS = 10_000
_MEANING = np.full(1 << 16, _NO_DIGITS, np.uint16)
for _number in range(100):
    _MEANING[int.from_bytes(b"%02d" % _number, "little")] = _number
#: Days from 1970 to the first of each month since the year 0, and how many there are in each.
_FIRSTS = np.arange("0000-01", "10000-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
_LENGTHS = np.diff(_FIRSTS).astype(np.uint16)


def _alike(texts: pl.Series) -> pl.Series | None:
    """Instants of those texts that are written as the first one is, null of others; None where it is written oddly.

    What writes times writes them all alike, so they are a table of letters that is read a column at a time, which
    costs less than a parser of texts (`python -m bench.where`).
    """
    known = texts.drop_nulls() if texts.null_count() else texts
    first = known[0] if len(known) else None
    shape = _SHAPE.fullmatch(first) if first is not None else None
    ahead = _ahead(shape[2]) if shape is not None else None
    if ahead is None:
        return None
    fits = texts.to_frame().select((pl.first().str.len_bytes() == len(first)).fill_null(False)).to_series()
    chosen = texts if fits.all() else texts.filter(fits)
    table = np.frombuffer(chosen.str.join("").item().encode(), _row(len(shape[1] or ""), len(shape[2])))
    micros, good = _micros(table)
    good &= table["offset"] == shape[2].encode()
    read = pl.Series(texts.name, micros + ahead).cast(INSTANT)
    if not good.all():
        read = read.set(pl.Series(~good), None)
    if len(chosen) == len(texts):
        return read
    return pl.Series(texts.name, [None], INSTANT).new_from_index(0, len(texts)).scatter(fits.arg_true(), read)


@lru_cache(maxsize=256)  # more than there are in the world, and fewer than there could be in a record
def _ahead(offset: str) -> int | None:
    """Microseconds that UTC is ahead of an offset: what the parser of whole texts makes of it; None where it is none."""
    return _whole(pl.Series([_BEGIN + offset])).to_physical().item()


@cache
def _row(digits: int, offset: int) -> np.dtype:
    """Where the parts of a text are. digits: behind the point. offset: letters of it."""
    fields = {name: ("<u2", at) for name, at in _PAIRS.items()}
    fields |= {f"at {at}": ("u1", at) for at in (*_BETWEEN, *([_POINT] if digits else []))}
    fields |= {f"digit {digit}": ("u1", _POINT + 1 + digit) for digit in range(digits)}
    end = _POINT + (1 + digits if digits else 0)
    fields["offset"] = (f"S{offset}", end)
    formats, offsets = zip(*fields.values(), strict=True)
    return np.dtype({"names": [*fields], "formats": formats, "offsets": offsets, "itemsize": end + offset})


def _micros(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds since 1970 of texts as `_row` cuts them, without their offset; and which of them are times."""
    part = {name: _MEANING[table[name]] for name in _PAIRS}
    # From the month's and the day's number to the one before; 0 becomes the largest number there is.
    before = {name: part[name] - np.uint16(1) for name in ("month", "day")}
    month = part["century"].astype(np.int32) * 1200
    month += part["year"].astype(np.int32) * 12
    month += before["month"]
    good = (before["month"] < 12) & (month < len(_LENGTHS))
    if not good.all():
        month[~good] = 0
    good &= before["day"] < _LENGTHS[month]
    good &= (part["hour"] < 24) & (part["minute"] < 60) & (part["second"] < 60)
    micros = _FIRSTS[month]
    micros += before["day"]
    for name, size in (("hour", 24), ("minute", 60), ("second", 60)):
        micros *= size
        micros += part[name]
    for at, letter in _BETWEEN.items():
        good &= table[f"at {at}"] == ord(letter)
    micros *= 1_000_000
    if f"at {_POINT}" in table.dtype.names:
        good &= table[f"at {_POINT}"] == ord(".")
        for digit in range(len(table.dtype) - len(_PAIRS) - len(_BETWEEN) - 2):
            value = table[f"digit {digit}"] - np.uint8(ord("0"))
            good &= value < 10
            if digit < 6:
                micros += value * np.int64(10 ** (5 - digit))
    return micros, good


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


def not_before(instants: pl.Series, starts: pl.Series, zone: str) -> pl.Series:
    """Instants that lie before their starts in an hour that comes twice in `zone`, read as of the second time.

    Of a call that was going on when the clocks were put back, the start was read as of the first. How they were written is not
    asked: one with an offset of its own that lies before its start, in that hour, moves as well; it would be no answer else.
    """
    early = (instants < starts).fill_null(False)
    if not early.any():
        return instants
    rows = early.arg_true()
    clock = instants.gather(rows).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    second = clock.dt.replace_time_zone(zone, ambiguous="latest").dt.convert_time_zone("UTC")
    fits = second >= starts.gather(rows)
    return instants.scatter(rows.filter(fits), second.filter(fits))


def epoch(texts: pl.Series, per_second: int = 1) -> pl.Series:
    """Instants of counts since 1970 (`per_second` a second, fractions allowed); null for 0 and what is no count."""
    if per_second == 1:
        amount = texts.cast(pl.Float64, strict=False)
        micros = (amount * 1e6).round()
    else:
        micros = texts.cast(pl.Float64, strict=False) * (1e6 / per_second)
    usable = micros.is_finite() & (micros > 0) & (micros < _BEYOND)
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
