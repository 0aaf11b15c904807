"""The state: all that is kept of the organisations, folded day by day."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import polars as pl

from monitor.call import UNKNOWN
from monitor.columns.grouping import coded, groups
from monitor.columns.volume import Volume
from monitor.day.usage import NO_NUMBER
from monitor.fleet.answers import Answers
from monitor.fleet.carried import Carried
from monitor.policy import Policy
from monitor.remembered.callbacks import Callbacks
from monitor.remembered.history import History
from monitor.remembered.met import DAYS as MET_DAYS
from monitor.remembered.met import Met
from monitor.remembered.near import Near
from monitor.remembered.ties import Ties
from monitor.tenure import Tenures

#: Days of withheld and late calls that are kept: more than any policy's window for them.
_SOME_DAYS = 64


class State:
    """Organisations are rows of codes, in the order in which they came."""

    def __init__(self, policy: Policy, spaces: Mapping[str, str] | None = None) -> None:
        memory = policy.tenure.memory
        self.trickle = policy.tenure.trickle
        self.names: list[str] = []
        self.codes: dict[str, int] = {}
        self.single: list[bool] = []  # False for the bucket of those that could not be attributed
        self._hashes = np.zeros(0, np.uint64)
        self.history = History(spaces)
        self._covered: set[tuple[int, str]] = set()  # (day, feed) of the coverage that came last
        self.carried = Carried()
        self.volume = Volume(memory + 2)
        self.active = Volume(memory + 2)  # days with calls
        self.withheld = Volume(_SOME_DAYS)
        self.late = Volume(_SOME_DAYS)  # calls whose day was over, by the day on which they were counted
        self.callbacks = Callbacks()
        self.answers = Answers(spaces, policy.answers)
        self._unsaid_calls = policy.answers.calls
        self.met = Met()
        self.nearby = Near()
        self.ties = Ties()
        self.tenures = Tenures(self.trickle, policy.tenure.level)
        self.day: int | None = None

    # -- organisations

    def organisations(self, names: pl.Series) -> np.ndarray:
        """The codes of a column of names, with new ones for those that are new."""
        found = coded(names)
        return self._code(found.texts.to_list())[found.codes]

    def _code(self, names: list[str]) -> np.ndarray:
        """The codes of distinct names, with new ones for those that are new, in their order."""
        new = [name for name in names if name not in self.codes]
        for name in new:
            self.codes[name] = len(self.names)
            self.names.append(name)
            self.single.append(name != UNKNOWN)
        if new:
            hashes = [int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) for name in new]
            self._hashes = np.concatenate([self._hashes, np.asarray(hashes, np.uint64)])
            for volume in self._volumes():
                volume.grow(len(self.names))
            self.ties.grow(len(self.names))
        return np.asarray([self.codes[name] for name in names], np.int32)

    @property
    def hashes(self) -> np.ndarray:
        """Of the organisations' names, by code: the same in every partition and on every run."""
        return self._hashes

    def rows_of(self, organisations: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """The rows of numbers of organisations given by code; -1 where there is none."""
        return self.tenures.find(self._hashes[organisations], numbers)

    def find(self, organisation: str, number: int) -> int:
        """The row of a number, -1 when there is none."""
        code = self.codes.get(organisation)
        if code is None:
            return -1
        return int(self.tenures.find(self._hashes[[code]], np.asarray([number], np.uint64))[0])

    def feeds_of(self, code: int, after: int) -> int:
        """The pattern (`history.py`) of the feeds on which an organisation called after a day."""
        feeds = self.carried.feeds(code, after)
        return self.history.pattern(int(np.bitwise_or.reduce(self.history.bits(feeds), initial=0)))

    def watched(self, organisation: str, lately: int) -> bool:
        """Whether any feed on which an organisation called lately (in so many days) was seen on the day folded last.

        Of one that called on none, and so is not expected on any, it is the whole stream that was seen.
        """
        code = self.codes.get(organisation)
        feeds = self.carried.feeds(code, self.day - lately) if code is not None else ()
        return self.history.seen_on(self.day, feeds if len(feeds) else slice(None))

    def late_calls(self, code: int, days: int) -> int:
        """Outbound calls of an organisation that came in the last days, after the day on which they were made was over."""
        return int(self.late.between(np.asarray([code]), self.day - days, self.day)[0])

    def _volumes(self) -> tuple[Volume, ...]:
        return (self.volume, self.active, self.withheld, self.late)

    # -- days

    def advance(self, day: int) -> None:
        """Begin a day."""
        self.day = day
        for volume in self._volumes():
            volume.advance(day)
        self.tenures.advance(day)
        self.callbacks.advance(day)
        self.met.forget(day - MET_DAYS + 1)
        self.nearby.forget(day)
        self.ties.advance(day)

    def cover(self, coverage: pl.DataFrame) -> None:
        """Note on which feeds the day was seen, and on which of the days up to it these lost who answered.

        Of earlier days too: what came late may be of organisations that are not known here.
        """
        # A row a feed and day: so few that a query of them costs more than they do.
        columns = (coverage[name].to_list() for name in ("day", "feed", "hours"))
        rows = {(day, feed) for day, feed, hours in zip(*columns, strict=True) if hours and day <= self.day}
        for day, feed in sorted(rows - self._covered):
            self.history.see(feed, day)
        self._covered = rows
        self.answers.see(coverage)
        self.callbacks.lost = self.answers.lost(self.day)

    def observe(self, day: int, usage: pl.DataFrame, late: bool = False) -> None:
        """Add one day's usage; that day may be past. late: whether it was judged before that came."""
        if not usage.height:
            return
        feeds = coded(usage["feed"])
        seen = np.asarray([self.history.see(feed, day) for feed in feeds.texts.to_list()])
        self._call_back(day, usage)
        names = coded(usage["organisation"])
        calls = _sums(names.codes, usage["calls"])
        places = np.flatnonzero(calls)
        organisations = self._code(names.texts.gather(places).to_list())
        calls = calls[places]
        if late:
            self.late.add(organisations, self.day, calls)
        known = self.volume.between(organisations, day - 1, day) > 0
        self.volume.add(organisations, day, calls)
        self.active.add(organisations[~known], day, np.ones((~known).sum(), np.uint32))
        self.withheld.add(organisations, day, _sums(names.codes, usage["withheld"])[places])
        theirs = np.full(len(names.texts), -1, np.int32)
        theirs[places] = organisations
        feed = seen[feeds.codes]
        called = np.flatnonzero(usage["calls"].to_numpy())
        if len(called):
            self._see(day, theirs[names.codes[called]], feed[called])
            self._number(day, usage, feed, names.codes, theirs)
        self._answer(usage, names.codes, names.texts)

    def _see(self, day: int, callers: np.ndarray, feeds: np.ndarray) -> None:
        """Note which organisations called, on which feeds, and for how long those had been watched."""
        found = groups(callers, feeds)
        callers, feeds = callers[found.first], feeds[found.first]
        self.carried.grow(len(self.names), len(self.history.feeds))
        self.carried.see(day, callers, feeds)
        each = np.flatnonzero(np.append(True, callers[1:] != callers[:-1]))
        watched = np.maximum.reduceat(self.history.first(feeds), each)
        self.ties.see(day, callers[each], watched)

    def tie(self, day: int, links: pl.DataFrame) -> None:
        """Add one day's rows of `Links`; that day may be past."""
        if links.height:
            self.ties.add(day, self.organisations(links["organisation"]), links)

    def meet(self, day: int, contacts: pl.DataFrame) -> None:
        """Add one day's contacts; that day may be past."""
        if contacts.height and day > self.day - MET_DAYS:
            codes = pl.Series("organisation", self.organisations(contacts["organisation"]), pl.Int32)
            self.met.add(day, contacts.with_columns(codes).select(*Met.SCHEMA))

    def near(self, day: int, rows: pl.DataFrame) -> None:
        """Add one day's rows of `Nearby`; that day may be past."""
        if rows.height:
            codes = pl.Series("organisation", self.organisations(rows["organisation"]), pl.Int32)
            self.nearby.add(day, rows.with_columns(codes).select(*Near.SCHEMA))

    def _call_back(self, day: int, usage: pl.DataFrame) -> None:
        # A record that says of a known call that it was answered adds no call (`repeats.py`).
        counts = (usage["inbound"].to_numpy() > 0) | (usage["inbound_answered"].to_numpy() > 0)
        counts &= usage["number"].to_numpy() != NO_NUMBER
        if not counts.any():
            return
        rows = usage.filter(counts)
        codes = pl.Series("organisation", self.organisations(rows["organisation"]), pl.Int32)
        feeds = coded(rows["feed"])
        spaces = np.asarray([self.answers.code(feed) for feed in feeds.texts], np.int32)[feeds.codes]
        rows = rows.with_columns(codes, pl.Series("space", spaces))
        self.callbacks.add(day, rows.select(*Callbacks.SCHEMA))

    def calls_back(self) -> tuple[pl.DataFrame, np.ndarray]:
        """Calls to numbers in about a month as `Callbacks.days` has them, of organisations whose records say who picks up; and
        whose don't: of so many calls, from their numbers and to them, none was answered.
        """
        days, codes = self.callbacks.days(), self.tenures.organisation
        columns = (self.tenures.calls, self.tenures.answered)
        calls, answered = (np.bincount(codes, column, len(self.names)) for column in columns)
        unsaid = (calls >= self._unsaid_calls) & (answered == 0)
        if not days.height:
            return days, unsaid
        unsaid[days.filter(pl.col("inbound_answered") > 0)["organisation"].to_numpy()] = False
        return days.filter(~pl.col("organisation").is_in(np.flatnonzero(unsaid))), unsaid

    def says_who_answers(self, code: int, after: int) -> bool:
        """Whether any feed on which an organisation called after a day does."""
        feeds = self.history.names(self.feeds_of(code, after))
        return not feeds or any(self.answers.said(feed) for feed in feeds)

    def unheard(self, after: int) -> np.ndarray:
        """By organisation: whether none of the feeds on which it called after a day has ever said who answers."""
        self.carried.grow(len(self.names), len(self.history.feeds))
        feeds = [code for code, names in enumerate(self.history.feeds) if any(map(self.answers.heard, names))]
        return ~self.carried.any_of(np.asarray(feeds, np.intp), len(self.names), after)

    def _number(
        self, day: int, usage: pl.DataFrame, feeds: np.ndarray, names: np.ndarray, codes: np.ndarray
    ) -> None:
        """Add a day to its numbers. feeds: the code of each row's; names: the place of its organisation; codes: of each place."""
        number, calls = usage["number"].to_numpy(), usage["calls"].to_numpy()
        rows = np.flatnonzero((number != NO_NUMBER) & (calls > 0))
        if not len(rows):
            return
        found = groups(names[rows], number[rows])
        first = rows[found.first]
        organisations = codes[names[first]]
        theirs = feeds[rows]
        at = self.tenures.rows(organisations, self._hashes[organisations], number[first])
        masks = found.reduce(np.bitwise_or, self.history.bits(theirs))
        self._mask(day, at, masks, found.reduce(np.maximum, self.history.first(theirs)))
        defect = found.reduce(np.maximum, usage["defect"].to_numpy()[rows])
        self.tenures.defect[at] = np.maximum(self.tenures.defect[at], defect)
        calls, answered = (
            found.reduce(np.add, counts[rows]) for counts in (calls, usage["answered"].to_numpy())
        )
        self.tenures.add(day, at, calls, answered, self.volume)

    def _answer(self, usage: pl.DataFrame, names: np.ndarray, texts: pl.Series) -> None:
        """Count as answered what was known as calls: rows that add none. names: the place of each row's in `texts`."""
        number, answered = usage["number"].to_numpy(), usage["answered"].to_numpy()
        rows = np.flatnonzero((usage["calls"].to_numpy() == 0) & (answered > 0) & (number != NO_NUMBER))
        if not len(rows):
            return
        found = groups(names[rows], number[rows])
        first = rows[found.first]
        organisations = np.asarray(
            [self.codes.get(name, -1) for name in texts.gather(names[first])], np.int32
        )
        at = self.rows_of(organisations, number[first])
        ours = (organisations >= 0) & (at >= 0)
        self.tenures.answered[at[ours]] += found.reduce(np.add, answered[rows])[ours]

    def _mask(self, day: int, rows: np.ndarray, masks: np.ndarray, watched: np.ndarray) -> None:
        """Note on which feeds numbers were seen."""
        tenures = self.tenures
        first = tenures.first[rows]
        # Of two parts of the first day the feed counts that was watched last, whichever part came first.
        watched = np.where(day == first, np.maximum(watched, tenures.watched[rows]), watched)
        earliest = day <= first
        tenures.watched[rows[earliest]] = watched[earliest]
        masks = masks | tenures.mask[rows]
        changed = masks != tenures.mask[rows]
        for mask in np.unique(masks[changed]).tolist():
            tenures.pattern[rows[changed & (masks == mask)]] = self.history.pattern(mask)
        tenures.mask[rows] = masks


def _sums(groups: np.ndarray, counts: pl.Series) -> np.ndarray:
    """Sums of counts by group."""
    return np.bincount(groups, counts.to_numpy()).astype(np.uint32)
