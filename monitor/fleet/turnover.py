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
within a fortnight at most, are one (`Churn.together`). A fleet that is replaced number by number ends throughout its life, so
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


@dataclass(frozen=True, slots=True)
class Turnover:
    """By number: what it would have called since; by organisation: what was replaced in the window."""

    share: np.ndarray  # of the organisation's calls during its life, from its pace; less where it made few then (`Churn.trial`)
    due: np.ndarray  # calls it would have made since at its average pace
    missed: np.ndarray  # of these, those that newer numbers made
    fresh: np.ndarray  # whether its birth was seen (`births.py`)
    gone: np.ndarray  # whether it is replaced, by `Churn.silent_days`
    past: np.ndarray  # whether it was replaced when nothing counted yet (`bounded`)
    short: np.ndarray  # gone, fresh, and ended before the use term
    counted: np.ndarray  # short, and within the window
    turnovers: np.ndarray
    short_turnovers: np.ndarray
    deaths: np.ndarray  # numbers that are gone and short
    life: np.ndarray  # their usual life in days, by share
    since: np.ndarray  # days on which its feeds were seen since the last one was used; many where none was
    called: np.ndarray  # days on which the organisation called since then; many where none was
    alone: np.ndarray  # how many steps each of these ends is: 1 where all are separate decisions
    steps: np.ndarray  # how many decisions of equal size they are, at least (Kish, 1965)
    outside: np.ndarray  # turnovers of these outside the largest step
    kept: (
        np.ndarray
    )  # share of a term's calls from numbers that are there still, and were before or have lasted the term


def turnover(moment: Moment, terms: Churn) -> Turnover:
    """Measure replacement at a moment."""
    size = moment.state.tenures.size
    fresh = born(moment, terms)
    rows = _ended(moment, terms)
    pace = _pace(moment, terms, rows)
    since, taken = _taken(moment, terms, rows, pace, fresh)
    share, due, missed, gone = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size, bool)
    share[rows] = pace.share
    due[rows], missed[rows] = pace.average * since, pace.average * since * taken
    gone[rows] = _replaced(moment, rows, pace, pace.low * since * taken)
    return _by_organisation(moment, terms, share, due, missed, fresh, gone, np.zeros(size, bool))


def bounded(moment: Moment, terms: Churn, found: Turnover, bound: np.ndarray) -> Turnover:
    """What is left of it where numbers that ended before a day count for nothing: by organisation the one since which a rule binds it."""
    past = found.gone & (moment.used_until < bound[moment.state.tenures.organisation])
    if not past.any():
        return found
    numbers = (found.share, found.due, found.missed, found.fresh)
    return _by_organisation(moment, terms, *numbers, found.gone & ~past, past)


@dataclass(frozen=True, slots=True)
class _Pace:
    """Of some numbers, in calls a call of their organisation's, over the part of their life that is remembered."""

    average: np.ndarray
    low: np.ndarray  # one standard error below
    share: np.ndarray  # by the waits between calls: one less than calls


def _ended(moment: Moment, terms: Churn) -> np.ndarray:
    """The numbers that ended of late and were silent for long enough since, while others were seen to call."""
    state, tenures, seen = moment.state, moment.state.tenures, moment.seen
    rows = np.flatnonzero((tenures.end <= seen - terms.silent_days) & (tenures.end > seen - 2 * terms.window))
    organisation, end = tenures.organisation[rows], tenures.end[rows]
    quiet = state.active.between(organisation, end, seen) >= terms.silent_days
    quiet &= state.history.covered(tenures.pattern[rows], end, seen) >= terms.silent_days
    quiet &= ~_carries_on(moment, terms, rows)
    return rows[quiet]


def _pace(moment: Moment, terms: Churn, rows: np.ndarray) -> _Pace:
    state, tenures = moment.state, moment.state.tenures
    organisation, first, end = tenures.organisation[rows], tenures.first[rows], tenures.end[rows]
    known = state.volume.clip(first - 1) + 1
    theirs = np.maximum(state.volume.between(organisation, known - 1, end).astype(np.float64), 1)
    calls = tenures.calls[rows] * ((end - known + 1) / (end - first + 1))
    # Of who called far less then than of late it is no fleet that was replaced, but a trial.
    days = np.maximum(state.active.between(organisation, known - 1, end), 1)
    lately = moment.calls(moment.term) / np.maximum(
        state.active.between(slice(0, moment.organisations), moment.day - moment.term, moment.day), 1
    )
    part = np.minimum(theirs / days / np.maximum(terms.trial * lately[organisation], 1e-9), 1) ** 2
    return _Pace(
        average=np.minimum(calls / theirs, 1),
        low=np.minimum(np.maximum(calls - np.sqrt(calls), 0) / theirs, 1),
        share=np.minimum(np.maximum(calls - 1, 0) / theirs, 1) * part,
    )


def _taken(
    moment: Moment, terms: Churn, rows: np.ndarray, pace: _Pace, fresh: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of numbers that ended the organisation's calls since, and the part of what each would have made that newer ones made.

    That is dealt over those that ended when the newer ones could take over, by what each would have made; together those
    would have made no more than all calls, since one that took over may have ended too.
    """
    tenures, days = moment.state.tenures, 2 * terms.window
    organisation, first, end = tenures.organisation[rows], tenures.first[rows], tenures.end[rows]
    since = moment.state.volume.between(organisation, end, moment.seen).astype(np.float64)
    heirs = np.maximum(first + 1, end - terms.overlap)
    births = (tenures.organisation[fresh], tenures.first[fresh], tenures.calls[fresh])
    newer = _upto(moment, days, *births, organisation, heirs)
    wanting = _upto(moment, days, organisation, end, pace.average * since, organisation, heirs - 1)
    return since, np.minimum(newer / np.maximum(np.minimum(wanting, since), 1), 1)


def _replaced(moment: Moment, rows: np.ndarray, pace: _Pace, missed: np.ndarray) -> np.ndarray:
    """Which of the numbers that ended surely would have called. missed: calls at its low pace that newer ones made."""
    wanted = moment.policy.tenure.expected_calls
    replaced = (missed >= wanted) & ~moment.excused[rows]
    new = np.flatnonzero(replaced & (moment.state.tenures.end[rows] > moment.seen - WEEK))
    replaced[new] = missed[new] * part_on_such_days(moment, rows[new], pace.average[new]) >= wanted
    return replaced


def _by_organisation(
    moment: Moment,
    terms: Churn,
    share: np.ndarray,
    due: np.ndarray,
    missed: np.ndarray,
    fresh: np.ndarray,
    gone: np.ndarray,
    past: np.ndarray,
) -> Turnover:
    """What was replaced of each fleet, from the columns of numbers of a `Turnover`."""
    tenures, seen, groups = moment.state.tenures, moment.seen, moment.organisations
    where, lasted = tenures.organisation, moment.age >= moment.policy.tenure.use_term
    age = tenures.end - tenures.first + 1 + moment.unseen
    recent = gone & (tenures.end > seen - terms.window)
    short = gone & fresh & ~lasted
    counted = recent & short
    short_turnovers = np.bincount(where[counted], share[counted], groups)
    life = np.bincount(where[counted], (share * age)[counted], groups)
    life = np.divide(life, short_turnovers, out=np.zeros(groups), where=short_turnovers > 0)
    since, called = (np.full(groups, np.iinfo(np.int32).max, np.int32) for _ in range(2))
    covered = moment.state.history.covered(tenures.pattern[counted], tenures.end[counted], seen)
    np.minimum.at(since, where[counted], covered)
    np.minimum.at(called, where[counted], moment.called_since[counted])
    ago = seen - tenures.end[counted]
    alone, steps, outside = _steps(terms, where[counted], ago, share[counted], life)
    stays = ~gone & ~past & (~fresh | lasted)
    of_those, of_all = (np.bincount(where, tenures.term * part, groups) for part in (stays, 1))
    return Turnover(
        share=share,
        due=due,
        missed=missed,
        fresh=fresh,
        gone=gone,
        past=past,
        short=short,
        counted=counted,
        turnovers=np.bincount(where[recent], share[recent], groups),
        short_turnovers=short_turnovers,
        deaths=np.bincount(where[counted], minlength=groups),
        life=life,
        since=since,
        called=called,
        alone=alone,
        steps=steps,
        outside=outside,
        kept=np.divide(of_those, of_all, out=np.zeros(groups), where=of_all > 0),
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
    half = (np.clip(life[some] * terms.together_life, 1, terms.together) // 2).astype(np.int64)
    by_day, near = about(terms.window, half, row, ago, share)
    pairs = (by_day * near).sum(axis=1)
    known = pairs > 0
    squares = np.bincount(row, share**2, len(some))
    alone[some[known]] = np.minimum(squares[known] / pairs[known], 1)
    steps[some[known]] = total[some[known]] ** 2 / pairs[known]
    outside[some] = np.maximum(total[some] - near.max(axis=1), 0)
    return alone, steps, outside


def about(
    days: int, half: np.ndarray, row: np.ndarray, ago: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """By row and day, of so many days of which the last comes first: the shares that ended then, and about then.

    half: by row, the days on either side that are. row, ago, share: of each number that ended.
    """
    cells = row * days + np.clip(ago, 0, days - 1)
    by_day = np.bincount(cells, share, len(half) * days).reshape(-1, days)
    upto = np.pad(by_day.cumsum(axis=1), ((0, 0), (1, 0)))
    day = np.arange(days)
    first, last = np.maximum(day - half[:, None], 0), np.minimum(day + half[:, None] + 1, days)
    return by_day, np.take_along_axis(upto, last, 1) - np.take_along_axis(upto, first, 1)


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
