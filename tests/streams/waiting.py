"""Waiting for what is seen from outside only: a limit to it, and what stands still when it is reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from streams.worker import where

#: For what never comes: a machine that others use too may need minutes for what takes a second, and that is no failure.
_SECONDS = 300.0


@asynccontextmanager
async def bounded() -> AsyncIterator[None]:
    """What takes longer has failed; just before, each task says where it waits."""
    looking = asyncio.get_running_loop().call_later(_SECONDS - 1, where)
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    finally:
        looking.cancel()


async def until(found: Callable[[], object]) -> None:
    """Wait for it; a time-out is a failure."""
    async with bounded():
        while not found():  # noqa: ASYNC110 -- nobody tells when it is so
            await asyncio.sleep(0.02)
