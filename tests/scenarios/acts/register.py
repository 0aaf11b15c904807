"""The acts by their names."""

from __future__ import annotations

from collections.abc import Callable

ACTS: dict[str, Callable[..., None]] = {}


def act(function: Callable[..., None]) -> Callable[..., None]:
    """Make an act known by its name."""
    ACTS[function.__name__] = function
    return function
