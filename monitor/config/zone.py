"""Time zones: by their IANA names, checked where they are written."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
from pydantic import AfterValidator


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
        # Columns are read by another list, which lacks what a machine calls its own: `localtime`.
        pl.Series([], dtype=pl.Datetime("us")).dt.replace_time_zone(name)
    except (ValueError, OSError, ZoneInfoNotFoundError, pl.exceptions.PolarsError):
        raise ValueError(f"there is no time zone {name!r}; one is Europe/Amsterdam") from None
    return name


#: The name of a time zone that there is.
Zone = Annotated[str, AfterValidator(_known)]
