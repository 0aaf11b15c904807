"""Long answers of a broker are read as asyncio's own reader reads them, and are not copied on the way."""

from __future__ import annotations

import asyncio
import contextlib

import numpy as np
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.fetching import answers
from streams.fetching.answers import LongReader
from streams.fetching.consumer import BlockConsumer
from tests.streams.fetching.test_consumer import topic_of

_LONG = answers._LONG


async def _read(reader: asyncio.StreamReader, chunks: list[bytes], sizes: list[int]) -> list[bytes | int]:
    """What a reader that is fed chunks, one after the other, gives of some sizes; of a cut-off one how much came."""
    found: list[bytes | int] = []

    async def take() -> None:
        try:
            for size in sizes:
                found.append(await reader.readexactly(size))
        except asyncio.IncompleteReadError as error:
            found.append(len(error.partial))

    taking = asyncio.create_task(take())
    for chunk in chunks:
        reader.feed_data(chunk)
        await asyncio.sleep(0)
    reader.feed_eof()
    await taking
    return found


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from([0, 4, 900, _LONG - 1, _LONG, 3 * _LONG + 7]), min_size=1, max_size=6),
    st.lists(st.integers(1, 2 * _LONG), min_size=1, max_size=8),
    st.booleans(),
)
def test_long_reads_are_those_of_asyncio(sizes: list[int], steps: list[int], whole: bool) -> None:
    """However a stream is cut into chunks, reads of any size give what asyncio's reader gives, also at its end."""
    text = np.arange(sum(sizes) // 4 + 1, dtype=np.uint32).tobytes()[: sum(sizes) - (0 if whole else 3)]
    chunks, at = [], 0
    while at < len(text):
        step = steps[len(chunks) % len(steps)]
        chunks.append(text[at : at + step])
        at += step

    async def both() -> None:
        expected = await _read(asyncio.StreamReader(limit=2**16), chunks, sizes)
        assert await _read(LongReader(limit=2**16), chunks, sizes) == expected

    asyncio.run(both())


async def test_a_long_read_that_is_given_up_leaves_the_reader_usable() -> None:
    """After a read of a long answer was cancelled, what comes then is read as if from asyncio's reader."""
    reader = LongReader(limit=2**16)
    reading = asyncio.create_task(reader.readexactly(_LONG))
    await asyncio.sleep(0)
    reader.feed_data(b"begun")
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading
    reader.feed_data(b"later")
    assert await reader.readexactly(5) == b"later"


@pytest.mark.parametrize("size", [200, 2 * _LONG])
async def test_an_answer_is_not_copied(bootstrap: str, prefix: str, size: int) -> None:
    """What a fetch hands on of a partition is a view of the one buffer that the answer was read into."""
    topic = f"{prefix}views"
    await topic_of(bootstrap, topic)
    values = [b"%d " % at * (size // 4) for at in range(2 * _LONG // size + 3)]
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for value in values:
            await producer.send(topic, value, partition=0)
        await producer.flush()
    consumer = BlockConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        read, long = [], 0
        async with asyncio.timeout(30):
            while len(read) < len(values):
                for fetched in (await consumer.fetched(0.5, 10**6, 2**30)).values():
                    read += list(fetched.records().values)
                    if isinstance(fetched.raw, memoryview) and len(fetched.raw) >= _LONG:
                        long += 1
                        assert len(fetched.raw.obj) > len(fetched.raw)
        assert read == values
        assert long
    finally:
        await consumer.stop()
