"""A worker that can't work ends, and says why."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streams.telemetry import Telemetry
from streams.worker import running
from tests.field.field import Field


@pytest.mark.timeout(90)
async def test_what_breaks_a_service_ends_the_worker(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    """An error in the reading of feeds, which Faust alone would only log, is what the worker ends with."""
    field = await Field(
        bootstrap, prefix, tmp_path, more={"worker": {"http_port": 0, "datadir": str(tmp_path)}}
    ).make()
    async with running(field.settings, Telemetry()) as worker:
        assert not worker.parts.failed.done()

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("the reading broke")

        worker.parts.fetch._batches = broken
        with pytest.raises(RuntimeError, match="the reading broke"):
            await asyncio.wait_for(worker.parts.failed, 30)
