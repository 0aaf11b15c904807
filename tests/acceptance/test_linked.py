"""Organisations that go on for each other, or share numbers, are told by a stream as by a replay, whichever partitions they are in."""

from __future__ import annotations

import asyncio
import zlib
from pathlib import Path

import pytest

from monitor.alert import data
from monitor.simulate import Scenario
from tests.field.field import Field
from tests.field.traffic import calls, replayed, told, until, values

SHELLS = Scenario.model_validate(
    {
        "name": "shells",
        "days": 90,
        "organisations": [
            {"name": "honest", "behaviour": "steady_caller", "rate": 40},
            {"name": "agency", "behaviour": "principal", "members": 4, "rate": 8},
            {"name": "ashes", "behaviour": "phoenix", "rate": 40, "shell_life": 14, "begins": 20},
            {"name": "sparks", "behaviour": "phoenix", "rate": 30, "shell_life": 20, "begins": 25},
            {
                "name": "pool",
                "behaviour": "shared_pool",
                "rate": 25,
                "born": 32,
                "fleet": {"pool": 5, "life": 6},
            },
        ],
    }
)


@pytest.mark.kafka  # a minute: the default run has the others
async def test_shells_in_several_partitions_with_workers_that_die(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """Shells, and users of one pool, are dealt over partitions; a worker dies half way, another loses its store: nothing is told otherwise."""
    frame = calls(SHELLS)
    sent = values(frame)
    names = frame["organisation"].unique().to_list()
    assert len({zlib.crc32(name.encode()) % 3 for name in names if name.startswith("ashes")}) > 1
    assert len({zlib.crc32(name.encode()) % 3 for name in names if name.startswith("pool")}) > 1
    field = await Field(bootstrap, prefix, tmp_path).make()
    try:
        half = {feed: len(records) // 2 for feed, records in sent.items()}
        field.start(1)
        field.start(2)
        await field.send({feed: records[: half[feed]] for feed, records in sent.items()})
        await field.begun()
        field.kill(1)
        await field.send({feed: records[half[feed] :] for feed, records in sent.items()})
        await asyncio.sleep(6)
        field.kill(2)
        for path in sorted((field.folder / "worker-2").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        field.start(2)
        field.start(3)

        state = await field.settled(sum(map(len, sent.values())))

        wanted = {(a.id, a.sequence): data(a) for a in until(replayed(field, sent).alerts, state)}
        linked = {
            alert["organisation"]
            for alert in wanted.values()
            if any(reason["family"] == "linkage" for reason in alert["reasons"])
        }
        assert {name.rpartition("-")[0] for name in linked} == {"ashes", "sparks"}
        shared = [a for a in wanted.values() if a["reasons"][-1]["measure"] == "numbers_of_others"]
        assert {name for a in shared for name in a["evidence"]["related"]} == {"pool-1", "pool-2", "pool-3"}
        assert told(await field.alerts()) == wanted
    finally:
        field.end()
