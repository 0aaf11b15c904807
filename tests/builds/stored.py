"""An installation as a worker of some build left it: what was on its topics, to be found by the workers of a later one.

`python -m tests.builds.stored FILE` makes one by the build it is run with, on an embedded broker: weeks of calls that were judged,
and slices that were not counted yet when the worker was killed. In a file are the records of `calls`, the state that counts, the alerts, how far
the group was, and what SQL counts of the records that were sent. No called number is in it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import zstandard
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord

from monitor.simulate import Scenario
from tests.field.field import Field
from tests.field.mirror import partitions_of
from tests.field.oracle import COUNTS, expected
from tests.field.traffic import calls, values

PARTITIONS = 2
DAYS = 45
SCENARIO = Scenario.model_validate(
    {
        "name": "stored",
        "days": DAYS,
        "feeds": ["alfa"],
        "organisations": [
            {"name": "shop", "behaviour": "small_shop"},
            {"name": "carousel", "behaviour": "rotate", "rate": 40, "fleet": {"pool": 4, "life": 5}},
            {"name": "nameless", "behaviour": "withheld", "rate": 40},
        ],
    }
)
#: What is before each topic's and group's name while it is made.
_PREFIX = "stored-"


@dataclass(frozen=True, slots=True)
class Stored:
    """What is in a file."""

    records: dict[str, list[dict]]  # by what the topic is for: its records in order
    committed: dict[str, list[int]]  # by topic: how far the group was, by partition
    counts: pl.DataFrame  # as the oracle's
    begun: str  # the first day of the calls

    def write(self, path: Path) -> None:
        rows = {
            "records": self.records,
            "committed": self.committed,
            "begun": self.begun,
            "counts": self.counts.rows(),
        }
        path.write_bytes(zstandard.compress(json.dumps(rows).encode(), 19))

    @classmethod
    def read(cls, path: Path) -> Stored:
        rows = json.loads(zstandard.decompress(path.read_bytes()))
        types = {"organisation": pl.String, "number": pl.UInt64} | dict.fromkeys(COUNTS, pl.Int64)
        counts = pl.DataFrame(rows.pop("counts"), schema=types, orient="row")
        return cls(counts=counts, **rows)

    def alerts(self) -> list[dict]:
        """The CloudEvents that were sent."""
        return [json.loads(base64.b64decode(row["value"])) for row in self.records["alerts"]]

    async def put(self, field: Field) -> int:
        """Put it on the topics of a field, and its group where it was. Returns the records that its feed had."""
        topics = _topics(field)
        producer = AIOKafkaProducer(bootstrap_servers=field.bootstrap, max_request_size=2 * 1024**2)
        await producer.start()
        try:
            for name, rows in self.records.items():
                for row in rows:
                    headers = [(key, base64.b64decode(value)) for key, value in row["headers"]]
                    # One by one: asked where a partition ends, the embedded broker knows nothing of what is in its last batch.
                    await producer.send_and_wait(
                        topics[name], _bytes(row["value"]), _bytes(row["key"]),
                        partition=row["partition"], headers=headers,
                    )  # fmt: skip
            # Nobody reads again what the group has done with, so what it was does not matter.
            for partition, many in enumerate(self.committed["feed"]):
                for _ in range(many):
                    await producer.send(topics["feed"], b"{}", partition=partition)
            await producer.flush()
        finally:
            await producer.stop()
        for name, offsets in self.committed.items():
            async with field.group(of_feeds=name == "feed") as group:
                parts = [TopicPartition(topics[name], partition) for partition in range(PARTITIONS)]
                group.assign(parts)
                await group.commit(dict(zip(parts, offsets, strict=True)))
        return sum(self.committed["feed"])


async def make(bootstrap: str, folder: Path) -> Stored:
    """Have a worker of this build leave an installation."""
    field = _field(bootstrap, folder)
    await field.make()
    frame = calls(SCENARIO)
    (sent,) = values(frame).values()
    before = len(sent) * 4 // 5
    field.start(1)
    await field.send({"alfa": sent[:before]})
    state = await field.settled(before)
    field.stop(1)
    # A worker that counts nothing before it is killed, but reads all.
    field = _field(bootstrap, folder, flush="1h")
    field.start(1)
    await field.send({"alfa": sent[before:]})
    while await field.committed() < len(sent):
        field.alive()
        await asyncio.sleep(0.1)
    field.kill(1)
    topics = _topics(field)
    records = {
        name: [_row(record) for record in _kept(await field.read(topics[name]), name)]
        for name in ("calls", "changelog", "alerts")
    }
    # Slices that the state has are not read again: there must only be as many.
    seen = dict.fromkeys(range(PARTITIONS), 0)
    for row in records["calls"]:
        if seen[row["partition"]] < state.heads[row["partition"]]:
            row |= {"value": "", "headers": []}
        seen[row["partition"]] += 1
    committed = {}
    for name in ("feed", "calls"):
        async with field.group(of_feeds=name == "feed") as group:
            parts = await partitions_of(group, topics[name])
            group.assign(parts)
            committed[name] = [await group.committed(part) for part in parts]
    return Stored(records, committed, expected(frame), str(frame["started_at"].min())[:10])


def _kept(records: Iterable[ConsumerRecord], name: str) -> list[ConsumerRecord]:
    """In the order of each partition; of the state's topic as a broker keeps it that has compacted it."""
    ordered = sorted(records, key=lambda record: (record.partition, record.offset))
    if name != "changelog":
        return ordered
    last = {(record.partition, record.key): record for record in ordered}
    return [
        record
        for record in ordered
        if last[record.partition, record.key] is record and record.value is not None
    ]


def _field(bootstrap: str, folder: Path, flush: str = "300ms") -> Field:
    return Field(
        bootstrap, _PREFIX, folder, partitions=PARTITIONS, feed_partitions=PARTITIONS, more={"flush": {"interval": flush}}
    )  # fmt: skip


def _topics(field: Field) -> dict[str, str]:
    names = field.names
    return {
        "feed": field.settings.feeds[0].topic,
        "calls": names.calls,
        "changelog": names.changelog,
        "alerts": names.alerts,
    }


def _row(record: ConsumerRecord) -> dict:
    return {
        "partition": record.partition,
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": [(key, _text(value)) for key, value in record.headers],
    }


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def main(path: Path) -> None:
    from streams.cluster.embedded import EmbeddedBroker

    with EmbeddedBroker() as broker, tempfile.TemporaryDirectory() as folder:
        asyncio.run(make(broker.bootstrap, Path(folder))).write(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
