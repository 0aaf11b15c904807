"""Why a worker does not start, though each of its settings can be used: said by `check`, and by the worker itself."""

from __future__ import annotations

from collections.abc import Iterator
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
