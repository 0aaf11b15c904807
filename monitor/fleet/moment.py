"""The moment: the state at a day's close as columns, from which fleets are measured and rules judge.

Each column is worked out once, when it is first asked for. `seen` is the last *whole* day: within a
day, nobody has been silent for that day yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
import polars as pl

from monitor.day.usage import EPOCH
from monitor.fleet.state import State
from monitor.policy import Policy, Rule
from monitor.reference import UNNAMED, Declaration, Reference
from monitor.tenure import begin_of_weeks

#: Statuses of a number, by code.
STATUSES = ("in_use", "idle", "retired", "dormant")
IN_USE, IDLE, RETIRED, DORMANT = range(len(STATUSES))


@dataclass(frozen=True)
class Moment:
    """A state, and the day at whose close (or within which) it is read."""

    state: State
    policy: Policy
    reference: Reference
    day: int
    whole: bool = True

    @property
    def seen(self) -> int:
        return self.day if self.whole else self.day - 1

    @property
    def organisations(self) -> int:
        return len(self.state.names)

    @property
    def term(self) -> int:
        """Days of the calendar weeks of which calls are counted by number (`tenure.py`), up to this one: 85 to 91."""
        return self.day - begin_of_weeks(self.day) + 1

    # -- columns of numbers

    @cached_property
    def called(self) -> tuple[np.ndarray, np.ndarray]:
        """Calls to each number in about a month (`callbacks.py`), and how many of them were answered; where that is known."""
        return self.called_at_most(np.inf)

    def called_at_most(self, a_day: float) -> tuple[np.ndarray, np.ndarray]:
        """The same, of which of one number on one day no more count; answered in the share that was that day."""
        rows, inbound, answered, _ = self._called_by_day
        counted, size = np.minimum(inbound, a_day), self.state.tenures.size
        return np.bincount(rows, counted, size), np.bincount(rows, counted * answered / inbound, size)

    @cached_property
    def inbound(self) -> np.ndarray:
        """Calls to each number in about a month, those too of which it is not known who answered."""
        days = self.state.callbacks.days(lost=True)
        codes, numbers, inbound = (days[name].to_numpy() for name in ("organisation", "number", "inbound"))
        rows = self.state.rows_of(codes, numbers)
        return np.bincount(rows[rows >= 0], inbound[rows >= 0], self.state.tenures.size)

    def called_after(self, days: int) -> tuple[np.ndarray, np.ndarray]:
        """Calls to each number more than so many days after its last use, of about a month, and how many of them were answered."""
        rows, inbound, answered, on = self._called_by_day
        late, size = on > self.used_until[rows] + days, self.state.tenures.size
        return np.bincount(rows[late], inbound[late], size), np.bincount(rows[late], answered[late], size)

    @cached_property
    def called_days(self) -> np.ndarray:
        """On how many days of about a month each number was called."""
        return np.bincount(self._called_by_day[0], minlength=self.state.tenures.size)

    def called_days_of(self, numbers: np.ndarray) -> np.ndarray:
        """By organisation: on how many days of about a month any of these numbers (a mask) was called."""
        rows, _, _, on = self._called_by_day
        theirs = numbers[rows]
        codes = self.state.tenures.organisation[rows[theirs]].astype(np.int64)
        return np.bincount(np.unique(codes * 2**20 + on[theirs]) >> 20, minlength=self.organisations)

    @property
    def unsaid(self) -> np.ndarray:
        """Organisations whose records don't say who picks up."""
        return self._heard[1]

    @cached_property
    def unheard(self) -> np.ndarray:
        """Organisations on whose feeds it never is known who answers, as where these carry no calls to numbers."""
        return self.state.unheard(self.day - self.policy.tenure.retired_after)

    @property
    def _calls_back(self) -> pl.DataFrame:
        return self._heard[0]

    @cached_property
    def _heard(self) -> tuple[pl.DataFrame, np.ndarray]:
        return self.state.calls_back()

    @cached_property
    def _called_by_day(self) -> tuple[np.ndarray, ...]:
        """The row of each number on each day on which it was called, the calls, the answered ones and the day: days in order."""
        columns = self._calls_back.iter_columns()
        codes, numbers, inbound, answered, on = (column.to_numpy() for column in columns)
        rows = self.state.rows_of(codes, numbers)
        ours = rows >= 0
        return rows[ours], inbound[ours].astype(np.float64), answered[ours], on[ours]

    @cached_property
    def used_until(self) -> np.ndarray:
        return self.state.tenures.used_until()

    @cached_property
    def silent(self) -> np.ndarray:
        """Whole days since the last use on which a feed of the number was seen."""
        tenures = self.state.tenures
        return self.state.history.covered(tenures.pattern, self.used_until, self.seen)

    @cached_property
    def age(self) -> np.ndarray:
        """Days of use so far, at most: from the first to the last, both included, and those next to them that are `unseen`."""
        return self.used_until - self.state.tenures.first + 1 + self.unseen

    @cached_property
    def unseen(self) -> np.ndarray:
        """Days right before and after a number's use on which it could not be seen: it may have been in use then too.

        None of its feeds was seen, or its organisation did not call at all, of which a long weekend counts: after its
        last use, and between its first one and days on which nothing was seen. 0 for those in use, and for those that
        lasted the use term anyway.
        """
        tenures = self.state.tenures
        weekend = self.policy.tenure.weekend
        days = np.zeros(tenures.size, np.int32)
        seen_age = self.used_until - tenures.first + 1
        rows = np.flatnonzero((self.silent > 0) & (seen_age < self.policy.tenure.use_term))
        for start, step, bound in (
            (self.used_until[rows], 1, np.full(len(rows), self.seen)),
            (tenures.first[rows], -1, tenures.watched[rows]),
        ):
            left = np.arange(len(rows))
            dark, reached = np.zeros(len(rows), np.int32), np.zeros(len(rows), np.int32)
            for away in count(1):
                left = left[step * (start[left] + step * away) <= step * bound[left]]
                day, those = start[left] + step * away, rows[left]
                unseen = self.state.history.covered(tenures.pattern[those], day - 1, day) == 0
                dark[left[unseen]] = away
                rests = self.state.active.between(tenures.organisation[those], day - 1, day) == 0
                left = left[unseen | (rests & (away - dark[left] <= weekend))]
                if not len(left):
                    break
                reached[left] = away
            days[rows] += reached if step > 0 else dark
        return days

    @cached_property
    def born(self) -> np.ndarray:
        """Whether the birth was seen: its feeds had been watched for long enough before."""
        return self.born_after(self.policy.tenure.retired_after)

    def born_after(self, days: int) -> np.ndarray:
        """Whether numbers were first used when their feeds had been watched for so many days.

        A number that comes with a declared event is not new: tenure carries over.
        """
        tenures = self.state.tenures
        return (tenures.first >= tenures.watched + days) & ~self.brought

    @cached_property
    def brought(self) -> np.ndarray:
        """Whether the first use falls to a declared event: the number came with it."""
        return self._declared(self.state.tenures.first)

    @cached_property
    def excused(self) -> np.ndarray:
        """Whether the last use falls to a declared event: a merger, a port, a renumbering."""
        return self._declared(self.used_until)

    @cached_property
    def _explaining(self) -> list[Declaration]:
        return self.reference.explaining(self.policy.tenure.use_term)

    def _declared(self, days: np.ndarray) -> np.ndarray:
        """Which numbers' days lie next to an event that their organisation declared (`tenure.declared`)."""
        tenures, around = self.state.tenures, self.policy.tenure.declared
        declared = np.zeros(tenures.size, bool)
        for event in self._explaining:
            for name in (event.organisation, *event.formerly):
                code = self.state.codes.get(name)
                if code is not None:
                    declared |= (tenures.organisation == code) & (np.abs(days - event.day) <= around)
        return declared

    @cached_property
    def called_since(self) -> np.ndarray:
        """Days since the last use on which the organisation called."""
        return self.state.active.between(self.state.tenures.organisation, self.used_until, self.seen)

    @cached_property
    def status(self) -> np.ndarray:
        """By code: a number that is silent long enough is retired when others carried on, else dormant."""
        terms = self.policy.tenure
        status = np.full(self.state.tenures.size, IN_USE, np.int8)
        status[self.silent >= terms.idle_after] = IDLE
        gone = self.silent >= terms.retired_after
        status[gone] = DORMANT
        status[gone & (self.called_since >= terms.called_days)] = RETIRED
        return status

    # -- columns of organisations

    def applies(self, kind: str, rule: Rule) -> np.ndarray:
        """The organisations to which a rule applies on this day."""
        applies = np.zeros(self.organisations, bool)
        if not rule.holds_on(self.day):
            return applies
        # By those that are named, which are few, not by all that there are.
        if UNNAMED in rule.classes:
            applies[:] = self.state.single
        bound = self.reference.bound(kind, rule, self.day)
        for name in self.reference.told_of():
            code = self.state.codes.get(name)
            if code is not None:
                applies[code] = self.state.single[code] and bound(name)
        return applies

    def bound_since(self, kind: str, rule: Rule) -> np.ndarray:
        """What `Reference.bound_since` says of each organisation."""
        since = np.full(self.organisations, (rule.since - EPOCH).days, np.int32)
        bound = self.reference.bound_since(kind, rule, self.day)
        for name in self.reference.exempt_until(kind, self.day):
            code = self.state.codes.get(name)
            if code is not None:
                since[code] = bound(name)
        return since

    @cached_property
    def watched_for(self) -> np.ndarray:
        """Whole days for which the first of each organisation's feeds has been watched."""
        tenures = self.state.tenures
        first = np.full(self.organisations, self.seen + 1, np.int32)
        np.minimum.at(first, tenures.organisation, tenures.watched)
        # Who never showed a number has none by which to know it, and was watched all the same.
        unshown = first > self.seen
        first[unshown] = np.minimum(self.state.ties.watched[: self.organisations][unshown], self.seen + 1)
        return self.seen - first + 1

    def since(self, code: int, days: int) -> int:
        """The first of the last days on which a feed of an organisation was watched: before, nobody looked."""
        return min(max(self.day - days, self.seen - int(self.watched_for[code])) + 1, self.day)

    def calls(self, days: int, since: np.ndarray | int = 0) -> np.ndarray:
        """Outbound calls of each organisation in the last days, the current one included, and not before `since`."""
        after = np.maximum(self.day - days, since - 1)
        return self.state.volume.between(np.arange(self.organisations), after, self.day)
