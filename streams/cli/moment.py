"""Days and times as somebody types them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

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
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


def day(text: str | None) -> date | None:
    """Of `--start`: a day. Raises `typer.BadParameter`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"--start {text}: give a day, as 2026-03-01") from None
