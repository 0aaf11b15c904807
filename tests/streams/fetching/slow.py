"""A broker that is slow to take what is produced: a proxy on loopback before an embedded one."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from streams.cluster.embedded import EmbeddedBroker, free_port

#: Of a request: its length, and which it is; 0 is Produce.
_HEAD, _PRODUCE = struct.Struct(">ih"), 0
_CHUNK = 64 * 1024


@dataclass
class SlowBroker:
    """seconds: for which each produce request is held before the broker has it, one after the other a connection."""

    bootstrap: str
    seconds: float = 0.0
    produced: int = 0  # requests that were let through

    async def requests(self, client: asyncio.StreamReader, broker: asyncio.StreamWriter) -> None:
        while True:
            head = await client.readexactly(_HEAD.size)
            length, kind = _HEAD.unpack(head)
            body = await client.readexactly(length + 4 - _HEAD.size)
            if kind == _PRODUCE:
                await asyncio.sleep(self.seconds)
                self.produced += 1
            broker.write(head + body)
            await broker.drain()


@asynccontextmanager
async def slow_broker() -> AsyncIterator[SlowBroker]:
    """One for the length of a block, at first as quick as any."""
    port = free_port()
    slow = SlowBroker(f"127.0.0.1:{port}")
    with EmbeddedBroker(advertised=slow.bootstrap) as broker:
        host, _, behind = broker.bootstrap.partition(":")
        under_way: set[asyncio.Task] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            under_way.add(asyncio.current_task())
            from_broker, to_broker = await asyncio.open_connection(host, int(behind))
            ways = [
                asyncio.create_task(slow.requests(reader, to_broker)),
                asyncio.create_task(_answers(from_broker, writer)),
            ]
            try:
                with suppress(asyncio.CancelledError):  # the end of the block
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)  # an end is how each of them ends
                for each in (writer, to_broker):
                    each.close()
                under_way.discard(asyncio.current_task())

        server = await asyncio.start_server(connected, "127.0.0.1", port)
        try:
            yield slow
        finally:
            server.close()
            for task in list(under_way):
                task.cancel()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*under_way, return_exceptions=True), 5)


async def _answers(broker: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    while chunk := await broker.read(_CHUNK):
        client.write(chunk)
        await client.drain()
