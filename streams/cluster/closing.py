"""The end of a consumer, also while its broker is away."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer


async def close(consumer: AIOKafkaConsumer) -> None:
    """Stop it; whoever waits is given up only where somebody gave that up.

    aiokafka cancels its fetches, and lets through what a fetch says that had not begun, or was waiting to ask a broker
    that is away once more: as if the one who stops the consumer were to end, and with its connections left open.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        if asyncio.current_task().cancelling():
            raise
        await consumer._client.close()
