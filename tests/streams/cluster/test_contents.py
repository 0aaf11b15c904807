"""What is on a topic now, for whoever looks once: all of it, no more than that, and an end when a broker is away."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from monitor.settings import Kafka
from streams.cluster.contents import contents
from streams.cluster.provision import Unreachable


@pytest.fixture
async def topic(bootstrap, prefix):
    """A topic of two partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(f"{prefix}contents", 2, 1)])
    await admin.close()
    return f"{prefix}contents"


@pytest.fixture
async def producer(bootstrap):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        yield producer


async def test_a_topic_that_is_written_to_all_the_time_has_an_end(bootstrap, topic, producer):
    """Each partition is read to where it ended at the first answer."""
    for value in (b"1", b"2", b"3"):
        await producer.send_and_wait(topic, value, partition=0)

    read = []
    async for record in contents(Kafka(bootstrap_servers=bootstrap), topic):
        await producer.send_and_wait(topic, b"later", partition=0)
        read.append(record.value)

    assert read == [b"1", b"2", b"3"]


async def test_a_broker_that_answers_no_more_ends_it(bootstrap, topic, producer, monkeypatch):
    """The client would try for ever, without a word."""

    async def silent(*_: object, **__: object) -> dict:
        await asyncio.sleep(0.05)
        return {}

    await producer.send_and_wait(topic, b"1")
    monkeypatch.setattr("streams.cluster.contents.AIOKafkaConsumer.getmany", silent)
    settings = Kafka(bootstrap_servers=bootstrap, request_timeout="1s")

    with pytest.raises(Unreachable, match="contents: nothing more can be read of it"):
        _ = [record async for record in contents(settings, topic)]
