"""From the call that decides to the alert: at a steady load, on a real Apache Kafka, one worker.

A day is judged when each partition of a feed has shown a call of later than its end and `time.grace`. The last
of those calls decides; what is measured is from its append to the append of the alert, both by the clock of the
machine that all of it runs on. The weeks before the measured days are thinned out, as only their numbers
matter, and are counted and closed before the load begins. A measured day has the calls of some seconds at the
rate, so days are closed twenty thousand times as often as in the field.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from aiokafka import AIOKafkaProducer
from typer import Argument

from bench.live import packed
from tests.brokers.apache import ApacheKafka
from tests.field.field import Field
from tests.field.traffic import Scenario, calls, values

PARTITIONS = 12
_GRACE = timedelta(days=1)
_TICK = 0.1  # seconds between two bursts
_BATCH = 900_000  # bytes; a broker takes a million
_SCENARIO = Path(__file__).with_name("latency.yaml")
#: The last days are measured, and each takes so many seconds; of those before them this share of the calls is left.
_MEASURED, _DAY_SECONDS, _THINNED = 10, 4, 0.02
#: Seconds until a worker has its partitions, and until it has closed the days before the load.
_READY, _SETTLED = 12, 10


async def _send(bootstrap: str, topic: str, records: list[bytes], rate: int) -> np.ndarray:
    """Send at a rate, dealt over the partitions; when each record was acknowledged, in seconds since 1970.

    The batches are made beforehand: a high rate leaves no core to make them.
    """
    times, burst = np.empty(len(records)), int(rate * _TICK)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=_BATCH) as producer:
        turns = [
            [packed(producer, records[at + first : at + burst : PARTITIONS]) for first in range(PARTITIONS)]
            for at in range(0, len(records), burst)
        ]
        began = time.monotonic()
        for turn, batches in enumerate(turns):
            await asyncio.sleep(max(0.0, began + turn * _TICK - time.monotonic()))
            # The sender wants a batch of each partition before it is given another.
            sent = [
                await producer.send_batch(batch, topic, partition=(turn * burst + first) % PARTITIONS)
                for first, batch in enumerate(batches)
                if batch.record_count()
            ]
            await asyncio.gather(*sent)
            times[turn * burst : (turn + 1) * burst] = time.time()
    return times


def _scenario(rate: int) -> Scenario:
    """The scenario, with as many calls a day as the rate has in the seconds of a day."""
    scenario = Scenario.load(_SCENARIO)
    daily = sum(entry.count * entry.changes["rate"] for entry in scenario.organisations)
    entries = [
        entry.model_copy(
            update={"changes": entry.changes | {"rate": entry.changes["rate"] * rate * _DAY_SECONDS / daily}}
        )
        for entry in scenario.organisations
    ]
    return scenario.model_copy(update={"organisations": tuple(entries)})


async def _measure(bootstrap: str, folder: Path, rate: int) -> tuple[np.ndarray, float]:
    field = await Field(
        bootstrap, "l-", folder, partitions=PARTITIONS, feed_partitions=PARTITIONS,
        more={"flush": {"interval": "1s"}, "time": {"grace": f"{_GRACE.days}d"}},
    ).make()  # fmt: skip
    scenario = _scenario(rate)
    frame = calls(scenario, 1)
    since = pl.col("started_at").min() + timedelta(days=scenario.days - _MEASURED)
    measured = frame.filter(pl.col("started_at") >= since)
    thinned = frame.filter(pl.col("started_at") < since).sample(fraction=_THINNED, seed=1).sort("started_at")
    (before,), (records,) = values(thinned).values(), values(measured).values()
    started = measured["started_at"].dt.epoch("s").to_numpy()
    try:
        field.start(1)
        await asyncio.sleep(_READY)
        topic = field.settings.feeds[0].topic
        await _send(bootstrap, topic, before, rate)
        await asyncio.sleep(_SETTLED)
        began = time.monotonic()
        acked = await _send(bootstrap, topic, records, rate)
        took = time.monotonic() - began
        await asyncio.sleep(_SETTLED)
        alerts = await field.read(field.names.alerts)
        field.stop(1)
    finally:
        field.end()
    # How far every partition has shown that time is, after each record.
    shown = [
        np.maximum.accumulate(np.where(np.arange(started.size) % PARTITIONS == p, started, 0))
        for p in range(PARTITIONS)
    ]
    least = np.min(shown, axis=0)
    waits = []
    for record in alerts:
        end = datetime.fromisoformat(json.loads(record.value)["data"]["as_of"]) + _GRACE
        at = int(np.searchsorted(least, end.timestamp()))
        if 0 < at < acked.size:  # later ones were decided by silence, not by a call
            waits.append(record.timestamp / 1000 - acked[at])
    return np.array(waits), len(records) / took


def measure(rate: int = 50_000, runs: int = 1) -> dict[str, float]:
    """Seconds to the alert, by share of the alert states: medians of runs, each on a broker of its own."""
    found: list[dict[str, float]] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as home, ApacheKafka(Path(home) / "kafka", heap="1g") as kafka:
            waits, reached = asyncio.run(_measure(kafka.bootstrap, Path(home) / "field", rate))
        if not waits.size:
            raise AssertionError(f"no alert was decided by a call at {rate:,} calls/s")
        shares = {f"p{share}": float(np.percentile(waits, share)) for share in (50, 90, 99)}
        found.append({"states": float(waits.size), "calls_a_second": reached, **shares})
        print(
            f"  {waits.size} alert states at {reached:,.0f} calls/s: "
            + ", ".join(f"{share} {seconds:.2f} s" for share, seconds in shares.items()),
            flush=True,
        )
    return {name: statistics.median(run[name] for run in found) for name in found[0]}


def main(
    rate: Annotated[int, Argument(help="calls a second that are sent")] = 50_000,
    runs: Annotated[int, Argument(help="each on a broker of its own")] = 1,
) -> None:
    """Seconds from the append of the call that decides to that of its alert."""
    print(measure(rate, runs))


if __name__ == "__main__":
    typer.run(main)
