"""The watchdog: tells a worker that rests from one that is stuck.

Consumers are known to die slowly and recoveries to hang, without an error. So what was read is held
against the ends of the partitions, asked for by a connection of its own: a stuck consumer's own idea
of the end is as old as its last answer. Work that waits while nothing moves, for as long as the
setting says, is a worker that only a new start helps.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

#: Seconds between two looks: each asks the broker for the ends of our partitions.
_LOOK_SECONDS = 10.0

#: Where this worker is: the next offset of every partition that it reads.
Positions = Callable[[], Mapping[TopicPartition, int]]


class Stuck(RuntimeError):
    """There is work, and nothing moves. `reason` is one of records, slices, recovery."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(f"{reason} wait and nothing has moved for {seconds:.0f} s")
        self.reason = reason


class Watchdog:
    """Looks every few seconds; `watch` ends only by raising `Stuck`."""

    def __init__(
        self,
        kafka: Mapping[str, object],
        reading: Mapping[str, Positions],
        recovering: Callable[[], int | None],
        seconds: float,
        *,
        look: float = _LOOK_SECONDS,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """reading: by reason, where the worker is. recovering: how many changelog records are still to be
        read back, None when that is done. seconds: without movement that are too many.
        """
        self._kafka, self._reading, self._recovering = kafka, reading, recovering
        self._seconds, self._look, self._ticks = seconds, look, ticks
        self._moved = {reason: ticks() for reason in (*reading, "recovery")}
        self._last: dict[str, object] = {}

    async def watch(self) -> None:
        consumer = AIOKafkaConsumer(**self._kafka)
        await consumer.start()
        try:
            while True:
                await asyncio.sleep(self._look)
                await self.look(consumer)
        finally:
            await consumer.stop()

    async def look(self, consumer: AIOKafkaConsumer) -> None:
        """One look. Raises `Stuck`."""
        left = self._recovering()
        self._note("recovery", left, bool(left))
        for reason, positions in self._reading.items():
            at = dict(positions())
            ends = await consumer.end_offsets(list(at)) if at else {}
            self._note(reason, at, any(ends[partition] > offset for partition, offset in at.items()))
        for reason, moved in self._moved.items():
            if (silent := self._ticks() - moved) >= self._seconds:
                raise Stuck(reason, silent)

    def _note(self, reason: str, state: object, waiting: bool) -> None:
        if not waiting or state != self._last.get(reason):
            self._moved[reason] = self._ticks()
        self._last[reason] = state
