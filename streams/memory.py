"""How the C library keeps memory: little of what is free.

A worker's threads take turns at buffers of tens of MB. glibc gives threads arenas of their own, eight a
core, and each keeps what it once had; and it gives pages back only from the end of an arena. So a worker
at full load would keep far more than it uses. Here threads share few arenas, and free pages are
given back every few seconds.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import Callable

_M_ARENA_MAX = -8  # malloc.h
_ARENAS = 2
#: Seconds between two times: each takes some 10 ms, and a busy worker fills what it gave back again.
_EVERY_SECONDS = 5.0


def _function(name: str) -> Callable[..., int] | None:
    """A function of the C library; None where it has none of the name, as musl or another system's."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


def few_arenas() -> None:
    """Bound the arenas of this process."""
    if mallopt := _function("mallopt"):
        mallopt(_M_ARENA_MAX, _ARENAS)


async def give_back() -> None:
    """Give free pages back, for ever."""
    trim = _function("malloc_trim")
    while trim is not None:
        await asyncio.sleep(_EVERY_SECONDS)
        await asyncio.to_thread(trim, 0)
