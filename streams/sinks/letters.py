"""Dead letters afterwards: which of them nobody was told since, and putting these on `alerts` again.

A letter is settled when its sink has been told that state of its alert, or a later one. The others are told when they are
on `alerts` again: to each sink that was not told of them yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from monitor.settings import Kafka
from streams.cluster.contents import contents
from streams.cluster.security import connection
from streams.sinks.dead import Letter
from streams.sinks.state import State, Unreadable, read
from streams.sinks.told import row_key
from streams.topics import Names

#: Bytes of an alert that is sent again: more than any topic takes, so that it's the broker who refuses.
_LARGEST_REQUEST = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that was not told since: the state of the alert, and when it was given up (arrival time)."""

    letter: Letter
    state: State
    at: datetime


@dataclass(slots=True)
class Letters:
    """What is on `alerts.dead`: letters that wait, in their order, how many are settled, and those that hold no alert."""

    waiting: list[Waiting] = field(default_factory=list)
    settled: int = 0
    unreadable: list[Letter] = field(default_factory=list)


async def look(kafka: Kafka) -> Letters:
    """All letters there are now. A state that a sink gave up twice is there once. Raises aiokafka's errors, `Unreachable`."""
    names, letters = Names(kafka.topic_prefix), Letters()
    # The letters first: what is told while this is read is then known to be.
    dead = [record async for record in contents(kafka, names.dead)]
    told: dict[bytes, int] = {}
    async for row in contents(kafka, names.told):
        if row.key is not None and row.value is not None and row.value.isdigit():
            told[row.key] = max(int(row.value), told.get(row.key, 0))
    waiting: dict[tuple[str, str], Waiting] = {}
    for record in dead:
        letter = Letter.of(record)
        try:
            state = read(letter.value, letter.partition, letter.offset)
        except Unreadable:
            letters.unreadable.append(letter)
            continue
        if state.sequence <= told.get(row_key(letter.sink, state.id), state.sequence - 1):
            letters.settled += 1
        else:
            at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            waiting[letter.sink, state.key] = Waiting(letter, state, at)
    letters.waiting = sorted(waiting.values(), key=lambda each: (each.state.id, each.state.sequence))
    return letters


async def again(kafka: Kafka, waiting: Iterable[Waiting]) -> int:
    """Put letters on `alerts` as they were, the states of an alert in their order; how many, when all are acknowledged.

    A state that several sinks gave up is put there once.
    """
    once = {each.state.key: each for each in waiting}
    producer = AIOKafkaProducer(acks="all", max_request_size=_LARGEST_REQUEST, **connection(kafka))
    async with producer:
        alerts = Names(kafka.topic_prefix).alerts
        # By its alert's id a state comes to the partition in which the others of the alert are.
        sent = [
            await producer.send(alerts, each.letter.value, each.state.id.encode()) for each in once.values()
        ]
        await asyncio.gather(*sent)
    return len(once)
