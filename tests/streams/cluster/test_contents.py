"""What is on a topic now, for whoever looks once: all of it, no more than that, and an end when a broker is away."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from monitor.settings import Kafka
from streams.cluster.contents import contents
from streams.cluster.provision import Unreachable


@pytest.fixture
async def producer(bootstrap):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        yield producer


async def test_a_topic_is_read_to_where_it_ended_when_it_was_asked(bootstrap, prefix, producer):
    """Of a topic that is written to all the time there is an end, too."""
    topic = f"{prefix}contents"
    for value in (b"1", b"2", b"3"):
        await producer.send_and_wait(topic, value)

    read = []
    async for record in contents(Kafka(bootstrap_servers=bootstrap), topic):
        await producer.send_and_wait(topic, b"later")
        read.append(record.value)

    assert sorted(read) == [b"1", b"2", b"3"]


async def test_a_broker_that_answers_no_more_ends_it(bootstrap, prefix, producer, monkeypatch):
    """The client would try for ever, without a word."""

    async def silent(*_: object, **__: object) -> dict:
        await asyncio.sleep(0.05)
        return {}

    topic = f"{prefix}contents"
    await producer.send_and_wait(topic, b"1")
    monkeypatch.setattr("streams.cluster.contents.AIOKafkaConsumer.getmany", silent)
    settings = Kafka(bootstrap_servers=bootstrap, request_timeout="1s")

    with pytest.raises(Unreachable, match="contents: nothing more can be read of it"):
        _ = [record async for record in contents(settings, topic)]
