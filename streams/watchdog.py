"""The watchdog: tells a worker that rests from one that is stuck.

Consumers are known to die slowly and recoveries to hang, without an error. So what was read is held
against the ends of the partitions, asked for by a connection of its own: a stuck consumer's own idea
of the end is as old as its last answer. Work that waits while nothing moves, for as long as the
setting says, is a worker that only a new start helps. Each partition is looked at by itself: others
always move, since those at rest are told of every few seconds.

It also sees a topic that was made anew under the state that was kept of it, which nobody else would: its offsets
begin again, and what comes would be taken for counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from streams.cluster.closing import close

#: Seconds between two looks: each asks the broker for the ends of our partitions.
_LOOK_SECONDS = 10.0
#: Milliseconds for a record that was read before: brokers have it at hand.
_ASK_MS = 2000
#: Looks at least in the time after which a worker is stuck, so that it is found soon after that.
_LOOKS = 5

#: Where this worker is: the next offset of every partition that it reads.
Positions = Callable[[], Mapping[TopicPartition, int]]
#: What may wait: a reason, and of records and slices the partition.
_Place = tuple[str, TopicPartition | None]


class Stuck(RuntimeError):
    """There is work, and nothing moves. `reason` is one of records, slices, recovery."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(f"{reason} wait and nothing has moved for {seconds:.0f} s")
        self.reason = reason


class MadeAnew(RuntimeError):
    """A partition ends before where its kept state is."""

    def __init__(self, partition: TopicPartition, at: int, end: int) -> None:
        super().__init__(
            f"partition {partition.partition} of {partition.topic} ends at {end}, and is counted up to {at}: it was made anew, or "
            "has lost what it had acknowledged. What it holds would be taken for counted; begin anew under another kafka.topic_prefix"
        )


class Watchdog:
    """Looks every few seconds; `watch` ends only by raising `Stuck` or `MadeAnew`."""

    def __init__(
        self,
        kafka: Mapping[str, object],
        reading: Mapping[str, Positions],
        recovering: Callable[[], int | None],
        seconds: float,
        *,
        kept: Collection[str] = (),
        look: float = _LOOK_SECONDS,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """reading: by reason, where the worker is. recovering: how many changelog records are still to be
        read back, None when that is done. seconds: without movement that are too many. kept: reasons whose offsets
        are those of a state, which lasts longer than a group's.
        """
        self._kafka, self._reading, self._recovering, self._kept = kafka, reading, recovering, kept
        self._seconds, self._look, self._ticks = seconds, min(look, seconds / _LOOKS), ticks
        self._looked = ticks()
        self._waiting: dict[_Place, tuple[object, float]] = {}  # where it is, and since when

    async def watch(self) -> None:
        # Up to a transaction that is still open: beyond it nobody reads.
        # No reset: what is beyond an end is asked for to hear that it is.
        consumer = AIOKafkaConsumer(isolation_level="read_committed", auto_offset_reset="none", **self._kafka)
        await consumer.start()
        try:
            while True:
                await asyncio.sleep(self._look)
                try:
                    await self.look(consumer)
                except KafkaError:  # the broker is away: nothing can move, and time begins anew
                    self._looked, self._waiting = self._ticks(), {}
        finally:
            await close(consumer)

    async def look(self, consumer: AIOKafkaConsumer) -> None:
        """One look. Raises `Stuck`, `MadeAnew`, and aiokafka's errors while the broker is away."""
        waiting: dict[_Place, object] = {}
        if (left := self._recovering()) is not None:
            waiting["recovery", None] = left
            await consumer.topics()  # a recovery waits for a broker that is away
        for reason, positions in self._reading.items():
            if at := dict(positions()):
                begins, ends = (
                    await consumer.beginning_offsets(list(at)),
                    await consumer.end_offsets(list(at)),
                )
                for partition, offset in at.items() if reason in self._kept else ():
                    if ends[partition] < offset and await _gone(consumer, partition, offset - 1):
                        raise MadeAnew(partition, offset, ends[partition])
                waiting |= {
                    (reason, partition): offset
                    for partition, offset in at.items()
                    if ends[partition] > max(offset, begins[partition])
                }
        last, now = self._looked, self._ticks()
        since: dict[_Place, tuple[object, float]] = {}
        for place, state in waiting.items():
            before, moved = self._waiting.get(place, (state, last))
            since[place] = (state, moved if state == before else now)
        self._looked, self._waiting = now, since
        for (reason, _), (_, moved) in since.items():
            if now - moved >= self._seconds:
                raise Stuck(reason, now - moved)


async def _gone(consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> bool:
    """Whether a broker says that a record that was read is beyond its end.

    The embedded broker gives too low an end where a batch has several records, but has them. None in time says nothing.
    """
    consumer.assign([partition])
    try:
        consumer.seek(partition, offset)
        await consumer.getmany(partition, timeout_ms=_ASK_MS, max_records=1)
    except OffsetOutOfRangeError:
        return True
    finally:
        consumer.unsubscribe()
    return False
