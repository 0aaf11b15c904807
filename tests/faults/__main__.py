"""`make faults`: things are killed, paused, filled, refused, deleted and sent again, and every count must still be right.

On a real Apache Kafka with RocksDB stores. The traffic of every run is rough (`traffic.py`), the faults fall in the
middle of it (`faults.py`). After each run the kept state is held against SQL over the records, the alerts against a
replay, and what a sink was told against both.

FAULTS_RUNS, FAULTS_SEED and FAULTS_ONLY choose the runs. With fewer runs than there are faults each run mixes some, so that
together they have all. FAULTS_VOLUME and FAULTS_PARTS make one larger:
`FAULTS_ONLY="kill -9" FAULTS_RUNS=1 FAULTS_VOLUME=60 FAULTS_PARTS=101 make faults` kills a worker 100 times
over 2 M calls.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from monitor.alert import data
from tests.brokers.apache import ApacheKafka
from tests.faults.faults import FAULTS, Run, drawn
from tests.faults.traffic import rough
from tests.field.field import Field
from tests.field.oracle import COUNTS, counted, expected
from tests.field.traffic import replayed, told, until

#: Faults in a run of one kind: as many, but for one, as the parts in which its traffic is sent.
_PARTS = int(os.environ.get("FAULTS_PARTS", "5"))
#: Times the 33,000 calls of a run.
_VOLUME = int(os.environ.get("FAULTS_VOLUME", "1"))
#: Seconds until all must be counted, and records a second that workers must take besides.
_SECONDS, _RECORDS = 600.0, 5_000
#: Seconds until a sink must have been told what is on `alerts`.
_SINK_SECONDS = 60.0
#: Compaction looks for work twice a second, not every fifteen.
_BROKER = {"log.cleaner.backoff.ms": "500", "log.cleaner.min.cleanable.ratio": "0.01"}


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
    untold: int
    seconds: float

    def right(self) -> bool:
        return not (self.lost or self.double or self.differences or self.told_twice or self.untold)


async def once(faults: list[str], seed: int, broker: ApacheKafka, folder: Path) -> Found:
    """One run: these faults, one after the other, each between two parts of the traffic."""
    began, chance = time.monotonic(), np.random.default_rng(seed)
    sink = folder / "told.jsonl"
    field = await Field(
        broker.bootstrap, f"f{seed}-", folder, feeds=[{"name": "alfa"}, {"name": "bravo"}],
        more={"time": {"grace": "6d", "repeats": "12d"}, "sinks": [{"kind": "jsonl", "name": "file", "path": str(sink)}]},
    ).make()  # fmt: skip
    traffic = rough(seed, field.feed_partitions, volume=_VOLUME)
    run = Run(field, broker, chance)
    total, parts = 0, len(faults) + 1
    try:
        run.start()
        run.start()
        await run.wait(6, 9)
        for part in range(parts):
            total += await field.send(*traffic.part(part, parts))
            if part < len(faults):
                await FAULTS[faults[part]](run)
                field.revive()
        state = await field.settled(total, _SECONDS + total / _RECORDS, check=field.revive)
        events = told(await field.alerts())
        lines = await _told(sink, set(events))
    finally:
        field.end()
    outcome = replayed(field, traffic.sends)
    wanted = {(alert.id, alert.sequence): data(alert) for alert in until(outcome.alerts, state)}
    differences = len(wanted.keys() ^ events.keys()) + sum(
        events[key] != wanted[key] for key in wanted.keys() & events.keys()
    )
    lost, double = _difference(counted(state.usage), expected(traffic.calls))
    return Found(
        ", ".join(dict.fromkeys(faults)),
        traffic.calls.height,
        lost,
        double,
        len(wanted),
        differences,
        len(lines) - len(set(lines)),
        len(events.keys() - set(lines)),
        time.monotonic() - began,
    )


async def _told(sink: Path, alerts: set[tuple[str, int]]) -> list[tuple[str, int]]:
    """What a sink was told, when it has had the time to be told all."""
    until_ = time.monotonic() + _SINK_SECONDS
    while True:
        keys = _lines(sink)
        if alerts <= set(keys) or time.monotonic() > until_:
            return keys
        await asyncio.sleep(0.5)


def _lines(sink: Path) -> list[tuple[str, int]]:
    if not sink.exists():
        return []
    events = [json.loads(line) for line in sink.read_text().splitlines()]
    return [(event["id"], int(event["sequence"])) for event in events]


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
    mixed = not only and runs < len(names)
    found: list[Found] = []
    with tempfile.TemporaryDirectory(prefix="nummerwacht-faults-") as home:
        broker = await ApacheKafka(Path(home) / "kafka", _BROKER, heap="768m").started()
        try:
            for at in range(runs):
                one = [names[at % len(names)]] * (_PARTS - 1)
                faults = drawn(seed, at, runs) if mixed else one
                print(f"{at + 1:4} seed {seed + at}: {', '.join(dict.fromkeys(faults))}", flush=True)
                result = await once(faults, seed + at, broker, Path(home) / f"run-{at}")
                found.append(result)
                print(
                    f"     {result.calls:9,} calls  {result.lost:4} lost {result.double:4} double  "
                    f"{result.alerts:4} alerts {result.differences:4} differ {result.told_twice:3} told twice "
                    f"{result.untold:3} untold  {result.seconds:5.0f} s",
                    flush=True,
                )
        finally:
            broker.stop()
    lost, double, differ = (
        sum(getattr(each, name) for each in found) for name in ("lost", "double", "differences")
    )
    for each in found:
        if not each.right():
            print(f"not as it should be: {each}")
    print(f"faults: {len(found)} runs, {lost} lost, {double} double, {differ} alert differences")
    return int(not all(each.right() for each in found))


if __name__ == "__main__":
    code = main(
        int(os.environ.get("FAULTS_RUNS", str(2 * len(FAULTS)))),
        int(os.environ.get("FAULTS_SEED", "1")),
        os.environ.get("FAULTS_ONLY"),
    )
    sys.exit(asyncio.run(code))
