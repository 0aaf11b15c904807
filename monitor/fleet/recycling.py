"""Recycling: numbers that rest while others make their calls, and return.

A number rests when it makes no call for a week or more in which it would have made several at its own
pace, that of all the time in which it was in use, rests included. A season is no rest of this kind:
there, the organisation calls less while its numbers are silent, and here it calls on as before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.tenure import WEEK, WEEKS

#: Numbers that are looked at together: their days take 100 bytes each.
CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class Recycling:
    """By organisation, over the current and the last twelve calendar weeks; 0 where it was not looked at."""

    rested: np.ndarray  # share of the time between first and last use in which numbers rested
    returns: np.ndarray  # times that a number came back from a rest, on average
    numbers: np.ndarray  # numbers that did
    kept_up: np.ndarray  # calls a day during rests, over those on the days on which the numbers were used


def recycling(moment: Moment, wanted: np.ndarray, missed: float) -> Recycling:
    """Measure it at a moment, of the organisations chosen by the mask `wanted`.

    missed: calls that a number would have made before its silence is a rest. Numbers count by their calls.
    """
    groups, tenures = moment.organisations, moment.state.tenures
    first = (moment.day // WEEK - WEEKS + 1) * WEEK
    codes = np.flatnonzero(wanted)
    place = np.full(groups, -1)
    place[codes] = np.arange(len(codes))
    span = WEEKS * WEEK
    days = first + np.arange(span)
    upto = moment.state.volume.between(codes[:, None], first - 1, days[None, :]).astype(np.float64)
    before = np.concatenate([np.zeros((len(codes), 1)), upto], axis=1)  # calls before each day of the span
    called = np.diff(before, axis=1) > 0
    active = np.concatenate([np.zeros((len(codes), 1)), called.cumsum(axis=1)], axis=1)
    sums = np.zeros((7, groups))
    rows = np.flatnonzero((place[tenures.organisation] >= 0) & (tenures.term > 0))
    for start in range(0, len(rows), CHUNK):
        _add(sums, moment, rows[start : start + CHUNK], place, before, active, missed)
    weight, rest, span_, returns, numbers, resting, using = sums
    at_rest = np.divide(resting, rest, out=np.zeros(groups), where=rest > 0)
    in_use = np.divide(using, span_ - rest, out=np.zeros(groups), where=span_ - rest > 0)
    return Recycling(
        rested=np.divide(rest, span_, out=np.zeros(groups), where=span_ > 0),
        returns=np.divide(returns, weight, out=np.zeros(groups), where=weight > 0),
        numbers=numbers,
        kept_up=np.divide(at_rest, in_use, out=np.zeros(groups), where=in_use > 0),
    )


def _add(
    sums: np.ndarray,
    moment: Moment,
    rows: np.ndarray,
    place: np.ndarray,
    before: np.ndarray,
    active: np.ndarray,
    missed: float,
) -> None:
    """Add some numbers to the sums by organisation."""
    tenures, groups = moment.state.tenures, sums.shape[1]
    group = tenures.organisation[rows]
    theirs = place[group]
    _, used = tenures.used_on(rows, moment.day)
    number, day = np.nonzero(used)
    begin = used.argmax(axis=1)
    end = used.shape[1] - 1 - used[:, ::-1].argmax(axis=1)
    weight = tenures.term[rows].astype(np.float64)
    calls = before[theirs, end + 1] - before[theirs, begin]
    pace = weight / np.maximum(calls, 1)
    follows = number[1:] == number[:-1]
    who, since, until = number[1:][follows], day[:-1][follows] + 1, day[1:][follows]
    org = theirs[who]
    without = before[org, until] - before[org, since]
    days = active[org, until] - active[org, since]
    rests = (until - since >= WEEK) & (pace[who] * without >= missed)
    who, without, days = who[rests], without[rests], days[rests]
    whose = group[who]
    length = active[theirs, end + 1] - active[theirs, begin]
    sums[0] += np.bincount(group, weight, groups)
    sums[1] += np.bincount(whose, weight[who] * days, groups)
    sums[2] += np.bincount(group, weight * length, groups)
    sums[3] += np.bincount(whose, weight[who], groups)
    sums[4] += np.bincount(group[np.unique(who)], minlength=groups)
    sums[5] += np.bincount(whose, weight[who] * without, groups)
    sums[6] += np.bincount(group, weight * calls, groups) - np.bincount(whose, weight[who] * without, groups)
