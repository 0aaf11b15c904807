"""Tenure: how long each number of an organisation has been in use, kept as columns.

One row an (organisation, number), folded day by day; a fold costs as much as the day has rows, a
reading as much as there are rows in all, and neither grows with the calls behind them.

When was a number last used? Not when it was last called from: a trickle of calls keeps no number
alive. A day of use is *solid* when the number's week still reaches a share (`policy.tenure.trickle`)
of its best week, and its day that share of its best day; or, for a main number after a burst, when
it still carries that share of what it once carried of the organisation's calls; or, whatever it once
made, when its week reaches a part (`policy.tenure.level`) of what the numbers that call beside it make:
who shows the number with the fewest calls so far gives a new one all of them until it has caught up.
The last solid day is the end of its use, unless its last call came within a week after: then that is.

The counts are exact in whatever order the days' rows come; days with calls for what comes up to three months late. So are
the days of use, for calls that come up to three weeks late; for later ones a best week in the past is not seen again. What
the organisation's other numbers make is taken as it is known on that day: a late call says anew only of its own number.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor.columns.lookup import GOLDEN
from monitor.columns.volume import Volume

WEEK = 7
#: Whole weeks that are kept apart for each number: with the current one they span the use term.
WEEKS = 13
#: A tail of calls shorter than this after the last solid day is the end of its use, not a trickle. No term of the policy: whether a
#: day is solid is seen by the week that ends with it, and so for a week after it.
TAIL = 7
#: Days whose calls are kept one by one.
RECENT = 28
_NOBODY = (np.zeros(0, np.int32), np.zeros(0, np.uint32))


def begin_of_weeks(day: int) -> int:
    """The first day of the calendar weeks that are kept apart on a day."""
    return _weeks(day).start * WEEK


def _weeks(day: int) -> range:
    """The calendar weeks that are kept apart on a day, counted from 1970-01-01."""
    return range(day // WEEK - WEEKS + 1, day // WEEK + 1)


class Tenures:
    """The numbers of all organisations; row i of every column is one (organisation, number).

    About 190 bytes a number, and 8 bytes a number and day of the last `RECENT` on which it called.
    """

    COLUMNS = {  # noqa: RUF012 - a table, not a default
        "organisation": np.int32,
        "number": np.uint64,
        "pattern": np.int32,  # of feeds, see `history.py`
        "mask": np.uint64,
        "watched": np.int32,  # the first day of the feeds on which it was first seen
        "first": np.int32,  # days of outbound calls
        "last": np.int32,
        "end": np.int32,  # the last solid day
        "calls": np.uint32,  # outbound
        "answered": np.uint32,
        "days": np.uint16,  # days with calls
        "week": np.uint32,  # calls of the last seven days
        "best_week": np.uint32,
        "best_share": np.float32,  # the largest share of the organisation's calls that it surely made in a week
        "best_day": np.uint32,
        "term": np.uint32,  # calls of the current and the last twelve calendar weeks
        "defect": np.uint8,
    }

    def __init__(self, trickle: float, level: float) -> None:
        self.size = 0
        self._trickle, self._level = trickle, level
        self._columns = {name: np.zeros(64, dtype) for name, dtype in self.COLUMNS.items()}
        self._weeks = np.zeros((64, WEEKS), np.uint32)
        self._used = np.zeros((64, WEEKS), np.uint8)  # bit d: called on the week's day d
        self._keys = np.zeros(0, np.uint64)  # sorted
        self._places = np.zeros(0, np.int32)  # the row of each key
        self._recent: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._day: int | None = None

    def __getattr__(self, name: str) -> np.ndarray:
        """A column, for as many rows as there are."""
        try:
            return self._columns[name][: self.size]
        except KeyError:
            raise AttributeError(name) from None

    # -- rows

    def find(self, hashes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """The row of each (hash of the organisation's name, number); -1 where there is none.

        Keys are 64-bit mixtures of both: of a million, two are equal once in 37 million times.
        """
        keys = _mix(hashes, numbers)
        if not len(self._keys):
            return np.full(len(keys), -1, np.int32)
        order = np.argsort(keys)  # many are found thrice as fast when they are looked for in order
        keys = keys[order]
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        rows = np.empty(len(keys), np.int32)
        rows[order] = np.where(self._keys[at] == keys, self._places[at], np.int32(-1))
        return rows

    def rows(self, organisations: np.ndarray, hashes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """The same, with new rows for those that are new; the pairs must be distinct."""
        rows = self.find(hashes, numbers)
        new = np.flatnonzero(rows < 0)
        if len(new):
            made = np.arange(self.size, self.size + len(new), dtype=np.int32)
            self._make_room(self.size + len(new))
            self.size += len(new)
            self.organisation[made] = organisations[new]
            self.number[made] = numbers[new]
            self.first[made] = np.iinfo(np.int32).max
            self.last[made] = self.end[made] = np.iinfo(np.int32).min
            rows[new] = made
            keys = np.concatenate([self._keys, _mix(hashes[new], numbers[new])])
            order = np.argsort(keys, kind="stable")
            self._keys, self._places = keys[order], np.concatenate([self._places, made])[order]
        return rows

    def _make_room(self, size: int) -> None:
        room = len(self._weeks)
        if size <= room:
            return
        more = max(size, room + room // 2) - room
        self._columns = {name: np.pad(column, (0, more)) for name, column in self._columns.items()}
        self._weeks = np.pad(self._weeks, ((0, more), (0, 0)))
        self._used = np.pad(self._used, ((0, more), (0, 0)))

    # -- days

    def advance(self, day: int) -> None:
        """Begin a day: what is older than a window leaves it."""
        if self._day is not None:
            for old in range(self._day - WEEK + 1, day - WEEK + 1):
                if old in self._recent:
                    rows, calls = self._recent[old]
                    self.week[rows] -= calls
            for week in range(self._day // WEEK + 1, min(day // WEEK, self._day // WEEK + WEEKS) + 1):
                self.term[:] -= self._weeks[: self.size, week % WEEKS]
                self._weeks[: self.size, week % WEEKS] = 0
                self._used[: self.size, week % WEEKS] = 0
        self._day = day
        for old in [d for d in self._recent if d <= day - RECENT]:
            del self._recent[old]

    def add(
        self, day: int, rows: np.ndarray, calls: np.ndarray, answered: np.ndarray, volume: Volume
    ) -> None:
        """Add the outbound calls of a day (rows: distinct, calls > 0); `volume` has that day's already.

        Adding the same twice counts twice; the caller guards it.
        """
        self.calls[rows] += calls
        self.answered[rows] += answered
        self.first[rows] = np.minimum(self.first[rows], day)
        self.last[rows] = np.maximum(self.last[rows], day)
        fresh = rows  # of a day before those weeks nobody knows any more who called on it
        if day // WEEK > self._day // WEEK - WEEKS:
            place, bit = day // WEEK % WEEKS, np.uint8(1 << day % WEEK)
            fresh = rows[self._used[rows, place] & bit == 0]
            self._weeks[rows, place] += calls
            self._used[rows, place] |= bit
            self.term[rows] += calls
        self.days[fresh] += 1
        if day <= self._day - RECENT:
            self.end[rows] = np.maximum(self.end[rows], self.first[rows])
            return
        known = self._recent.get(day)
        self._recent[day] = (rows, calls) if known is None else _merged(known, (rows, calls))
        if day > self._day - WEEK:
            self.week[rows] += calls
        late = day < self._day
        for moment in range(day, min(day + WEEK, self._day + 1)):
            self._mark(moment, rows if late else None, volume)

    def _mark(self, day: int, rows: np.ndarray | None, volume: Volume) -> None:
        """Note which numbers' use of a day was solid; `rows`: only these, of a day that is past."""
        if day not in self._recent:
            return
        called, calls = self._recent[day]
        week = self.week[called] if rows is None else self._week_at(day, called)
        weekly, daily = (_usual(self.organisation[called], made) for made in (week, calls))
        if rows is not None:
            chosen = np.isin(called, rows)
            called, calls, week = called[chosen], calls[chosen], week[chosen]
            weekly, daily = weekly[chosen], daily[chosen]
        organisations = self.organisation[called]
        theirs = volume.between(organisations, day - WEEK, day).astype(np.float64)
        today = volume.between(organisations, day - 1, day).astype(np.float64)
        # Of the days on which it was there: one that was used for a day had all of its share in that day.
        there = volume.between(organisations, np.maximum(day - WEEK, self.first[called] - 1), day)
        sure = np.maximum(week - np.sqrt(week), 0) / np.maximum(there, 1)
        self.best_week[called] = np.maximum(self.best_week[called], week)
        self.best_share[called] = np.maximum(self.best_share[called], sure)
        self.best_day[called] = np.maximum(self.best_day[called], calls)
        least = self._trickle
        # Counts are taken half a standard error low: one call is no tenth of ten, it may be one of a hundred days.
        made, lately = calls - np.sqrt(calls) / 2, week - np.sqrt(week) / 2
        by_volume = (lately >= least * self.best_week[called]) & (made >= least * self.best_day[called])
        once = least * self.best_share[called]
        by_share = (
            (lately / np.maximum(there, 1) >= once) & (made >= once * today) & (today >= theirs / (2 * WEEK))
        )
        by_level = (lately >= self._level * weekly) & (made >= least * daily)
        solid = called[by_volume | by_share | by_level]
        self.end[solid] = np.maximum(self.end[solid], day)

    def _week_at(self, day: int, rows: np.ndarray) -> np.ndarray:
        """Calls of the seven days that end with a day in the past."""
        totals = np.zeros(self.size, np.uint32)
        for then in range(day - WEEK + 1, day + 1):
            if then in self._recent:
                called, calls = self._recent[then]
                totals[called] += calls
        return totals[rows]

    def recent(self, after: int, until: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """The days of a range that are kept one by one, those without a call too: day, rows, calls."""
        for day in range(max(after + 1, self._day - RECENT + 1), until + 1):
            yield day, *self._recent.get(day, _NOBODY)

    def weeks(self, day: int) -> Iterator[np.ndarray]:
        """The calls of each of the calendar weeks that are kept, up to that of a day; their sum is `term`."""
        for week in _weeks(day):
            yield self._weeks[: self.size, week % WEEKS]

    def used_on(self, rows: np.ndarray, day: int) -> tuple[int, np.ndarray]:
        """The first day of those weeks, and for each row on which of their days it called (bool)."""
        weeks = np.asarray(_weeks(day))
        bits = self._used[rows][:, weeks % WEEKS, None] >> np.arange(WEEK, dtype=np.uint8) & 1
        return begin_of_weeks(day), bits.reshape(len(rows), len(weeks) * WEEK).astype(bool)

    def calls_by_week(self, rows: np.ndarray, day: int) -> np.ndarray:
        """The calls of those weeks, a row a number, in the order of `used_on`."""
        return self._weeks[rows][:, np.asarray(_weeks(day)) % WEEKS]

    def used_until(self) -> np.ndarray:
        """The last day of use: the last call's, or the last solid one before a long trickle."""
        return np.where(self.last - self.end < TAIL, self.last, self.end)

    def forget(self, before: int) -> None:
        """Drop the numbers whose last call was before a day."""
        keep = self.last >= before
        if keep.all():
            return
        moved = np.cumsum(keep, dtype=np.int32) - 1
        self._columns = {name: getattr(self, name)[keep].copy() for name in self.COLUMNS}
        self._weeks = self._weeks[: self.size][keep]
        self._used = self._used[: self.size][keep]
        for day, (rows, calls) in self._recent.items():
            stays = keep[rows]
            self._recent[day] = (moved[rows[stays]], calls[stays])
        stays = keep[self._places]
        self._keys, self._places = self._keys[stays], moved[self._places[stays]]
        self.size = int(keep.sum())


def _usual(organisations: np.ndarray, made: np.ndarray) -> np.ndarray:
    """What a number of each one's organisation makes that any of its calls comes from: the mean, weighed by calls.

    So numbers that are trickled, however many, do not make it less.
    """
    made = made.astype(np.float64)
    total = np.bincount(organisations, made)
    squares = np.bincount(organisations, made**2)
    return squares[organisations] / np.maximum(total[organisations], 1)


def _merged(
    a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    rows, inverse = np.unique(np.concatenate([a[0], b[0]]), return_inverse=True)
    return rows, np.bincount(inverse, np.concatenate([a[1], b[1]])).astype(np.uint32)


def _mix(hashes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """One key of both (splitmix64's finaliser, Steele et al. 2014): neighbours are spread."""
    mixed = hashes ^ (numbers * GOLDEN)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
