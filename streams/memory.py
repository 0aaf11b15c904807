"""How the C library hands out memory: few arenas, so that what one thread has freed serves the next.

glibc gives threads arenas of their own, eight a core, and each keeps what it once had. A worker's
threads take turns at large buffers, so it would keep one of each size an arena: measured at full load,
1,700 MB in place of 1,100 (`python -m bench.live`).
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_M_ARENA_MAX = -8  # malloc.h
_ARENAS = 2


def few_arenas() -> None:
    """Bound the arenas of this process; does nothing where the C library is another."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has neither arenas nor mallopt
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
