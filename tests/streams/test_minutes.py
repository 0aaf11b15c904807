"""Minutes in which a feed was seen: each counts once, whatever the batches."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.call import MICROSECONDS_A_MINUTE
from streams.minutes import Minutes, starts

_BATCHES = st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2879)), max_size=20), max_size=8)


@given(_BATCHES, st.integers(0, 30_000_000))
def test_each_minute_of_two_days_counts_once_for_its_partition(
    batches: list[list[tuple[int, int]]], begin: int
) -> None:
    """In any order, in one batch or several, the count is that of the distinct minutes."""
    minutes, counted = Minutes(), dict.fromkeys(range(3), 0)
    for batch in batches:
        parts = np.array([part for part, _ in batch], np.int64)
        seconds = np.arange(len(batch)) % 60 * 1_000_000
        started = np.array([begin + minute for _, minute in batch], np.int64) * MICROSECONDS_A_MINUTE
        parts, found = starts(parts, started + seconds)
        for part in np.unique(parts).tolist():
            counted[part] += minutes.new("alfa", part, found[parts == part])
    for part, count in counted.items():
        assert count == len({call for batch in batches for call in batch if call[0] == part})


def test_a_minute_that_comes_when_a_later_one_took_its_place_is_not_counted() -> None:
    """Two days are told apart; what is older would be counted again and again."""
    minutes = Minutes()
    assert minutes.new("alfa", 0, np.array([5, 5 + 2880])) == 2
    assert minutes.new("alfa", 0, np.array([5])) == 0
    assert minutes.new("bravo", 0, np.array([5])) == 1
