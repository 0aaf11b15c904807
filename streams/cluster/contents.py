"""What is on a topic now: its records from the beginning to where it ended at the first answer, for whoever looks once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from monitor.settings import Kafka
from streams.cluster.closing import close
from streams.cluster.provision import Unreachable
from streams.cluster.security import connection

#: Milliseconds that a look waits for records.
_LOOK_MS = 200


async def contents(kafka: Kafka, topic: str) -> AsyncIterator[ConsumerRecord]:
    """The records of a topic up to where each partition ended when it was first answered, but for what a producer gave up or
    has not finished.

    Raises aiokafka's errors; `Unreachable` when nothing has come for `kafka.request_timeout`.
    """
    # Without a group, all partitions of the topic are its.
    reader = AIOKafkaConsumer(
        topic,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        **connection(kafka),
    )
    ends: dict[TopicPartition, int] = {}
    try:
        await reader.start()
        patience, moved = kafka.request_timeout.total_seconds(), time.monotonic()
        while not await _read(reader, ends, patience):
            polled = await reader.getmany(timeout_ms=_LOOK_MS)
            for tp in reader.assignment() - ends.keys():
                if (end := end_of(reader, tp)) is not None:
                    ends[tp] = end
            for tp, records in polled.items():
                for record in records:
                    if record.offset < ends[tp]:
                        yield record
            if polled:
                moved = time.monotonic()
            elif time.monotonic() - moved > patience:
                # aiokafka tries for ever, and says so in its log only.
                raise Unreachable(f"{topic}: nothing more can be read of it; a broker is away")
    finally:
        await close(reader)


def end_of(reader: AIOKafkaConsumer, partition: TopicPartition) -> int | None:
    """Where a partition ended at the last answer to a fetch, by what is committed; None before the first answer.

    Not asked for by itself: the embedded broker says less than there is.
    """
    ends = (reader.last_stable_offset(partition), reader.highwater(partition))
    return next((end for end in ends if end is not None and end >= 0), None)


async def _read(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], seconds: float) -> bool:
    """Whether all is read; not when a broker has not said in so many seconds where reading begins."""
    if reader.assignment() - ends.keys():
        return False
    try:
        async with asyncio.timeout(seconds):
            return all([await reader.position(tp) >= end for tp, end in ends.items()])
    except TimeoutError:
        return False
