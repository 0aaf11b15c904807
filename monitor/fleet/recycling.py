"""Recycling: numbers that rest while others make their calls, and return.

A number rests when it makes no call for a week or more in which it would have made several at its own
pace, that of all the time in which it was in use, rests included. A season is no rest of this kind:
there, the organisation calls less while its numbers are silent, and here it calls on as before.

Shorter rests, of two days or more, are asked about only where it is wanted. They count on days of the
week on which the number calls in other weeks: who works from Monday to Wednesday does not rest on
Thursday, nor an office on Sunday.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.policy import Recycling as Terms
from monitor.tenure import WEEK, WEEKS, begin_of_weeks

#: Numbers that are looked at together: their days take 100 bytes each.
CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class Recycling:
    """By organisation, over the current and the last twelve calendar weeks; 0 where it was not looked at."""

    rested: np.ndarray  # share of the time between first and last use in which numbers rested
    low: np.ndarray  # of that share (95 %); see `trials`
    high: np.ndarray
    returns: np.ndarray  # times that a number came back from a rest, on average
    numbers: np.ndarray  # numbers that did
    kept_up: np.ndarray  # calls a day during rests, over those on the days on which the numbers were used


def recycling(moment: Moment, wanted: np.ndarray, short: np.ndarray, terms: Terms) -> Recycling:
    """Measure it at a moment, of the organisations chosen by the mask `wanted`; numbers count by their calls.

    short: of which of these shorter rests than a week count too.
    """
    groups, tenures = moment.organisations, moment.state.tenures
    span = _Span.of(moment, np.flatnonzero(wanted))
    sums = _Sums.of(groups)
    rows = np.flatnonzero((span.place[tenures.organisation] >= 0) & (tenures.term > 0))
    for start in range(0, len(rows), CHUNK):
        _add(sums, span, moment, rows[start : start + CHUNK], short, terms)
    used = sums.size - sums.rest
    at_rest = np.divide(sums.resting, sums.rest, out=np.zeros(groups), where=sums.rest > 0)
    in_use = np.divide(sums.using, used, out=np.zeros(groups), where=used > 0)
    rested = np.divide(sums.rest, sums.size, out=np.zeros(groups), where=sums.size > 0)
    low, high = wilson(rested, trials(rested, sums.size, sums.sizes, sums.both, sums.rests, sums.times))
    return Recycling(
        rested=rested,
        low=low,
        high=high,
        returns=np.divide(sums.returns, sums.weight, out=np.zeros(groups), where=sums.weight > 0),
        numbers=sums.numbers,
        kept_up=np.divide(at_rest, in_use, out=np.zeros(groups), where=in_use > 0),
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """The weeks that are looked at, of the organisations that are: a row each, in `before` and `active`."""

    place: np.ndarray  # the row of each organisation; -1 of those that are left out
    before: np.ndarray  # its calls before each day of the span, and before the day after
    active: np.ndarray  # of those days the ones with calls

    @classmethod
    def of(cls, moment: Moment, codes: np.ndarray) -> _Span:
        first = begin_of_weeks(moment.day)
        days = first + np.arange(WEEKS * WEEK)
        place = np.full(moment.organisations, -1)
        place[codes] = np.arange(len(codes))
        upto = moment.state.volume.between(codes[:, None], first - 1, days[None, :]).astype(np.float64)
        before = np.concatenate([np.zeros((len(codes), 1)), upto], axis=1)
        called = np.diff(before, axis=1) > 0
        active = np.concatenate([np.zeros((len(codes), 1)), called.cumsum(axis=1)], axis=1)
        return cls(place, before, active)


@dataclass(frozen=True, slots=True)
class _Sums:
    """By organisation, over numbers by their calls; `size` is a number's days times its calls, `rest` those it rested."""

    weight: np.ndarray  # calls
    rest: np.ndarray
    size: np.ndarray
    returns: np.ndarray  # rests, by the calls of their numbers
    numbers: np.ndarray  # that rested
    resting: np.ndarray  # the organisation's calls during rests
    using: np.ndarray  # and while the numbers were used
    sizes: np.ndarray  # size squared
    both: np.ndarray  # size times rest
    rests: np.ndarray  # rest squared
    times: np.ndarray  # rests

    @classmethod
    def of(cls, groups: int) -> _Sums:
        return cls(*np.zeros((len(fields(cls)), groups)))


def _add(sums: _Sums, span: _Span, moment: Moment, rows: np.ndarray, short: np.ndarray, terms: Terms) -> None:
    """Add some numbers to the sums."""
    tenures, groups = moment.state.tenures, moment.organisations
    before, active = span.before, span.active
    group = tenures.organisation[rows]
    theirs = span.place[group]
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
    rests = until - since >= WEEK
    some = np.flatnonzero(~rests & (until - since >= terms.short) & short[group[who]])
    if len(some):
        works = _weekdays(used, begin, end) >= terms.weekday
        without[some], days[some] = _off(span, works[who[some]], org[some], since[some], until[some])
        rests[some] = True
    rests &= pace[who] * without >= terms.missed
    who, without, days = who[rests], without[rests], days[rests]
    whose = group[who]
    size = weight * (active[theirs, end + 1] - active[theirs, begin])
    rest = np.bincount(who, weight[who] * days, len(rows))
    resting = np.bincount(whose, weight[who] * without, groups)
    for total, amounts in (
        (sums.weight, np.bincount(group, weight, groups)),
        (sums.rest, np.bincount(whose, weight[who] * days, groups)),
        (sums.size, np.bincount(group, size, groups)),
        (sums.returns, np.bincount(whose, weight[who], groups)),
        (sums.numbers, np.bincount(group[np.unique(who)], minlength=groups)),
        (sums.resting, resting),
        (sums.using, np.bincount(group, weight * calls, groups) - resting),
        (sums.sizes, np.bincount(group, size * size, groups)),
        (sums.both, np.bincount(group, size * rest, groups)),
        (sums.rests, np.bincount(group, rest * rest, groups)),
        (sums.times, np.bincount(whose, minlength=groups)),
    ):
        total += amounts


def trials(
    rested: np.ndarray,
    size: np.ndarray,
    sizes: np.ndarray,
    both: np.ndarray,
    rests: np.ndarray,
    times: np.ndarray,
) -> np.ndarray:
    """As many independent trials as vary as much as the numbers' shares do, by organisation, for Wilson's interval (1927).

    The variance of a ratio of sums over numbers (Cochran, 1977, chapter 6), as a number of trials (Kish, 1965). From one a
    number, by its weight, where each rests all the time or never, up to one a rest.

    size: summed over numbers, their weight by their days. sizes, both, rests: of size squared, of size by what was rested
    of it, and of that squared. times: rests.
    """
    least = np.divide(size**2, sizes, out=np.zeros(len(size)), where=sizes > 0)
    spread = np.maximum(rests - 2 * rested * both + rested**2 * sizes, 0)
    alike = (
        spread <= 1e-12 * sizes
    )  # and where none rests, or all do all the time, how they vary is not known
    trials = rested * (1 - rested) * size**2 / np.where(alike, 1, spread)
    inside = (rested > 0) & (rested < 1)
    most = np.maximum(times, least)
    return np.where(alike, np.where(inside, most, least), np.clip(trials, least, most))


def _weekdays(used: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Of the weeks from each number's first to its last day, the share in which it called, by day of the week."""
    weeks = used.reshape(len(used), -1, WEEK).sum(axis=1)
    return weeks / (end // WEEK - begin // WEEK + 1)[:, None]


def _off(
    span: _Span, works: np.ndarray, org: np.ndarray, since: np.ndarray, until: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The organisation's calls, and its days with calls, on days without a call from a number that calls on such days.

    works: by day of the week. org, since, until: a row and days of the span, each.
    """
    calls, days = np.zeros(len(org)), np.zeros(len(org))
    for step in range(WEEK):
        day = np.minimum(since + step, until - 1)
        off = (since + step < until) & works[np.arange(len(org)), day % WEEK]
        calls += off * (span.before[org, day + 1] - span.before[org, day])
        days += off * (span.active[org, day + 1] - span.active[org, day])
    return calls, days
