"""What a feed can tell its dialect besides: a model a dialect, closed to unknown keys."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TypeVar

from monitor.config.closed import Closed
from monitor.feed import Feed

Chosen = TypeVar("Chosen", bound="Options")


class Options(Closed):
    """Options of one dialect."""


def options(feed: Feed, model: type[Chosen]) -> Chosen:
    """The options of a feed. Raises pydantic's `ValidationError`; a feed is checked before it is used."""
    return _read(json.dumps(feed.options, sort_keys=True), model)


@lru_cache(maxsize=256)
def _read(text: str, model: type[Chosen]) -> Chosen:
    return model.model_validate_json(text)
