"""Days and times as somebody types them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

#: Numbers of a simulation may have begun years before its first day; before this nobody numbered telephones.
_OLDEST = 1900

Until = Annotated[
    str | None,
    typer.Option(
        "--until", help="Judge as of this day or time (UTC unless it says); by default the last call."
    ),
]


def instant(text: str | None) -> datetime | None:
    """Of `--until`: a day (its beginning) or a time; UTC unless it says otherwise. Raises `typer.BadParameter`."""
    if text is None:
        return None
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"--until {text}: give a day (2026-03-01) or a time (2026-03-01T12:00:00Z)"
        ) from None
    try:
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except OverflowError:
        raise typer.BadParameter(f"--until {text}: no calendar goes so far") from None


def day(text: str | None, flag: str) -> date | None:
    """Of a flag: a day. Raises `typer.BadParameter`."""
    if not text:
        return None
    try:
        said = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{flag} {text}: give a day, as 2026-03-01") from None
    if said.year < _OLDEST:
        raise typer.BadParameter(f"{flag} {text}: the years begin with {_OLDEST} here")
    return said
