"""Waiting for what is seen from outside only: a limit to it, and what stands still when it is reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from streams.worker import where


@asynccontextmanager
async def bounded(seconds: float = 60.0) -> AsyncIterator[None]:
    """What takes longer has failed; just before, each task says where it waits."""
    looking = asyncio.get_running_loop().call_later(seconds - 1, where)
    try:
        async with asyncio.timeout(seconds):
            yield
    finally:
        looking.cancel()


async def until(found: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for it; a time-out is a failure."""
    async with bounded(seconds):
        while not found():  # noqa: ASYNC110 -- nobody tells when it is so
            await asyncio.sleep(0.02)
