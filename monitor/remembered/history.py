"""History: on which days each feed was seen, so that silence is counted only where it was watched.

A number whose feeds were silent themselves has not been seen to rest, and one that appears soon
after its feed does may be old. A number may be on several feeds; the set of its feeds is its
*pattern*, and there are far fewer patterns than numbers.

A feed on which nobody calls at weekends is not out on Sundays: a day on which it is usually at rest counts as seen. What is
usual is told by the weeks before, so that a day says the same whatever comes after it.

Feeds that say the same calls (of one `id_space`) are one here: on which of them a call is counted is a matter of
which came first, and nothing that is told may rest on that.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from monitor.tenure import WEEK

#: A feed's history begins with the first stretch of days that has so many, stretches being so many silent days apart.
#: A few days long before the others are calls with a wrong date, or a trial: by them every number would seem new since.
_SOME, _APART = 7, 28
#: Weeks before a day in which a feed was not seen on that day of the week either, from which it rests on such days; on at least so
#: many days of these weeks it was seen, and within so many days before: a long weekend. Else it may be out.
_WEEKS, _SEEN, _WEEKEND = 3, 11, 4
#: A pattern is a mask of 64 bits; feeds beyond share bits, and so cover for each other.
_BITS = 64


class History:
    """Feeds, or those of a space together, as codes in the order in which they came; days are whole UTC days since 1970."""

    __slots__ = ("_codes", "_days", "_first", "_masks", "_origin", "_patterns", "_spaces", "_totals", "feeds")

    def __init__(self, spaces: Mapping[str, str] | None = None) -> None:
        """spaces: the `id_space` of each feed; one that is not named is its own."""
        #: By code, the feeds that were seen.
        self.feeds: list[set[str]] = []
        self._spaces = dict(spaces or {})
        self._codes: dict[str, int] = {}
        self._first: list[int] = []
        self._origin: int | None = None
        self._days = np.zeros((0, 0), bool)  # feeds x days since the origin
        self._masks: list[int] = []  # by pattern
        self._patterns: dict[int, int] = {}
        # By pattern and day, the days so far on which any of its feeds was seen; of as many patterns as were asked for.
        self._totals: np.ndarray | None = None

    def see(self, feed: str, day: int) -> int:
        """Note that a feed was seen on a day; returns its code."""
        space = self._spaces.get(feed, feed)
        code = self._codes.get(space)
        if code is None:
            code = self._codes[space] = len(self.feeds)
            self.feeds.append(set())
            self._first.append(day)
        self.feeds[code].add(feed)
        if self._origin is None:
            self._origin = day
        before, after = max(0, self._origin - day), max(0, day - self._origin + 1 - self._days.shape[1])
        rows = len(self.feeds) - self._days.shape[0]
        if before or after or rows:
            self._days = np.pad(self._days, ((0, rows), (before, max(after, 64) if after else 0)))
            self._origin = min(self._origin, day)
        if not self._days[code, day - self._origin]:
            self._days[code, day - self._origin] = True
            self._totals = None
            self._first[code] = self._begin(code)
        return code

    def _begin(self, code: int) -> int:
        """The day with which a feed's history begins."""
        seen = np.flatnonzero(self._days[code])
        starts = np.flatnonzero(np.diff(seen, prepend=seen[0] - _APART - 1) > _APART)
        long = np.diff(starts, append=len(seen)) >= _SOME
        chosen = starts[np.argmax(long)] if long.any() else starts[-1]
        return int(seen[chosen]) + self._origin

    def first(self, codes: np.ndarray) -> np.ndarray:
        """The day with which the history of each feed begins, as far as it is known."""
        return np.asarray(self._first, np.int32)[codes]

    def seen_on(self, day: int, feeds: np.ndarray | slice = slice(None)) -> bool:
        """Whether any feed was seen on a day; feeds: codes, of which any."""
        at = day - (self._origin or 0)
        if self._origin is None or not 0 <= at < self._days.shape[1]:
            return False
        return bool(self._days[feeds, at].any())

    def steady(self, day: int, days: int) -> bool:
        """Whether every feed was seen on each of so many days up to this one."""
        if self._origin is None:
            return False
        since = max(day - days + 1 - self._origin, 0)
        return bool(self._days[: len(self.feeds), since : day + 1 - self._origin].all())

    @staticmethod
    def bits(codes: np.ndarray) -> np.ndarray:
        """The mask of a single feed."""
        return np.left_shift(np.uint64(1), (codes % _BITS).astype(np.uint64))

    def pattern(self, mask: int) -> int:
        """The pattern of a mask."""
        found = self._patterns.get(mask)
        if found is None:
            found = self._patterns[mask] = len(self._masks)
            self._masks.append(mask)
        return found

    def names(self, pattern: int) -> tuple[str, ...]:
        """The feeds of a pattern."""
        theirs = [
            feeds for code, feeds in enumerate(self.feeds) if self._masks[pattern] >> (code % _BITS) & 1
        ]
        return tuple(feed for feeds in theirs for feed in sorted(feeds))

    def covered(self, patterns: np.ndarray, after: np.ndarray | int, until: np.ndarray | int) -> np.ndarray:
        """Days after `after` up to and including `until` on which any feed of each pattern was seen, or usually rests."""
        if self._origin is None or not self._masks:
            return np.zeros(len(patterns), np.int32)
        totals = self._running()
        last = self._days.shape[1]
        upto = np.clip(np.asarray(until) + 1 - self._origin, 0, last)
        since = np.minimum(np.clip(np.asarray(after) + 1 - self._origin, 0, last), upto)
        return totals[patterns, upto] - totals[patterns, since]

    def _running(self) -> np.ndarray:
        """`_totals` of all patterns: kept until a feed is seen on another day, and added to for new patterns."""
        known = 0 if self._totals is None else len(self._totals)
        if self._totals is None or known < len(self._masks):
            more = np.zeros((len(self._masks) - known, self._days.shape[1] + 1), np.int32)
            watched = self._days | resting(self._days)
            for row, mask in zip(more, self._masks[known:], strict=True):
                members = [code for code in range(len(self.feeds)) if mask >> (code % _BITS) & 1]
                row[1:] = watched[members].any(axis=0).cumsum()
            self._totals = more if self._totals is None else np.concatenate([self._totals, more])
        return self._totals


def resting(days: np.ndarray) -> np.ndarray:
    """On which days feeds were at rest, as on that day of the week before. days: feeds x days on which they were seen.

    >>> week = np.array([1, 1, 1, 1, 1, 0, 0], bool)
    >>> np.flatnonzero(resting(np.tile(week, 5)[None])[0]).tolist()
    [19, 20, 26, 27, 33, 34]
    """
    size = days.shape[1]
    back = np.pad(days, ((0, 0), (_WEEKS * WEEK, 0)))

    def ago(first: int, last: int) -> np.ndarray:
        """How many days were seen from so many to so many days before each, both included."""
        total = np.pad(back.cumsum(axis=1), ((0, 0), (1, 0)))
        begin = _WEEKS * WEEK - last
        return total[:, begin + last - first + 1 :][:, :size] - total[:, begin : begin + size]

    usual = sum(ago(week * WEEK, week * WEEK) for week in range(_WEEKS + 1)) == 0
    return usual & (ago(1, _WEEKS * WEEK) >= _SEEN) & (ago(1, _WEEKEND) > 0)
