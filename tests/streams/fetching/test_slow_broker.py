"""A broker that takes what is produced slowly holds the reading up, and costs nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streams.fetching.fetch import Fetch
from streams.telemetry import Event, Telemetry
from streams.telemetry.events.ingest import RecordsFetched
from streams.worker import running
from tests.field.field import Field
from tests.field.oracle import counted, expected
from tests.field.traffic import calls, values
from tests.streams.fetching.slow import slow_broker

_QUEUE = 1
#: Bytes of a record, with its padding: so a fetch, of some megabytes, is a small part of all.
_RECORD_BYTES = 4096
#: Batches under way at most: those in the queue, one that waits to be put there, and the three that `ingest` has:
#: one that is being sent, one that is parsed meanwhile, and the next, which waits for the first.
_UNDER_WAY = _QUEUE + 4
_HELD_SECONDS = 0.4


def _padded(value: bytes) -> bytes:
    return value[:-1] + b', "padding": "%s"}' % (b"x" * (_RECORD_BYTES - len(value) - 15))


def _batches(fetch: Fetch) -> list[int]:
    """The records of each batch from now on."""
    found, say = [], fetch._say

    def heard(event: Event) -> None:
        if isinstance(event, RecordsFetched):
            found.append(event.records)
        say(event)

    fetch._say = heard
    return found


@pytest.mark.wide
async def test_what_is_under_way_stays_bounded_while_a_broker_takes_it_slowly(
    prefix: str, tmp_path: Path
) -> None:
    """A worker goes on with a few batches, whatever waits on the feed; and in the end every call is counted once."""
    async with slow_broker() as broker:
        work = {"http_port": 0, "datadir": str(tmp_path / "state"), "queue": _QUEUE, "fetch_records": 1}
        field = await Field(broker.bootstrap, prefix, tmp_path, more={"worker": work}).make()
        truth = calls("small", days=14)
        sent = await field.send({feed: [*map(_padded, records)] for feed, records in values(truth).items()})
        broker.seconds = _HELD_SECONDS
        async with running(field.settings, Telemetry()) as worker:
            fetch, batches = worker.parts.fetch, _batches(worker.parts.fetch)
            under_way = set()
            while sum(fetch.positions().values()) < sent:
                under_way.add(fetch._under_way)
                await asyncio.sleep(0.05)
            assert len(batches) > _UNDER_WAY, "there was more than could be under way"
            assert _QUEUE + 2 <= max(under_way) <= _UNDER_WAY
            broker.seconds = 0.0
            state = await field.settled(sent)
    assert counted(state.usage).equals(expected(truth))
