"""What several tests of the stream need: somebody to tell alerts to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaProducer

from streams.sinks import Retry, WebhookSink
from streams.sinks.signature import keys
from tests.streams.sinks.bench import QUICK, SECRET, Bench
from tests.streams.sinks.receiver import Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks, for a test of its own."""
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def bench(bootstrap: str):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    bench = Bench(bootstrap, producer)
    await bench.create()
    yield bench
    await producer.stop()


@pytest.fixture
def hook(receiver: Receiver) -> Callable[..., WebhookSink]:
    """Makes a webhook sink; several of one name are the same sink in several workers."""

    def make(name: str = "desk", retry: Retry = QUICK) -> WebhookSink:
        return WebhookSink(name, receiver.url, keys(SECRET), seconds=60, retry=retry)

    return make
