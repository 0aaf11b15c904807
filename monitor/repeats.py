"""Repeats: each call counts once, however often and by whichever way its records come.

Delivery is at least once; files are sent again, legs and forks of a call arrive in different
batches, and a slice may be produced twice after a crash. All of these are one case: a call whose id
has been seen before. Records of one call have one start, so its id is looked up among those of its
hour.

What is kept of a call is its 64-bit id with the lowest bit given to *answered*: when a later record
of a known call says that it was answered and none before did, the call stays counted once and
becomes answered (a row of weight 0). So the order in which the records come does not matter.

A stream forgets old hours: calls from before its horizon are not counted any more. A replay has no horizon, since a
file may hold any time; so that its memory is bounded nevertheless it may be given a shelf, on which the hours lie that
were not asked for of late. What it says is the same.

- exact within the horizon (a setting of the caller's, who forgets old hours), but for two calls of one hour whose
  63-bit ids are equal: at 2 million calls an hour about once in two thousand years
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import polars as pl

from monitor.call import MICROSECONDS_AN_HOUR

#: Ids that stay in memory where there is a shelf: 256 MB, half a national day.
_IN_MEMORY = 32_000_000


class Shelf(Protocol):
    """A place outside memory for the ids of hours."""

    def put(self, hour: int, ids: np.ndarray) -> None:
        """Keep the ids of an hour instead of those that were kept before."""

    def get(self, hour: int) -> np.ndarray | None:
        """The ids of an hour that were put there last; None where none were."""


class Repeats:
    """The ids seen, by hour: sorted, one a call, the lowest bit says answered. A mergeable set."""

    __slots__ = ("_hours", "_in_memory", "_shelf")

    def __init__(
        self,
        hours: dict[int, np.ndarray] | None = None,
        shelf: Shelf | None = None,
        in_memory: int = _IN_MEMORY,
    ) -> None:
        """in_memory: how many ids stay off the shelf, beside those of the calls that were admitted last."""
        # Where there is a shelf, in the order in which the hours were asked for.
        self._hours: dict[int, list[np.ndarray]] = {hour: [ids] for hour, ids in (hours or {}).items()}
        self._shelf = shelf
        self._in_memory = in_memory

    def admit(self, calls: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, np.ndarray], int]:
        """Sort the known from the new.

        calls: `CALLS`, in the order in which they came.
        Returns the rows that count, with `weight` (1 a new call, 0 a known one that now is
        answered); what was added, by hour; and how many were repeats, those of weight 0 among them: what is new and
        what is a repeat are together all that came.
        """
        before = calls.height
        if not before:
            return calls.with_columns(weight=pl.lit(1, pl.UInt32)), {}, 0
        kept, hour = _kept(calls)
        order = _in_order(hour, kept)
        if _again(hour[order], kept[order]):
            calls = _each_once(calls)
            kept, hour = _kept(calls)
            order = _in_order(hour, kept)
        weight = np.ones(len(kept), np.int8)  # 1 new, 0 known and now answered, -1 repeat
        added: dict[int, np.ndarray] = {}
        ordered = hour[order]
        cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
        for rows in np.split(order, cuts):
            at = int(hour[rows[0]])
            known = self.ids(at)
            ids = kept[rows]  # sorted
            if known.size:
                place = np.minimum(np.searchsorted(known, ids & ~np.uint64(1)), known.size - 1)
                match = (known[place] | np.uint64(1)) == (ids | np.uint64(1))
                if match.any():
                    better = match & (ids > known[place])
                    weight[rows[match]] = -1
                    weight[rows[better]] = 0
                    ids = ids[~match | better]
            if ids.size:
                added[at] = ids
        for at, ids in added.items():
            self.add(at, ids)
        if self._shelf is not None:
            self._shelve()
        repeats = before - int((weight == 1).sum())
        if (weight == 1).all():
            return calls.with_columns(weight=pl.lit(1, pl.UInt32)), added, repeats
        counted = calls.with_columns(pl.Series("weight", weight)).filter(pl.col("weight") >= 0)
        return counted.cast({"weight": pl.UInt32}), added, repeats

    def ids(self, hour: int) -> np.ndarray:
        """The ids of an hour, sorted; empty where none are known."""
        parts = self._parts(hour)
        if not parts:
            return np.empty(0, np.uint64)
        if len(parts) > 1:
            parts[:] = [merge(parts)]
        return parts[0]

    def add(self, hour: int, ids: np.ndarray) -> None:
        parts = self._parts(hour)
        if parts:
            parts.append(ids)
        else:
            self._hours[hour] = [ids]

    def _parts(self, hour: int) -> list[np.ndarray] | None:
        """What is known of an hour, from the shelf where it lies there."""
        if self._shelf is None:
            return self._hours.get(hour)
        parts = self._hours.pop(hour, None)
        if parts is None and (kept := self._shelf.get(hour)) is not None:
            parts = [kept]
        if parts is not None:
            self._hours[hour] = parts
        return parts

    def _shelve(self) -> None:
        """Put away the hours that were asked for longest ago, until few enough ids are in memory."""
        held = sum(ids.size for parts in self._hours.values() for ids in parts)
        while held > self._in_memory and len(self._hours) > 1:
            hour = next(iter(self._hours))
            parts = self._hours.pop(hour)
            held -= sum(ids.size for ids in parts)
            self._shelf.put(hour, merge(parts))

    def forget(self, before: int) -> list[int]:
        """Drop the hours earlier than `before`; which they were. Not for one with a shelf, which forgets nothing."""
        old = [hour for hour in self._hours if hour < before]
        for hour in old:
            del self._hours[hour]
        return old

    def __len__(self) -> int:
        """How many ids are in memory."""
        return sum(self.ids(hour).size for hour in list(self._hours))


def merge(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The union of sets of ids; a call that is answered in one of them is answered."""
    ids = np.sort(np.concatenate([*parts, np.empty(0, np.uint64)]))
    if not ids.size:
        return ids
    # Of an unanswered and an answered record the latter sorts last. All are of one type: beside a plain 0 numpy makes floats of
    # them, and calls whose ids are near each other would be one.
    return ids[np.append(ids[1:] | np.uint64(1), np.uint64(0)) != (ids | np.uint64(1))]


def _kept(calls: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """What is kept of each call, and its hour: whole hours since 1970-01-01."""
    answered = calls["answered_at"].is_not_null().to_numpy()
    hour = calls["started_at"].cast(pl.Int64).to_numpy() // MICROSECONDS_AN_HOUR
    return (calls["id"].to_numpy() & ~np.uint64(1)) | answered, hour.astype(np.int32)


def _in_order(hour: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Rows by hour and id: by id first, and these by hour and their place, which is one number."""
    order = np.argsort(ids)
    first = hour.min()
    if hour.max() == first:
        return order
    packed = (hour[order] - first).astype(np.uint64) << np.uint64(32)
    packed |= np.arange(len(ids), dtype=np.uint64)
    packed.sort()
    return order[(packed & np.uint64(0xFFFFFFFF)).astype(np.int64)]


def _again(hour: np.ndarray, ids: np.ndarray) -> bool:
    """Whether a call is there twice, of calls in order."""
    same = (ids[1:] ^ ids[:-1]) <= np.uint64(1)
    return bool((same & (hour[1:] == hour[:-1])).any())


def _each_once(calls: pl.DataFrame) -> pl.DataFrame:
    """The first record of each call, answered when any of its records is."""
    hour = pl.col("started_at").to_physical() // MICROSECONDS_AN_HOUR
    call = ("_hour", "_key")
    return (
        calls.with_columns(_hour=hour, _key=pl.col("id") | 1)
        .with_columns(pl.col("answered_at").min().over(call))
        .unique(call, keep="first", maintain_order=True)
        .drop(call)
    )
