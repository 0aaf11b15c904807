"""The demo's traffic: what is replayed for the dossier is what was sent."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from streams.demo.traffic import Traffic


async def test_what_is_made_anew_is_what_was_sent() -> None:
    """Record for record and in the same order, up to the step after which sending was stopped."""
    stop, sent = asyncio.Event(), defaultdict(list)

    class Producer:
        async def send(self, topic: str, value: bytes, *, partition: int) -> asyncio.Future:
            sent[topic].append(value)
            done = asyncio.get_running_loop().create_future()
            done.set_result(None)
            if sum(map(len, sent.values())) > 1_000:
                stop.set()
            return done

    traffic = Traffic({"north": "cdr.north", "south": "cdr.south"}, partitions=2)
    await traffic.send(Producer(), stop, lambda: 0)

    again = defaultdict(list)
    for feed, values in traffic.again():
        again[f"cdr.{feed}"] += values
    assert traffic.sent.records == sum(map(len, sent.values())) > 1_000
    assert again == sent
