"""A worker that meets the state of a later version."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from streams.state.kept import VERSION
from tests.field.field import Field
from tests.field.traffic import calls, values


@pytest.mark.wide
async def test_a_worker_ends_at_state_of_a_later_version(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    """It ends with the code of data that can't be read, and its last word is what to do."""
    field = await Field(bootstrap, prefix, tmp_path, partitions=1).make()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    await producer.send_and_wait(field.names.changelog, bytes([VERSION + 1]), b"o-from-later", partition=0)
    await producer.stop()
    sent = values(calls("small", days=1))
    await field.send({feed: records for feed, records in sent.items() if feed == "alfa"})
    field.start(1)
    try:
        code = await asyncio.to_thread(field.workers[1].wait, 90)
    finally:
        field.end()

    last = field.log(1).strip().splitlines()[-1]
    assert code == 3
    assert (
        last == f"error: state of version {VERSION + 1}; this Nummerwacht reads up to {VERSION}: upgrade it"
    )
