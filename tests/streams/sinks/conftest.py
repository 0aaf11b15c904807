"""What several tests of the stream need: somebody to tell alerts to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.streams.sinks.receiver import Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks, for a test of its own."""
    async with receiving() as receiver:
        yield receiver
