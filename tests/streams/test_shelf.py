"""The shelf of a replay: what lies on it is known as if it were in memory."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import polars as pl
from hypothesis import given, settings

from monitor.call import CALLS
from monitor.repeats import Repeats
from streams.shelf import FileShelf
from tests.laws.test_merging import frames


@given(calls=frames(most=60), size=st.integers(1, 30), seed=st.integers(0, 99), few=st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_repeats_with_a_shelf_say_what_they_say_without(
    calls: pl.DataFrame, size: int, seed: int, few: int
) -> None:
    """In any order and batches, however few ids stay in memory: the same calls count, by the same weights and ids."""
    again = calls.with_columns(answered_at=None).cast(dict(CALLS))
    stream = pl.concat([calls, again, calls.head(7)]).sample(fraction=1, shuffle=True, seed=seed)
    plain, shelved = Repeats(), Repeats(shelf=FileShelf(), in_memory=few)
    for at in range(0, stream.height, size):
        batch = stream[at : at + size]
        (ours, ids, repeats), (theirs, others, also) = (one.admit(batch) for one in (plain, shelved))
        assert ours.equals(theirs)
        assert {hour: list(each) for hour, each in ids.items()} == {
            hour: list(each) for hour, each in others.items()
        }
        assert repeats == also
    for hour in list(plain._hours):
        assert plain.ids(hour).tolist() == shelved.ids(hour).tolist()


def test_no_more_ids_stay_in_memory_than_were_asked_for() -> None:
    """Beside those of the hour that came last, of a long history only so many are held."""
    repeats = Repeats(shelf=FileShelf(), in_memory=1_000)
    for hour in range(200):
        start = pl.datetime(2026, 1, 1, time_unit="us", time_zone="UTC") + pl.duration(hours=hour)
        ids = np.arange(100, dtype=np.uint64) * 2 + hour * 1_000
        calls = pl.DataFrame({"id": ids}).with_columns(
            started_at=start, answered_at=pl.lit(None, pl.Datetime("us", "UTC"))
        )
        assert repeats.admit(calls)[2] == 0
        assert len(repeats) <= 1_000
    assert repeats.admit(calls)[2] == 100


def test_an_hour_that_has_not_grown_keeps_its_place() -> None:
    """A call that turns out to be answered takes no more room; what has grown is found where it is now."""
    shelf = FileShelf()
    first, other = np.array([2, 4], np.uint64), np.array([8], np.uint64)
    shelf.put(1, first)
    shelf.put(2, other)
    shelf.put(1, first | np.uint64(1))
    assert shelf._end == 24
    shelf.put(1, np.array([3, 5, 7], np.uint64))
    assert shelf.get(1).tolist() == [3, 5, 7]
    assert shelf.get(2).tolist() == [8]
    assert shelf.get(3) is None
