"""What a sink has been told: the highest sequence of each alert, on a compacted topic.

It is written after the delivery and before the offsets are committed. So after a crash

- between the delivery and the write, the state is told again: at least once, with the same key;
- between the write and the commit, it is read again and not told again.

Rows of all sinks share the topic: key `<sink>|<alert id>`, value the sequence in decimal digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.cluster.closing import close
from streams.cluster.patience import patient
from streams.sinks.state import State

#: Milliseconds that one look at the topic waits for rows.
_LOOK_MS = 200
#: Milliseconds that a fetch stays open at the broker: where the topic ends is asked on the same connection, so that
#: the answer, which every beginning waits for, comes no sooner.
_FETCH_MS = 100


def row_key(sink: str, id: str) -> bytes:
    """The key of the row that says what a sink was told of an alert."""
    return f"{sink}|{id}".encode()


class Told:
    """The memory of one sink, shared through the topic with the same sink in other workers.

    Memory: one entry an alert, some 200 bytes.
    """

    def __init__(
        self, sink: str, topic: str, producer: AIOKafkaProducer, kafka: Mapping[str, object]
    ) -> None:
        """kafka: how to reach the brokers, keyword arguments of aiokafka's clients."""
        self._sink, self._prefix = sink, row_key(sink, "")
        self._topic, self._producer = topic, producer
        self._reader = AIOKafkaConsumer(
            auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_wait_ms=_FETCH_MS, **kafka
        )
        self._sequences: dict[str, int] = {}
        self._unsaved: dict[str, int] = {}

    async def open(self) -> None:
        await self._reader.start()
        partitions = await self._partitions()
        self._reader.assign([TopicPartition(self._topic, partition) for partition in partitions])

    async def _partitions(self) -> set[int]:
        """The topic's partitions; asking for them makes a broker create the topic where it may."""
        async for attempt in patient():
            with attempt:
                return set(await self._producer.partitions_for(self._topic))
        raise AssertionError("patience ends with an answer or an error")

    async def catch_up(self, stopped: Callable[[], bool]) -> None:
        """Read to the end what this sink was told, here or by another worker that had its alerts.

        The end is what the broker says now: that of its last answer may be older than what another has just told.
        """
        ends = await self._ends(stopped)
        while not stopped() and any([await self._reader.position(tp) < end for tp, end in ends.items()]):
            polled = await self._reader.getmany(timeout_ms=_LOOK_MS)
            for rows in polled.values():
                for row in rows:
                    self._read(row.key, row.value)

    async def _ends(self, stopped: Callable[[], bool]) -> Mapping[TopicPartition, int]:
        """Where each partition ends; none where it was stopped while the broker was away."""
        trying = patient().copy(stop=lambda _: stopped(), retry_error_callback=lambda _: {}, reraise=False)
        return await trying(self._reader.end_offsets, list(self._reader.assignment()))

    def _read(self, key: bytes | None, value: bytes | None) -> None:
        if key is None or value is None or not key.startswith(self._prefix) or not value.isdigit():
            return  # of another sink, or no row of ours
        self._know(key.removeprefix(self._prefix).decode(errors="replace"), int(value))

    def _know(self, id: str, sequence: int) -> None:
        self._sequences[id] = max(sequence, self._sequences.get(id, sequence))

    def has(self, state: State) -> bool:
        """Whether this state, or a later one of the same alert, has been told."""
        return state.sequence <= self._sequences.get(state.id, state.sequence - 1)

    def note(self, state: State) -> None:
        """It has been told. Known at once; durable after `save`."""
        self._know(state.id, state.sequence)
        self._unsaved[state.id] = self._sequences[state.id]

    async def save(self) -> None:
        """Write what was noted and wait for the brokers to have it. May be called again after an error."""
        sent = [
            await self._producer.send(self._topic, key=row_key(self._sink, id), value=str(sequence).encode())
            for id, sequence in self._unsaved.items()
        ]
        for row in sent:
            await row
        self._unsaved.clear()

    async def close(self) -> None:
        await close(self._reader)
