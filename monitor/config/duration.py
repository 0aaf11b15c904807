"""Durations as people write them: `90d`, `24h`, `1h30m`, `500ms`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|d|h|m|s)")


def parse(value: object) -> timedelta:
    """The duration that a text means. Raises `ValueError` for anything without a unit.

    A bare number is refused on purpose: nobody remembers whether a setting counts seconds or days.

    >>> parse("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip().lower()
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError("a duration needs its unit: 500ms, 30s, 15m, 24h or 90d")
    return sum((float(number) * _UNITS[unit] for number, unit in parts), timedelta())


def text(value: timedelta) -> str:
    """The duration as `parse` reads it, in the largest units that hold it.

    >>> text(timedelta(hours=25))
    '1d1h'
    """
    rest, said = value, ""
    for unit, size in _UNITS.items():
        many, rest = divmod(rest, size)
        said += f"{many}{unit}" if many else ""
    return said or "0s"


#: A length of time in a settings file: never negative.
Duration = Annotated[
    timedelta, Field(ge=timedelta()), BeforeValidator(parse), PlainSerializer(text, when_used="json")
]
