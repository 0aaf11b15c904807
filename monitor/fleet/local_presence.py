"""Local presence: in how many areas the number follows the person called.

If the shown number does not depend on whom is called, the share of calls from an area that go to that
same area is the share of all people called who live there, whichever area the calls come from. Those
shares add up to one at most, over however many areas. So their sum is at most one by chance, about one
for a shop that calls its own town, and the number of areas for a caller who shows everybody a number of
their own: it needs no knowledge of where people live. (The sum of the diagonal of a table of transitions,
which is one for independent rows.)

Of each area's share Wilson's bounds (1927) are added up: wider than the sum's own interval, so nobody is
said to do it who does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson


@dataclass(frozen=True, slots=True)
class LocalPresence:
    """By organisation; 0 where nothing is known."""

    areas: np.ndarray  # in which the number follows the person; by chance at most one
    low: np.ndarray
    high: np.ndarray
    shown: np.ndarray  # areas from which it called
    calls: np.ndarray  # to geographic numbers, from geographic ones


def local_presence(moment: Moment, days: int) -> LocalPresence:
    """Measure it over the last days, at most four weeks. Cost: a row for each area of each organisation."""
    groups = moment.organisations
    found = moment.state.nearby.total(moment.day - days)
    code = found["organisation"].to_numpy()
    calls, same = (found[name].to_numpy().astype(np.float64) for name in ("calls", "same"))
    share = same / np.maximum(calls, 1)
    low, high = wilson(share, calls)
    return LocalPresence(
        areas=np.bincount(code, share, groups),
        low=np.bincount(code, low, groups),
        high=np.bincount(code, high, groups),
        shown=np.bincount(code, minlength=groups),
        calls=np.bincount(code, calls, groups),
    )
