"""Awake: what is a sleep, and what is not."""

from __future__ import annotations

import time

import pytest

from streams.sinks import awake
from streams.sinks.awake import Awake


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(awake, "since_boot", lambda: now[0])
    return now


def test_a_look_that_comes_too_late_says_for_how_long_it_slept(clock) -> None:
    """Each sleep once; and a look in time says that it ran."""
    slept: list[float] = []
    worker = Awake(5.0, slept.append)
    looks = []
    for now in (4.0, 9.0, 15.0, 16.0):
        clock[0] = now
        looks.append(worker.look())
    assert (looks, slept) == ([True, True, False, True], [6.0])


def test_what_was_before_it_began_is_no_sleep(clock) -> None:
    """A sink may wait for hours until another worker leaves its file."""
    slept: list[float] = []
    worker = Awake(5.0, slept.append)
    clock[0] = 7200.0
    worker.begin()
    assert worker.look()
    assert slept == []


def test_the_clock_goes_on_while_a_machine_is_suspended() -> None:
    """Where the system has such a clock, it is the one that is asked."""
    wanted = getattr(time, "CLOCK_BOOTTIME", None)
    if wanted is None:
        assert awake.since_boot is time.monotonic
    else:
        assert (awake.since_boot.func, awake.since_boot.args) == (time.clock_gettime, (wanted,))
