"""Carried: on which feeds each organisation called, and until when: calls without a number are on a feed too."""

from __future__ import annotations

import numpy as np

_NEVER = np.iinfo(np.int32).min


class Carried:
    """The last day with an outbound call by (organisation code, feed code); 4 bytes for each pair."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = np.zeros((0, 0), np.int32)

    def grow(self, organisations: int, feeds: int) -> None:
        """Make room for so many organisations and feeds; the new ones have not called yet."""
        rows, columns = self._last.shape
        if organisations > rows or feeds > columns:
            more = max(organisations, 2 * rows, 64) - rows if organisations > rows else 0
            self._last = np.pad(self._last, ((0, more), (0, max(feeds - columns, 0))), constant_values=_NEVER)

    def see(self, day: int, organisations: np.ndarray, feeds: np.ndarray) -> None:
        """Note that organisations called on feeds on a day, which may be past; pairs may repeat."""
        np.maximum.at(self._last, (organisations, feeds), day)

    def feeds(self, organisation: int, after: int) -> np.ndarray:
        """The codes of the feeds on which an organisation called after a day."""
        return np.flatnonzero(self._last[organisation] > after)

    def any_of(self, feeds: np.ndarray, organisations: int, after: int) -> np.ndarray:
        """Which of the first so many organisations called after a day on any of some feeds (codes)."""
        return (self._last[:organisations, feeds] > after).any(axis=1)
