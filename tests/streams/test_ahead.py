"""Working ahead: in order, bounded, and what breaks is told where it broke."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from streams.ahead import ahead


def test_what_is_made_comes_in_the_order_of_the_items() -> None:
    """Though a later one is done before an earlier one."""

    def work(item: int) -> int:
        time.sleep(0.002 * (item % 3 == 0))
        return item * item

    assert list(ahead(iter(range(50)), work, 3)) == [item * item for item in range(50)]


def test_no_more_is_taken_than_there_is_room_for() -> None:
    """A slow consumer holds the taking up, so that memory stays bounded."""
    taken = []

    def items() -> Iterator[int]:
        for item in range(40):
            taken.append(item)
            yield item

    for done in ahead(items(), int, 2):
        time.sleep(0.002)
        assert (
            len(taken) <= done + 2 + 3
        )  # those in work, the one that waits for room, and the one that is used


def test_an_error_comes_after_what_was_before_it() -> None:
    """Whether it is in taking an item or in working on it, and what came before it is not lost."""

    def items() -> Iterator[int]:
        yield from (1, 2)
        raise OSError("torn")

    for source, work, wanted in (
        (items(), int, OSError),
        (iter((1, 2, 0)), lambda item: 2 // item, ZeroDivisionError),
    ):
        made, seen = ahead(source, work, 2), []
        with pytest.raises(wanted):
            seen.extend(iter(made.__next__, None))
        assert len(seen) == 2


def test_who_leaves_early_leaves_no_thread_behind() -> None:
    """A consumer that breaks off, or breaks, ends the work."""
    before = threading.active_count()
    made = ahead(iter(range(1000)), int, 2)
    assert next(made) == 0
    made.close()
    assert threading.active_count() == before
