"""`make faults`: things are killed, paused, deleted and sent again, and every count must still be right.

On a real Apache Kafka with RocksDB stores. After each run the kept state is held against SQL over
the records, the alerts against a replay, and what a sink was told against both.

FAULTS_RUNS, FAULTS_SEED and FAULTS_ONLY choose the runs; FAULTS_VOLUME and FAULTS_PARTS make one larger:
`FAULTS_ONLY="kill -9" FAULTS_RUNS=1 FAULTS_VOLUME=60 FAULTS_PARTS=101 make faults` kills a worker 100 times
over 2 M calls.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from aiokafka import AIOKafkaProducer

from monitor.alert import data
from tests.brokers.apache import ApacheKafka
from tests.faults.traffic import rough
from tests.field.field import Field
from tests.field.oracle import COUNTS, counted, expected
from tests.field.traffic import replayed, told, until

#: Parts in which the traffic is sent, so that the faults fall in the middle of it: a kill between every two.
_PARTS = int(os.environ.get("FAULTS_PARTS", "6"))
#: Times the 33,000 calls of a run.
_VOLUME = int(os.environ.get("FAULTS_VOLUME", "1"))
#: Seconds until all must be counted, and records a second that workers must take besides.
_SECONDS, _RECORDS = 90.0, 10_000


@dataclass(slots=True)
class Run:
    """One run: the field, its broker, and chance."""

    field: Field
    broker: ApacheKafka
    chance: np.random.Generator
    next_worker: int = 1

    def start(self) -> int:
        number, self.next_worker = self.next_worker, self.next_worker + 1
        self.field.start(number)
        return number

    def any(self) -> int:
        return int(self.chance.choice(sorted(self.field.workers)))

    async def wait(self, least: float, most: float) -> None:
        await asyncio.sleep(float(self.chance.uniform(least, most)))


async def kill(run: Run) -> None:
    """kill -9 at a random moment, and the same worker again."""
    await run.wait(0.1, 4)
    number = run.any()
    run.field.kill(number)
    await run.wait(0, 2)
    run.field.start(number)


async def come_and_go(run: Run) -> None:
    """One worker comes, another goes in order."""
    await run.wait(0.5, 3)
    run.start()
    await run.wait(0.5, 3)
    if len(run.field.workers) > 2:
        run.field.stop(run.any())


async def zombie(run: Run) -> None:
    """A worker is paused beyond its session, and wakes."""
    await run.wait(0.1, 3)
    number = run.any()
    run.field.pause(number)
    await asyncio.sleep(9)
    run.field.wake(number)


async def no_broker(run: Run) -> None:
    """The broker is killed, and comes back with its data."""
    await run.wait(0.5, 2)
    run.broker.kill() if run.chance.random() < 0.5 else run.broker.stop()
    await run.wait(1, 4)
    await run.broker.started()


async def no_store(run: Run) -> None:
    """A worker dies and its store is lost."""
    await run.wait(0.5, 3)
    number = run.any()
    run.field.kill(number)
    shutil.rmtree(run.field.folder / f"worker-{number}", ignore_errors=True)
    run.field.start(number)


async def old_store(run: Run) -> None:
    """A worker dies and an old copy of its store is put back."""
    number = run.any()
    run.field.kill(number)
    store, copy = run.field.folder / f"worker-{number}", run.field.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    if store.exists():
        shutil.copytree(store, copy)
    run.field.start(number)
    await run.wait(5, 7)
    run.field.kill(number)
    if copy.exists():
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(copy, store)
    run.field.start(number)


async def poison_slice(run: Run) -> None:
    """Something that is no slice lies on `calls`."""
    producer = AIOKafkaProducer(bootstrap_servers=run.field.bootstrap)
    await producer.start()
    for partition in range(run.field.partitions):
        await producer.send_and_wait(run.field.names.calls, b"no slice", partition=partition)
        headers = [("nw-slice", b"1"), ("nw-tick", b"{torn")]
        await producer.send_and_wait(run.field.names.calls, b"torn", partition=partition, headers=headers)
    await producer.stop()


Fault = Callable[[Run], Awaitable[None]]
FAULTS: dict[str, Fault] = {
    "kill -9": kill,
    "workers come and go": come_and_go,
    "a zombie wakes": zombie,
    "no broker": no_broker,
    "store lost": no_store,
    "old store": old_store,
    "poison slice": poison_slice,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What differed after a run."""

    name: str
    calls: int
    lost: int
    double: int
    alerts: int
    differences: int
    told_twice: int
    seconds: float


async def once(name: str, seed: int, broker: ApacheKafka, folder: Path) -> Found:
    """One run of one fault."""
    began, chance = time.monotonic(), np.random.default_rng(seed)
    frame, sends, _ = rough(seed, volume=_VOLUME)
    sink = folder / "told.jsonl"
    field = await Field(
        broker.bootstrap, f"f{seed}-", folder, feeds=[{"name": "alfa"}, {"name": "bravo"}],
        more={"time": {"grace": "4d", "repeats": "8d"}, "sinks": [{"kind": "jsonl", "name": "file", "path": str(sink)}]},
    ).make()  # fmt: skip
    run = Run(field, broker, chance)
    total = 0
    try:
        run.start()
        run.start()
        await run.wait(6, 9)
        for part in range(_PARTS):
            cut = {
                feed: slice(part * len(v) // _PARTS, (part + 1) * len(v) // _PARTS)
                for feed, v in sends.items()
            }
            total += await field.send({feed: v[cut[feed]] for feed, v in sends.items()})
            if part < _PARTS - 1:
                await (FAULTS[name](run) if part % 2 == 0 or name == "kill -9" else run.wait(0.5, 1.5))
        state = await field.settled(total, _SECONDS + total / _RECORDS)
        await asyncio.sleep(3)  # the sink's own pace
        events = await field.alerts()
    finally:
        field.end()
    outcome = replayed(field, sends)
    wanted = {(alert.id, alert.sequence): data(alert) for alert in until(outcome.alerts, state)}
    found = told(events)
    differences = len(wanted.keys() ^ found.keys()) + sum(
        found[key] != wanted[key] for key in wanted.keys() & found.keys()
    )
    lost, double = _difference(counted(state.usage), expected(frame))
    lines = [json.loads(line) for line in sink.read_text().splitlines()] if sink.exists() else []
    keys = [(event["id"], event["sequence"]) for event in lines]
    return Found(
        name,
        frame.height,
        lost,
        double,
        len(wanted),
        differences,
        len(keys) - len(set(keys)),
        time.monotonic() - began,
    )


def _difference(ours: pl.DataFrame, truth: pl.DataFrame) -> tuple[int, int]:
    """Counts that are missing, and counts that are too many."""
    both = truth.join(
        ours, on=["organisation", "number"], how="full", coalesce=True, suffix="_ours"
    ).fill_null(0)
    over = pl.sum_horizontal(
        (pl.col(f"{name}_ours") - pl.col(name)).clip(lower_bound=0).sum() for name in COUNTS
    )
    under = pl.sum_horizontal(
        (pl.col(name) - pl.col(f"{name}_ours")).clip(lower_bound=0).sum() for name in COUNTS
    )
    return both.select(under).item(), both.select(over).item()


async def main(runs: int, seed: int, only: str | None) -> int:
    names = [only] if only else list(FAULTS)
    found: list[Found] = []
    with tempfile.TemporaryDirectory(prefix="nummerwacht-faults-") as home:
        broker = await ApacheKafka(Path(home) / "kafka", heap="768m").started()
        try:
            for at in range(runs):
                name = names[at % len(names)]
                result = await once(name, seed + at, broker, Path(home) / f"run-{at}")
                found.append(result)
                print(
                    f"{at + 1:4} {result.name:22} {result.calls:8,} calls  {result.lost:4} lost {result.double:4} double  "
                    f"{result.alerts:4} alerts {result.differences:4} differ {result.told_twice:3} told twice  "
                    f"{result.seconds:5.0f} s",
                    flush=True,
                )
        finally:
            broker.stop()
    lost, double, differ = (
        sum(getattr(each, name) for each in found) for name in ("lost", "double", "differences")
    )
    print(f"faults: {len(found)} runs, {lost} lost, {double} double, {differ} alert differences")
    return int(bool(lost or double or differ))


if __name__ == "__main__":
    code = main(
        int(os.environ.get("FAULTS_RUNS", "100")),
        int(os.environ.get("FAULTS_SEED", "1")),
        os.environ.get("FAULTS_ONLY"),
    )
    sys.exit(asyncio.run(code))
