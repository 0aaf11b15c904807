"""Turnover: which numbers others took over from, and how many times over a fleet was replaced.

That a number falls silent says little: people leave, seasons end. A number is *replaced* when it
would have called on at its own pace, and newer numbers made those calls instead. Its share of the
organisation's calls during its life is how much of the fleet was replaced with it; the shares add
up to *turnovers*: one for a renumbering, about none for the leavers of an office, and one a
lifetime for a carousel, whatever the number of its numbers, and whether they change one by one or
all at once.

What a number's pace was is known from more than one call only: its first call says that it exists,
so n calls are n - 1 waits, and a number that called once has none. Before one is said to be gone, its
pace is taken one standard error low, and of one that ended within a week it is that on such days of the week.

That pace is a share of all calls of the organisation. So a number that stays and makes a steady share of them changes nothing
but the shares, which fall; one with days and moments of its own can move what another would have made since its end a
little, and with it one that ended close to the threshold, either way. It is never itself one that ended.

Numbers that end together ended by one decision, however many they are: a move, a change of operator, the end
of a lease. So ends are counted by *steps*: those within a quarter of the numbers' usual life of each other, and
within a fortnight at most, are one. A fleet that is replaced number by number ends throughout its life, so
that a quarter of it holds a quarter; one that is replaced at once, all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.births import fresh as born
from monitor.fleet.moment import Moment
from monitor.fleet.weekdays import part_on_such_days
from monitor.policy import Churn
from monitor.tenure import TAIL, WEEK

#: The part of the numbers' usual life within which ends are together.
_OF_LIFE = 0.25


@dataclass(frozen=True, slots=True)
class Turnover:
    """By number: what it would have called since; by organisation: what was replaced in the window."""

    share: np.ndarray  # of the organisation's calls during its life, from its pace
    due: np.ndarray  # calls it would have made since at its average pace
    missed: np.ndarray  # of these, those that newer numbers made
    fresh: np.ndarray  # whether its birth was seen (`births.py`)
    gone: np.ndarray  # whether it is replaced, by `Churn.silent_days`
    short: np.ndarray  # gone, fresh, and ended before the use term
    counted: np.ndarray  # short, and within the window
    turnovers: np.ndarray
    short_turnovers: np.ndarray
    deaths: np.ndarray  # numbers that are gone and short
    life: np.ndarray  # their usual life in days, by share
    since: np.ndarray  # days on which its feeds were seen since the last one was used; many where none was
    alone: np.ndarray  # how many steps each of these ends is: 1 where all are separate decisions
    steps: np.ndarray  # how many decisions of equal size they are, at least (Kish, 1965)
    outside: np.ndarray  # turnovers of these outside the largest step
    kept: (
        np.ndarray
    )  # share of a term's calls from numbers that are there still, and were before or have lasted the term


def turnover(moment: Moment, terms: Churn) -> Turnover:
    """Measure replacement at a moment."""
    state, tenures, seen = moment.state, moment.state.tenures, moment.seen
    size, groups = tenures.size, moment.organisations
    share, due, missed = np.zeros(size), np.zeros(size), np.zeros(size)
    gone = np.zeros(size, bool)

    ended = tenures.end
    rows = np.flatnonzero((ended <= seen - terms.silent_days) & (ended > seen - 2 * terms.window))
    organisation, first, end = tenures.organisation[rows], tenures.first[rows], ended[rows]
    quiet = state.active.between(organisation, end, seen) >= terms.silent_days
    quiet &= state.history.covered(tenures.pattern[rows], end, seen) >= terms.silent_days
    quiet &= ~_carries_on(moment, terms, rows)
    rows, organisation, first, end = (x[quiet] for x in (rows, organisation, first, end))

    # Its pace: calls a call of the organisation's, over the part of its life that is remembered.
    known = state.volume.clip(first - 1) + 1
    theirs = state.volume.between(organisation, known - 1, end).astype(np.float64)
    calls = tenures.calls[rows] * ((end - known + 1) / (end - first + 1))
    average = np.minimum(calls / np.maximum(theirs, 1), 1)
    low = np.minimum(np.maximum(calls - np.sqrt(calls), 0) / np.maximum(theirs, 1), 1)

    # What newer numbers made, dealt over those that ended when they could take over, by what each would have made;
    # together those would have made no more than all calls, since one that took over may have ended too.
    since = state.volume.between(organisation, end, seen).astype(np.float64)
    fresh = born(moment, terms)
    heirs = np.maximum(first + 1, end - terms.overlap)
    newer = _upto(
        moment,
        2 * terms.window,
        tenures.organisation[fresh],
        tenures.first[fresh],
        tenures.calls[fresh],
        organisation,
        heirs,
    )
    wanting = _upto(moment, 2 * terms.window, organisation, end, average * since, organisation, heirs - 1)
    taken = np.minimum(newer / np.maximum(np.minimum(wanting, since), 1), 1)

    share[rows] = np.minimum(np.maximum(calls - 1, 0) / np.maximum(theirs, 1), 1)
    due[rows], missed[rows] = average * since, average * since * taken
    wanted = moment.policy.tenure.expected_calls
    replaced = (low * since * taken >= wanted) & ~moment.excused[rows]
    new = np.flatnonzero(replaced & (end > seen - WEEK))
    replaced[new] = (low * since * taken)[new] * part_on_such_days(moment, rows[new], average[new]) >= wanted
    gone[rows] = replaced

    age = tenures.end - tenures.first + 1 + moment.unseen
    recent = gone & (tenures.end > seen - terms.window)
    short = gone & fresh & (moment.age < moment.policy.tenure.use_term)
    counted = recent & short
    where = tenures.organisation
    short_turnovers = np.bincount(where[counted], share[counted], groups)
    life = np.bincount(where[counted], (share * age)[counted], groups)
    since = np.full(groups, np.iinfo(np.int32).max, np.int32)
    covered = state.history.covered(tenures.pattern[counted], tenures.end[counted], seen)
    np.minimum.at(since, where[counted], covered)
    life = np.divide(life, short_turnovers, out=np.zeros(groups), where=short_turnovers > 0)
    ago = seen - tenures.end[counted]
    alone, steps, outside = _steps(terms, where[counted], ago, share[counted], life)
    stays = ~gone & (~fresh | (moment.age >= moment.policy.tenure.use_term))
    calls_of = [np.bincount(where, tenures.term * part, groups) for part in (stays, 1)]
    return Turnover(
        share=share,
        due=due,
        missed=missed,
        fresh=fresh,
        gone=gone,
        short=short,
        counted=counted,
        turnovers=np.bincount(where[recent], share[recent], groups),
        short_turnovers=short_turnovers,
        deaths=np.bincount(where[counted], minlength=groups),
        life=life,
        since=since,
        alone=alone,
        steps=steps,
        outside=outside,
        kept=np.divide(*calls_of, out=np.zeros(groups), where=calls_of[1] > 0),
    )


def _carries_on(moment: Moment, terms: Churn, rows: np.ndarray) -> np.ndarray:
    """Which of some numbers made their part of the organisation's calls since the last solid day, of the last few days.

    On days on which everybody makes few calls no use is solid (`tenure.py`), and none has ended either. A number that
    is only trickled makes no part of the calls; nor is one in use that did not call on the last `silent_days`.
    """
    state, tenures, seen = moment.state, moment.state.tenures, moment.seen
    made = np.zeros(tenures.size)
    recently = (tenures.end > seen - TAIL) & (tenures.last > seen - terms.silent_days)
    for day, called, calls in tenures.recent(seen - TAIL, seen):
        after = recently[called] & (tenures.end[called] < day)
        made[called[after]] += calls[after]
    since = state.volume.between(tenures.organisation[rows], tenures.end[rows], np.full(len(rows), seen))
    part = moment.policy.tenure.trickle * tenures.best_share[rows]
    return (made[rows] > 0) & (made[rows] - np.sqrt(made[rows]) / 2 >= part * since)


def _steps(
    terms: Churn, who: np.ndarray, ago: np.ndarray, share: np.ndarray, life: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By organisation: steps an end, steps of equal size, and turnovers outside the largest one.

    who, ago, share: organisation, days since the end, and share of each number that ended. life: by organisation.
    """
    groups = len(life)
    total = np.bincount(who, share, groups)
    alone, steps, outside = np.ones(groups), np.zeros(groups), np.zeros(groups)
    some, row = np.unique(who, return_inverse=True)
    if not len(some):
        return alone, steps, outside
    days = terms.window
    by_day = np.bincount(row * days + np.clip(ago, 0, days - 1), share, len(some) * days).reshape(-1, days)
    upto = np.pad(by_day.cumsum(axis=1), ((0, 0), (1, 0)))
    half = (np.clip(life[some] * _OF_LIFE, 1, terms.together) // 2).astype(np.int64)[:, None]
    day = np.arange(days)
    first, last = np.maximum(day - half, 0), np.minimum(day + half + 1, days)
    together = np.take_along_axis(upto, last, 1) - np.take_along_axis(upto, first, 1)
    pairs = (by_day * together).sum(axis=1)
    known = pairs > 0
    squares = np.bincount(row, share**2, len(some))
    alone[some[known]] = np.minimum(squares[known] / pairs[known], 1)
    steps[some[known]] = total[some[known]] ** 2 / pairs[known]
    outside[some] = np.maximum(total[some] - together.max(axis=1), 0)
    return alone, steps, outside


def _upto(
    moment: Moment,
    days: int,
    organisation: np.ndarray,
    day: np.ndarray,
    amount: np.ndarray,
    asked: np.ndarray,
    since: np.ndarray,
) -> np.ndarray:
    """Sums of amounts of an organisation on the day `since` or later, for each pair (asked, since).

    organisation, day, amount: what is added up, of the last so many days.
    """
    if not len(asked):
        return np.zeros(0)
    seen = moment.seen
    wanted, place = np.unique(asked, return_inverse=True)
    compact = np.full(moment.organisations, -1, np.int32)
    compact[wanted] = np.arange(len(wanted))
    row = compact[organisation]
    chosen = (row >= 0) & (day > seen - days)
    row, ago, amount = row[chosen], np.maximum(seen - day[chosen], 0), amount[chosen]
    table = np.bincount(row * days + ago, amount, len(wanted) * days).reshape(len(wanted), days)
    upto = table.cumsum(axis=1)
    at = seen - since
    return np.where(at >= 0, upto[place, np.clip(at, 0, days - 1)], 0.0)
