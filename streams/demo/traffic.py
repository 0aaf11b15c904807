"""The demo's traffic: a scenario, sent as fast as its days are to go by."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from aiokafka import AIOKafkaProducer

from monitor.simulate import Scenario, simulate
from monitor.simulate.writers import by_feed, records

#: Event time goes by in steps of this length, so that the traffic flows and does not jerk.
_STEP = timedelta(hours=12)
#: Seconds a simulated day takes: four months in a minute.
DAY_SECONDS = 0.5
#: Records that may wait to be counted before more are sent: on a slow machine the days go by as fast as it counts them.
_WAITING = 10_000
#: Records of a feed that are replayed at once.
_AT_ONCE = 20_000
#: Every so many steps a record that no switch should send, to show what becomes of it.
_POISON_EVERY = 12
_POISON = (b'{"call_id": "cut off, "star', b"", b'{"call_id": "no-clock", "started_at": "1970-01-01T00:00:00Z", '
           b'"called_number": "+31600000000"}', b"\xff\xfe no text")  # fmt: skip


@dataclass(slots=True)
class Sent:
    """What has been sent so far."""

    records: int = 0
    steps: int = 0
    until: datetime | None = None  # event time

    @property
    def gone_by(self) -> timedelta:
        """The event time that has gone by."""
        return self.steps * _STEP


class Traffic:
    """Sends the scenario `demo` to its feeds' topics."""

    def __init__(self, topics: Mapping[str, str], partitions: int) -> None:
        """topics: by feed."""
        self._topics, self._partitions = topics, partitions
        scenario = Scenario.load("demo")
        self._simulate = partial(
            simulate, scenario, seed=7, start=scenario.first_day(datetime.now(UTC).date())
        )
        self.sent = Sent()

    @property
    def reference(self) -> dict:
        """What the organisations declared beforehand."""
        return self._simulate().reference

    async def send(self, producer: AIOKafkaProducer, stop: asyncio.Event, waiting: Callable[[], int]) -> None:
        """Send step after step until told to stop. waiting: records that were sent and not counted yet."""
        began, pace = time.monotonic(), DAY_SECONDS * (_STEP / timedelta(days=1))
        steps = self._steps()
        while (step := await asyncio.to_thread(next, steps, None)) and not stop.is_set():
            until, values = step
            for feed, of_feed in values.items():
                await self._send(producer, feed, of_feed)
            self.sent.steps += 1
            self.sent.until = until
            ahead = began + self.sent.steps * pace - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)
            while waiting() > _WAITING and not stop.is_set():  # noqa: ASYNC110 -- counts tell nobody
                await asyncio.sleep(0.1)

    def again(self) -> Iterator[tuple[str, list[bytes]]]:
        """All that was sent, made anew: (feed, records)."""
        held: dict[str, list[bytes]] = defaultdict(list)
        for _, values in islice(self._steps(), self.sent.steps):
            for feed, of_feed in values.items():
                held[feed] += of_feed
                if len(held[feed]) >= _AT_ONCE:
                    yield feed, held.pop(feed)
        yield from held.items()

    def _steps(self) -> Iterator[tuple[datetime, dict[str, list[bytes]]]]:
        """Until when each step goes, and the records of each feed."""
        for at, chunk in enumerate(self._simulate().chunks(_STEP)):
            values = {feed: records(part) for feed, part in by_feed(chunk).items()}
            if at % _POISON_EVERY == 0:
                for of_feed in values.values():
                    of_feed.append(_POISON[at // _POISON_EVERY % len(_POISON)])
            yield chunk["started_at"].max(), values

    async def _send(self, producer: AIOKafkaProducer, feed: str, values: list[bytes]) -> None:
        topic = self._topics[feed]
        waiting = [
            await producer.send(topic, value, partition=at % self._partitions)
            for at, value in enumerate(values, self.sent.records)
        ]
        await asyncio.gather(*waiting)
        self.sent.records += len(values)
