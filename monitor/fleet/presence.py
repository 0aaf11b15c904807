"""Presence: from when until when an organisation was there, by its real calling.

A call that is put to the wrong organisation is seen before that one begins, or after it has ended, and one a fortnight would keep
anybody there for years. So, as of a number (`tenure.py`), a trickle is no life: it was there on a day whose week reaches a share
(`policy.tenure.trickle`) of its best week, and which has its part of such a week. It begins with the first day from which on a
week does, and ends with the last day up to which one did.

- who goes on at a low pace has not ended: `PACE` calls in a week are enough, however many there once were
- what is said of a day depends on the calls up to that day alone, in whatever order they came
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.columns.volume import Volume
from monitor.fleet.state import State
from monitor.tenure import WEEK

#: Calls of seven days that are a life, however many it once made: four on each working day. A call in three hundred that is put
#: to the wrong one of organisations with a thousand calls a day comes to as many. No term of the policy: it is about records, not conduct.
PACE = 20
#: Organisations that are looked at together, so that little is taken at once.
_SOME = 1024
_NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Presence:
    """Days of some organisations, in their order."""

    first: np.ndarray
    last: np.ndarray
    before: np.ndarray  # the last day before that one; none: long ago
    watched: np.ndarray  # the first day of the feeds on which it began

    def of(self, chosen: np.ndarray) -> Presence:
        """Of some of them (a mask)."""
        return Presence(self.first[chosen], self.last[chosen], self.before[chosen], self.watched[chosen])


def presence(state: State, codes: np.ndarray) -> Presence:
    """When the organisations with these codes were there, up to the last day that was begun.

    One that called before the days that are kept one by one began with its first call.
    """
    ties = state.ties
    first, last, watched = (days[codes] for days in (ties.first, ties.last, ties.watched))
    before = np.full(len(codes), -_NEVER, np.int32)
    for at in range(0, len(codes), _SOME):
        some = slice(at, at + _SOME)
        since, begun, ended, earlier = _there(state.volume, codes[some], state.trickle)
        last[some] = np.where(ended > -_NEVER, ended, last[some])
        before[some] = earlier
        first[some] = np.where((begun < _NEVER) & (first[some] >= since), begun, first[some])
    for at in np.flatnonzero(first != ties.first[codes]).tolist():
        watched[at] = _watched(state, int(codes[at]), int(first[at]), int(watched[at]))
    return Presence(first, last, before, watched)


def _there(
    volume: Volume, codes: np.ndarray, trickle: float
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """The first day that is kept, and by organisation the first one on which it was there, the last and the last but one."""
    since, totals = volume.totals(codes)
    days = totals.shape[1] - 1
    at = np.arange(days)
    until = totals[:, 1:] - totals[:, np.maximum(at - WEEK + 1, 0)]  # of the seven days that end with each
    after = totals[:, np.minimum(at + WEEK, days)] - totals[:, :-1]  # and that begin with it
    least = np.minimum(trickle * until.max(axis=1, keepdims=True, initial=0), PACE)
    called = np.diff(totals, axis=1) >= _whole(np.maximum(least / WEEK, 1))
    begins, there = called & (after >= _whole(least)), called & (until >= _whole(least))
    begun = np.where(begins.any(axis=1), since + begins.argmax(axis=1), _NEVER)
    ended = _last(since, there)
    rows = np.flatnonzero(ended > -_NEVER)
    there[rows, ended[rows] - since] = False
    return since, begun, ended, _last(since, there)


def _whole(least: np.ndarray) -> np.ndarray:
    """The least count that reaches something: counts are compared as they are."""
    return np.ceil(least).astype(np.uint32)


def _last(since: int, there: np.ndarray) -> np.ndarray:
    """The last day of each row on which it is true, counted from a first one."""
    final = since + there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    return np.where(there.any(axis=1), final, -_NEVER)


def _watched(state: State, code: int, first: int, known: int) -> int:
    """The first day of the feeds on which an organisation may have begun: of those that were there, the latest.

    On which of them it called on each day is not kept; one that was watched for too short a time says too little.
    """
    begins = state.history.first(state.carried.feeds(code, first - 1))
    return max([known, *begins[begins <= first].tolist()])
