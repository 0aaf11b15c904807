"""A consumer ends whatever its broker does, and takes nobody with it."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

from streams.cluster.closing import close
from tests.streams.waiting import until


@pytest.fixture
async def consumer(bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> AIOKafkaConsumer:
    """One whose fetches fail, and wait for long before they are tried again."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(f"{prefix}closing", 1, 1)])
    await admin.close()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", retry_backoff_ms=600_000
    )
    await consumer.start()
    consumer.assign([TopicPartition(f"{prefix}closing", 0)])
    send, failed = consumer._client.send, []

    async def away(node: int, request: object, **arguments: object) -> object:
        if "Fetch" in type(request).__name__:
            failed.append(request)
            raise KafkaConnectionError("the broker is away")
        return await send(node, request, **arguments)

    monkeypatch.setattr(consumer._client, "send", away)
    await until(lambda: failed)
    await asyncio.sleep(0)
    return consumer


async def test_a_consumer_whose_fetch_waits_for_a_broker_that_is_away_is_closed(
    consumer: AIOKafkaConsumer,
) -> None:
    """Whoever closes it goes on, and no connection is left open."""
    await close(consumer)

    assert not asyncio.current_task().cancelling()
    assert not any(each.connected() for each in consumer._client._conns.values())


async def test_whoever_is_given_up_while_a_consumer_closes_ends(
    consumer: AIOKafkaConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancellation that somebody asked for is none of the client's, and goes on."""
    monkeypatch.setattr(consumer, "stop", asyncio.Event().wait)
    closing = asyncio.create_task(close(consumer))
    await asyncio.sleep(0)

    closing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await closing
    monkeypatch.undo()
    await close(consumer)
