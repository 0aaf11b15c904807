"""Volume: calls of each organisation by day, so that any range of days is two look-ups away.

What a silent number would have called, and what share it had of its organisation's calls, are both
questions about sums over days. Kept as running totals in a ring of days: adding a day costs one
addition an organisation, asking costs the same for a week as for a year.
"""

from __future__ import annotations

import numpy as np


class Volume:
    """Running totals by (organisation, day); organisations are rows.

    - totals wrap at 2**32, and so may only be subtracted: a range must hold fewer calls than that
    - days before the ring's are forgotten: a range that begins earlier begins there
    - 4 bytes an organisation and day
    """

    __slots__ = ("_first", "_last", "_ring")

    def __init__(self, days: int) -> None:
        self._ring = np.zeros((0, days), np.uint32)
        self._first: int | None = None
        self._last: int | None = None

    def grow(self, organisations: int) -> None:
        """Make room for so many organisations; the new ones have not called yet."""
        rows, days = self._ring.shape
        if organisations > rows:
            ring = np.zeros((max(organisations, 2 * rows, 64), days), np.uint32)
            ring[:rows] = self._ring
            self._ring = ring

    def advance(self, day: int) -> None:
        """Begin a day: its totals are those of the day before."""
        if self._last is None:
            # One column of zeros before the first day, from which ranges are subtracted.
            self._first, self._last = day - 1, day - 1
        while self._last < day:
            days = self._ring.shape[1]
            self._ring[:, (self._last + 1) % days] = self._ring[:, self._last % days]
            self._last += 1
        self._first = max(self._first, self._last - self._ring.shape[1] + 1)

    def add(self, organisations: np.ndarray, day: int, calls: np.ndarray) -> None:
        """Add the calls of a day (organisations: distinct rows); one before the ring's is dropped."""
        if day <= self._first:
            return
        days = self._ring.shape[1]
        for later in range(day, self._last + 1):
            self._ring[organisations, later % days] += calls.astype(np.uint32)

    def clip(self, day: np.ndarray | int) -> np.ndarray | int:
        """The nearest day that is in the ring."""
        # One for all organisations, as most are, for which numpy takes longer than Python.
        if isinstance(day, int):
            return min(max(day, self._first), self._last)
        return np.clip(day, self._first, self._last)

    def between(
        self, organisations: np.ndarray | slice, after: np.ndarray | int, until: np.ndarray | int
    ) -> np.ndarray:
        """Calls on the days after `after`, up to and including `until` (uint32, 0 for an empty range)."""
        days = self._ring.shape[1]
        until = self.clip(until)
        after = np.minimum(self.clip(after), until)
        return self._ring[organisations, until % days] - self._ring[organisations, after % days]

    def totals(self, organisations: np.ndarray) -> tuple[int, np.ndarray]:
        """The first day that is kept, and the running totals before it and with each day from it on, a row an organisation."""
        kept = np.arange(self._first, self._last + 1) % self._ring.shape[1]
        return self._first + 1, self._ring[organisations][:, kept]
