"""Calls that are nobody's: how many, and whether they are most of those that go one way.

A few are in every feed. Where most are, rules of attribution are missing: a call back has no customer's account, so by
accounts alone each that comes in is nobody's, and it is not known who answers.
"""

from __future__ import annotations

import polars as pl

from monitor.call import UNKNOWN

#: Calls by which it is judged whether most are nobody's. A batch may hold a single one, of which all are or none is; in a
#: hundred of a feed in which a third is, half hardly ever are by chance.
_ENOUGH = 100


def ways(calls: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """How many calls go which way, and how many of these are nobody's.

    Sums of masks, and no group_by, which makes groups of texts: each batch pays.
    """
    inbound, nobodys = calls["direction"] == "inbound", calls["organisation"] == UNKNOWN
    came, of_these = int(inbound.sum()), int((inbound & nobodys).sum())
    return {
        "outbound": (calls.height - came, int(nobodys.sum()) - of_these),
        "inbound": (came, of_these),
    }


class Unclaimed:
    """The last hundred calls or so of each feed that go one way, and whose they are."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[float, float]] = {}

    def most(self, feed: str, direction: str, calls: int, nobodys: int) -> bool:
        """Whether half of the last calls are nobody's, or more. calls, nobodys: of a batch that has come, to be counted too."""
        known, unclaimed = self._last.get((feed, direction), (0.0, 0.0))
        known, unclaimed = known + calls, unclaimed + nobodys
        fade = min(1.0, _ENOUGH / known) if known else 1.0
        self._last[feed, direction] = known * fade, unclaimed * fade
        return known >= _ENOUGH and unclaimed * 2 >= known
