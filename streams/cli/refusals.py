"""Why a worker does not start, though each of its settings can be used: said by `check`, and by the worker itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.config.mistakes import Mistake
    from monitor.settings import Settings


def refusals(settings: Settings) -> Iterator[Mistake]:
    """Every reason; none where a worker would start."""
    from monitor.config.mistakes import Mistake
    from monitor.settings import MissingKey

    if not settings.feeds:
        yield Mistake("feeds", "none; a worker needs something to read")
    if not settings.privacy.demo:
        try:
            settings.privacy.secret()
        except MissingKey as error:
            yield Mistake("", str(error))  # it names its setting itself
    files: dict[Path, str] = {}
    for at, sink in enumerate(settings.sinks):
        # By what it names in the end: relative or not, through a link or not, a file has one writer.
        if sink.kind == "jsonl" and (other := files.setdefault(sink.path.resolve(), sink.name)) != sink.name:
            yield Mistake(f"sinks.{at}.path", f"{sink.path} is the file of the sink {other!r} too")
