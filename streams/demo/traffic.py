"""The demo's traffic: a scenario, sent as fast as its days are to go by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import polars as pl
from aiokafka import AIOKafkaProducer

from monitor.simulate import Scenario, simulate
from monitor.simulate.writers import by_feed, records

#: Event time goes by in steps of this length, so that the traffic flows and does not jerk.
_STEP = timedelta(hours=6)
#: Seconds a simulated day takes: four months in a minute.
DAY_SECONDS = 0.5
#: Every so many steps a record that no switch should send, to show what becomes of it.
_POISON_EVERY = 25
_POISON = (b'{"call_id": "cut off, "star', b"", b'{"call_id": "no-clock", "started_at": "1970-01-01T00:00:00Z", '
           b'"called_number": "+31600000000"}', b"\xff\xfe no text")  # fmt: skip


@dataclass(slots=True)
class Sent:
    """What has been sent so far."""

    records: int = 0
    until: datetime | None = None  # event time


class Traffic:
    """Sends the scenario `demo` to its feeds' topics."""

    def __init__(self, topics: Mapping[str, str], partitions: int) -> None:
        """topics: by feed."""
        self._topics, self._partitions = topics, partitions
        scenario = Scenario.load("demo")
        self._simulation = simulate(scenario, seed=7, start=scenario.first_day(datetime.now(UTC).date()))
        self.sent = Sent()

    @property
    def reference(self) -> dict:
        """What the organisations declared beforehand."""
        return self._simulation.reference

    async def send(
        self, producer: AIOKafkaProducer, stop: asyncio.Event
    ) -> AsyncIterator[tuple[str, list[bytes]]]:
        """Send step after step until told to stop; yields (feed, records) of what was sent."""
        began, pace = time.monotonic(), DAY_SECONDS * (_STEP / timedelta(days=1))
        steps = await asyncio.to_thread(self._simulation.chunks, _STEP)
        for at in count():
            chunk: pl.DataFrame | None = await asyncio.to_thread(next, steps, None)
            if chunk is None or stop.is_set():
                return
            for feed, part in by_feed(chunk).items():
                values = records(part)
                if at % _POISON_EVERY == 0:
                    values.append(_POISON[at // _POISON_EVERY % len(_POISON)])
                await self._send(producer, feed, values)
                yield feed, values
            self.sent.until = chunk["started_at"].max()
            ahead = began + (at + 1) * pace - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)

    async def _send(self, producer: AIOKafkaProducer, feed: str, values: list[bytes]) -> None:
        topic = self._topics[feed]
        waiting = [
            await producer.send(topic, value, partition=at % self._partitions)
            for at, value in enumerate(values, self.sent.records)
        ]
        await asyncio.gather(*waiting)
        self.sent.records += len(values)
