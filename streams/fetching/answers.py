"""The broker's answer to a fetch, read without copies of it.

On its way through asyncio and aiokafka an answer is copied four times, with the lock of Python held, so that no
other thread works meanwhile. Here it is put together where it
stays, and each partition's part is a view of it. aiokafka gets the first batch of a part, which is all
that it looks at.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.fetch import FetchRequest

from streams.fetching.records import OldFormat, batches

#: Bytes of what is not copied. Below, asyncio's copies cost less than the change of hands.
_LONG = 64 * 1024


class LongReader(asyncio.StreamReader):
    """A stream reader that puts a long answer together where it stays."""

    _answer = io.BytesIO()
    _missing = 0  # bytes of the answer that is being read

    def feed_data(self, data: bytes) -> None:
        taken = data[: self._missing]
        super().feed_data(data[len(taken) :])
        if taken:
            self._answer.write(taken)
            self._missing -= len(taken)
            if not self._missing:
                self._wakeup_waiter()

    async def readexactly(self, n: int) -> bytes:
        begun = await super().readexactly(n if n < _LONG else min(n, len(self._buffer)))
        if len(begun) == n:
            return begun
        self._answer = answer = io.BytesIO(bytes(n))  # zeroes that cost nothing until they are written over
        answer.write(begun)
        self._missing = n - len(begun)
        try:
            while self._missing:
                if self._eof:
                    raise asyncio.IncompleteReadError(answer.getvalue()[: n - self._missing], n)
                await self._wait_for_data("readexactly")
        finally:
            self._missing, self._answer = 0, LongReader._answer
        return answer.getvalue()


class Overheard:
    """The fetcher's client; what a fetch brought of each partition stays with the request until it is `told`."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    async def send(self, node_id: int, request: object) -> object:
        if not isinstance(request, FetchRequest):
            return await self._client.send(node_id, request)
        connection = self._client._conns.get((node_id, ConnectionGroup.DEFAULT))
        if connection is not None and type(connection._reader) is asyncio.StreamReader:
            connection._reader.__class__ = LongReader
        request.__class__ = _Fetch
        response = await self._client.send(node_id, request)
        request.parts = parts = {}
        for at, (topic, partitions) in enumerate(response.topics):
            for place, (partition, *data, raw) in enumerate(partitions):
                if raw:
                    parts[TopicPartition(topic, partition)] = raw
                    partitions[place] = (partition, *data, _enough(raw))
            response.topics[at] = (topic, partitions)
        return response


def told(request: FetchRequest) -> Mapping[TopicPartition, memoryview]:
    """What a fetch brought of each partition, once."""
    return request.__dict__.pop("parts", {})


def _enough(raw: memoryview) -> bytes:
    """What aiokafka asks for: the first batch says whether there is one. Of an old format it reads all."""
    try:
        heads = list(batches(raw))
    except OldFormat:
        return bytes(raw)
    return bytes(raw[: heads[0].end] if heads else raw)


class _Fetch(FetchRequest):
    """A fetch whose answer is not copied when it is taken apart."""

    def prepare(self, versions: dict[int, tuple[int, int]]) -> RequestStruct:
        prepared = super().prepare(versions)
        prepared.RESPONSE_TYPE = _Views(prepared.RESPONSE_TYPE)
        return prepared


class _Views:
    """Reads an answer as its kind says, from views of its bytes."""

    def __init__(self, kind: type[Response]) -> None:
        self._kind = kind

    def decode(self, data: io.BytesIO) -> Response:
        return self._kind.decode(_Answer(data.getvalue(), data.tell()))


class _Answer:
    """What aiokafka asks of a `BytesIO`: bytes where they are few, else a view of them."""

    def __init__(self, whole: bytes, at: int) -> None:
        self._whole, self._at = memoryview(whole), at

    def read(self, n: int) -> bytes | memoryview:
        part = self._whole[self._at : self._at + n]
        self._at += n
        return part if n >= _LONG else bytes(part)
