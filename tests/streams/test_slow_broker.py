"""A broker that takes what is produced slowly holds the reading up, and costs nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streams.telemetry import Telemetry
from streams.worker import running
from tests.field.field import Field
from tests.field.oracle import counted, expected
from tests.field.traffic import calls, values
from tests.streams.slow import slow_broker

_QUEUE = 1
#: Bytes of a record, with its padding: a fetch has 1 MiB of a partition, and so some 250 records, a fortieth of all.
_RECORD_BYTES = 4096
#: Batches under way at most: those in the queue, one that waits to be put there, and the three that `ingest` has:
#: one that is being sent, one that is parsed meanwhile, and the next, which waits for the first.
_UNDER_WAY = _QUEUE + 4
_HELD_SECONDS = 0.4
_LOOKS = 80


def _padded(value: bytes) -> bytes:
    return value[:-1] + b', "padding": "%s"}' % (b"x" * (_RECORD_BYTES - len(value) - 15))


@pytest.mark.timeout(180)
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
            fetch = worker.parts.fetch
            await field.begun()
            began, first, looks = broker.produced, await field.committed(), []
            for _ in range(_LOOKS):
                looks.append((fetch._under_way, sum(fetch.positions().values())))
                await asyncio.sleep(0.1)
            done, read = await field.committed(), looks[-1][1]
            print(looks, first, done, broker.produced - began)
            assert broker.produced > began
            assert max(under_way for under_way, _ in looks) <= _UNDER_WAY
            assert first < done <= read < sent / 2, "it goes on, slowly"
            # What is read and not yet committed: what is under way, and what was done since the last commit.
            assert (read - done) * _RECORD_BYTES <= (_UNDER_WAY + 2) * 1024**2
            broker.seconds = 0.0
            state = await field.settled(sent)
    assert counted(state.usage).equals(expected(truth))
