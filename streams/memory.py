"""How memory is kept that is free: for some seconds, and by few.

A worker's threads take turns at buffers of tens of MB. Both allocators, glibc's (numpy, Python) and polars'
jemalloc, give threads arenas of their own, several a core, and each keeps what it once had; so a worker at full
load would keep far more than it uses. And what they do give back they give back at once: large buffers come fresh
from the system each time, which clears each page first. Here threads share few arenas, buffers stay for
seconds, and then free pages are given back. Polars' buffers are asked for in huge pages, where the system leaves that to
programs (`madvise`): page faults are dear in a virtual machine, and there are fewer of them (bench/README.md).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_ARENAS = 2
#: Seconds between two times: each takes some 10 ms, and a busy worker fills what it gave back again.
_EVERY_SECONDS = 5.0
#: Bytes from which a buffer comes from the system itself: more than any; and the most that an older glibc takes.
_LARGE, _LARGE_OLD = 1 << 30, 32 << 20
#: Bytes that may be free at an arena's end before they are given back at once.
_FREE = 256 << 20
_POLARS = f"narenas:{_ARENAS},dirty_decay_ms:{int(_EVERY_SECONDS * 1000)},thp:always"


def _function(name: str) -> Callable[..., int] | None:
    """A function of the C library; None where it has none of the name, as musl or another system's."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


def sparing() -> None:
    """Bound what glibc keeps for this process."""
    if mallopt := _function("mallopt"):
        mallopt(_M_ARENA_MAX, _ARENAS)
        if not mallopt(_M_MMAP_THRESHOLD, _LARGE):
            mallopt(_M_MMAP_THRESHOLD, _LARGE_OLD)  # glibc would leave it very low once the next one is set
        mallopt(_M_TRIM_THRESHOLD, _FREE)


def polars() -> None:
    """The same for polars' allocator, which reads it when it is loaded: to be called before. What the user set stays."""
    os.environ.setdefault("_RJEM_MALLOC_CONF", _POLARS)


async def give_back() -> None:
    """Give free pages back, for ever."""
    trim = _function("malloc_trim")
    while trim is not None:
        await asyncio.sleep(_EVERY_SECONDS)
        await asyncio.to_thread(trim, 0)
