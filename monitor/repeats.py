"""Repeats: each call counts once, however often and by whichever way its records come.

Delivery is at least once; files are sent again, legs and forks of a call arrive in different
batches, and a slice may be produced twice after a crash. All of these are one case: a call whose id
has been seen before. Records of one call have one start, so its id is looked up among those of its
hour.

What is kept of a call is its 64-bit id with the lowest bit given to *answered*: when a later record
of a known call says that it was answered and none before did, the call stays counted once and
becomes answered (a row of weight 0). So the order in which the records come does not matter.

- exact within the horizon (a setting of the caller's, who forgets old hours), but for two calls of one hour whose
  63-bit ids are equal: at 2 million calls an hour about once in two thousand years
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

_MICROSECONDS_AN_HOUR = 3_600_000_000


def hours() -> pl.Expr:
    """The hour of a call, as whole hours since 1970-01-01 (Int32)."""
    return (pl.col("started_at").to_physical() // _MICROSECONDS_AN_HOUR).cast(pl.Int32).alias("hour")


class Repeats:
    """The ids seen, by hour: sorted, one a call, the lowest bit says answered. A mergeable set."""

    __slots__ = ("_hours",)

    def __init__(self, hours: dict[int, np.ndarray] | None = None) -> None:
        self._hours: dict[int, list[np.ndarray]] = {hour: [ids] for hour, ids in (hours or {}).items()}

    def admit(self, calls: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, np.ndarray], int]:
        """Sort the known from the new.

        calls: `CALLS`, in the order in which they came.
        Returns the rows that count, with `weight` (1 a new call, 0 a known one that now is
        answered); what was added, by hour; and the number of repeats that changed nothing.
        """
        calls = calls.with_columns(
            hours(),
            (pl.col("id") | 1).alias("_key"),
            pl.col("answered_at").is_not_null().alias("_answered"),
        )
        before = calls.height
        if calls["_key"].n_unique() < calls.height:
            calls = calls.with_columns(
                pl.col("answered_at").min().over("hour", "_key"),
                pl.col("_answered").any().over("hour", "_key"),
            ).unique(["hour", "_key"], keep="first", maintain_order=True)
        if not calls.height:
            return (
                calls.drop("hour", "_key", "_answered").with_columns(weight=pl.lit(1, pl.UInt32)),
                {},
                before,
            )
        kept = (calls["id"].to_numpy() & ~np.uint64(1)) | calls["_answered"].to_numpy().astype(np.uint64)
        hour = calls["hour"].to_numpy()
        weight = np.ones(len(kept), np.int8)  # 1 new, 0 known and now answered, -1 repeat
        added: dict[int, np.ndarray] = {}
        order = np.lexsort((kept, hour))
        cuts = np.flatnonzero(np.diff(hour[order])) + 1
        for rows in np.split(order, cuts):
            at = int(hour[rows[0]])
            known = self.ids(at)
            ids = kept[rows]  # sorted
            if known.size:
                place = np.minimum(np.searchsorted(known, ids & ~np.uint64(1)), known.size - 1)
                match = (known[place] | np.uint64(1)) == (ids | np.uint64(1))
                better = match & (ids > known[place])
                weight[rows[match]] = -1
                weight[rows[better]] = 0
                fresh = ids[~match | better]
            else:
                fresh = ids
            if fresh.size:
                added[at] = fresh
        for at, ids in added.items():
            self.add(at, ids)
        counted = calls.drop("hour", "_key", "_answered").with_columns(pl.Series("weight", weight))
        counted = counted.filter(pl.col("weight") >= 0).with_columns(pl.col("weight").cast(pl.UInt32))
        return counted, added, before - counted.height

    def ids(self, hour: int) -> np.ndarray:
        """The ids of an hour, sorted; empty where none are known."""
        parts = self._hours.get(hour)
        if parts is None:
            return np.empty(0, np.uint64)
        if len(parts) > 1:
            parts[:] = [merge(parts)]
        return parts[0]

    def add(self, hour: int, ids: np.ndarray) -> None:
        self._hours.setdefault(hour, []).append(ids)

    def forget(self, before: int) -> list[int]:
        """Drop the hours earlier than `before`; which they were."""
        old = [hour for hour in self._hours if hour < before]
        for hour in old:
            del self._hours[hour]
        return old

    def __len__(self) -> int:
        return sum(self.ids(hour).size for hour in self._hours)


def merge(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The union of sets of ids; a call that is answered in one of them is answered."""
    ids = np.sort(np.concatenate([*parts, np.empty(0, np.uint64)]), kind="stable")
    # Of an unanswered and an answered record the latter sorts last.
    return ids[np.append(ids[1:] | np.uint64(1), 0) != (ids | np.uint64(1))] if ids.size else ids
