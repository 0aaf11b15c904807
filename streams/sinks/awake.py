"""Awake: whether a worker ran all the time, or was paused for so long that its group may have given its part to others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

#: Looks within the time that a worker may be away: at least one falls into it, however late.
_LOOKS = 4

# A machine that is suspended stops its monotonic clock; the group's coordinator may be on another, whose clock goes on.
_with_suspension = getattr(time, "CLOCK_BOOTTIME", None)
since_boot: Callable[[], float] = (
    time.monotonic if _with_suspension is None else partial(time.clock_gettime, _with_suspension)
)


class Awake:
    """Looks again and again at the clock; a look that comes too late after the one before says that it slept.

    seconds: away for longer is a sleep. slept: told of each, with the seconds since the look before.
    """

    def __init__(self, seconds: float, slept: Callable[[float], None]) -> None:
        self._seconds, self._slept = seconds, slept
        self._looked = since_boot()

    def begin(self) -> None:
        """From now on: before it there was nothing that others could have been given."""
        self._looked = since_boot()

    def look(self) -> bool:
        """Whether it ran since the last look; to be asked before anything is done that others may have done meanwhile."""
        now = since_boot()
        away, self._looked = now - self._looked, now
        if away > self._seconds:
            self._slept(away)
            return False
        return True

    async def keep_looking(self) -> None:
        """Look until it is cancelled, so that time in which nothing was to be done is no sleep."""
        while True:
            await asyncio.sleep(self._seconds / _LOOKS)
            self.look()
