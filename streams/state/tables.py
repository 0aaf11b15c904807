"""The Faust table that holds the ledgers, written in bulk and with acknowledgement.

Faust writes a table one key at a time, and may commit an offset before the changelog has what
belongs to it (its `flush_atmost` returns with records unsent). Here a flush is: send every change
to the changelog, await every acknowledgement, and only then change the local store, in one batch
that also holds how far the changelog is in it. Recovery, rebalance and standby stay Faust's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import faust
from aiokafka import AIOKafkaProducer
from faust.types import TP
from rocksdict import WriteBatch

from streams.cluster.patience import patient
from streams.state.ledger import Put

#: RocksDB's own defaults in Faust are meant for one large table; a worker here holds many small
#: partitions, each with its own store: 2 GiB of block cache each would be a leak by setting.
STORE_OPTIONS = {
    "block_cache_size": 8 * 1024**2,
    "write_buffer_size": 16 * 1024**2,
    "max_write_buffer_number": 2,
}
#: What a store says of its size: its files, and what is in memory and its log until it is enough for one.
_SIZES = ("rocksdb.estimate-live-data-size", "rocksdb.cur-size-all-mem-tables")


class LedgerTable:
    """The table `ledger`: reads and bulk writes of one partition at a time."""

    def __init__(self, app: faust.App, name: str, partitions: int, *, store: str = "rocksdb://") -> None:
        self.table = app.Table(
            name,
            key_type=bytes,
            value_type=bytes,
            partitions=partitions,
            store=store,
            options=dict(STORE_OPTIONS) if store.startswith("rocksdb") else None,
        )
        self.producer: AIOKafkaProducer | None = None

    def items(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """Every key of a partition with its value."""
        store = self.table.data
        return store._visible_items(store._db_for_partition(partition))

    def get(self, partition: int, key: bytes) -> bytes:
        """The value of a key that is known to be there. Raises `KeyError` when it is not."""
        value = self.table.data._db_for_partition(partition).get(key)
        if value is None:
            raise KeyError(f"the store of partition {partition} has lost a key of its ledger")
        return value

    def bytes(self, partition: int) -> int:
        """About how much the live data of a partition takes in the local store; what is in its log alone counts too."""
        store = self.table.data._db_for_partition(partition)
        return sum(store.property_int_value(name) or 0 for name in _SIZES)

    async def put(self, partition: int, puts: Sequence[Put]) -> int:
        """Put and delete (value None) keys: acknowledged in the changelog, then in the store.

        Returns the bytes sent. Raises aiokafka's errors when the broker refuses; the store is then unchanged.
        """
        if not puts:
            return 0
        offsets: list[int] = []
        async for attempt in patient():
            with attempt:
                offsets = await self._append(partition, puts)
        self._store(partition, puts, offsets)
        return sum(len(key) + len(value or b"") for key, value in puts)

    async def _append(self, partition: int, puts: Sequence[Put]) -> list[int]:
        """Send to the changelog, await all acknowledgements; the offsets."""
        topic = self.table.changelog_topic_name
        sent = [await self.producer.send(topic, value, key, partition) for key, value in puts]
        return [record.offset for record in await asyncio.gather(*sent)]

    def _store(self, partition: int, puts: Sequence[Put], offsets: list[int]) -> None:
        """Write to the local store; it says how far it holds the changelog only if it holds all of it.

        A worker that was paused and has lost its partition does not know that yet when it wakes: the
        new owner has written in between. Were the store to skip those records, a recovery from it
        would miss them. So its offset moves on only over what follows it without a gap.
        """
        store = self.table.data
        batch = WriteBatch(raw_mode=True)
        for key, value in puts:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        held = store.persisted_offset(TP(self.table.changelog_topic_name, partition))
        follows = 0 if held is None else held + 1
        if min(offsets) == follows and max(offsets) - follows == len(offsets) - 1:
            batch.put(store.offset_key, str(max(offsets)).encode())
        store._db_for_partition(partition).write(batch)
