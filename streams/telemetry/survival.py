"""Bands of survival: how many organisations keep how much of their fleet until the use term."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

#: A band holds its lower bound; 1 belongs to the last.
BANDS = ("0.0-0.2", "0.2-0.4", "0.4-0.6", "0.6-0.8", "0.8-1.0")
UNKNOWN = "unknown"

#: The statuses of a number, so that the one that nobody has is told as 0.
STATUSES = ("in_use", "idle", "retired", "dormant")


def survival_bands(survivals: Iterable[float | None]) -> dict[str, int]:
    """Organisations by band, of each one's survival at the use term (0 to 1; None: too early to say).

    >>> survival_bands([0.05, 0.2, 1.0, None])
    {'0.0-0.2': 1, '0.2-0.4': 1, '0.4-0.6': 0, '0.6-0.8': 0, '0.8-1.0': 1, 'unknown': 1}
    """
    found = Counter(
        UNKNOWN if survival is None else BANDS[min(int(survival * len(BANDS)), len(BANDS) - 1)]
        for survival in survivals
    )
    return {band: found[band] for band in (*BANDS, UNKNOWN)}
