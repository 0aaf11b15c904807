"""Time zones: by their IANA names, checked where they are written."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(f"there is no time zone {name!r}; one is Europe/Amsterdam") from None
    return name


#: The name of a time zone that there is.
Zone = Annotated[str, AfterValidator(_known)]
