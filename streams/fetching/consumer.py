"""A consumer that hands on what the broker sent instead of a Python object a record.

The way around aiokafka, kept in this one room: its consumer does all that it does well (groups,
positions, leaders, errors), but the bytes of a fetch are taken from its answer (`answers.py`) before its fetcher
cuts them into records (`records.py` does that for all at once). `tests/streams/fetching/test_consumer.py` holds it to
what aiokafka's own `getmany` returns, and fails when a later aiokafka is built otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.consumer.subscription_state import Assignment
from aiokafka.protocol.fetch import FetchRequest

from streams.fetching.answers import Overheard, told
from streams.fetching.records import OldFormat, Records, batches


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a broker sent of one partition: read up to `next`, not yet cut into records."""

    begin: int  # offset of the first record that is wanted
    next: int  # offset behind the last one
    count: int  # records, at most
    size: int  # bytes
    raw: memoryview | list[ConsumerRecord]  # records where the format is old
    aborted: Sequence[tuple[int, int]] = ()  # transactions that were given up: producer, first offset

    def records(self) -> Records:
        """Cut into records. Raises aiokafka's `CorruptRecordException`."""
        if isinstance(self.raw, list):
            return Records.of(self.raw)
        return Records.read(self.raw, self.begin, self.aborted)


class BlockConsumer(AIOKafkaConsumer):
    """aiokafka's consumer, with `fetched` in place of `getmany`."""

    async def fetched(self, seconds: float, most: int, size: int) -> Mapping[TopicPartition, Fetched]:
        """What has come, by partition; waits up to so many seconds for something to come.

        most, size: no more partitions are taken once there are so many records, or bytes; each counts whole,
            as much as one fetch brought of it (`max_partition_fetch_bytes`).
        """
        self._coordinator.check_errors()
        with self._subscription.fetch_context():
            return await self._fetcher.fetched(seconds, most, size)

    #: Told when reading goes on further than it stood, since the log begins later: of which partition, and by how many offsets.
    missed: Callable[[TopicPartition, int], None] = staticmethod(lambda partition, offsets: None)

    # `start` makes a fetcher, sets it, and its work begins with the loop's next step: in between it becomes ours.
    @property
    def _fetcher(self) -> _BlockFetcher | None:
        return self.__dict__.get("_block_fetcher")

    @_fetcher.setter
    def _fetcher(self, fetcher: Fetcher | None) -> None:
        if fetcher is not None:
            fetcher.__class__ = _BlockFetcher
            fetcher._client = Overheard(fetcher._client)
            fetcher.missed, fetcher.stood = self.missed, {}
        self.__dict__["_block_fetcher"] = fetcher


class _BlockFetcher(Fetcher):
    missed: Callable[[TopicPartition, int], None]
    #: Where reading stood at which the broker has nothing any more, and in which assignment: another may begin elsewhere.
    stood: dict[TopicPartition, tuple[object, int]]

    async def _proc_fetch_request(self, assignment: Assignment, node_id: int, request: FetchRequest) -> bool:
        before = {
            tp: state.position
            for tp in assignment.tps
            if (state := assignment.state_value(tp)).has_valid_position
        }
        news = await super()._proc_fetch_request(assignment, node_id, request)
        for tp, position in before.items():
            if assignment.state_value(tp).awaiting_reset:
                self.stood[tp] = assignment, max(position, self._stood(assignment, tp) or 0)
        # Nothing was awaited since aiokafka put its results down, so they are still of this answer.
        for tp, raw in told(request).items():
            result = self._records.get(tp)
            if type(result) is FetchResult and "raw" not in result.__dict__:
                result.raw = raw
        return news

    async def _update_fetch_positions(self, assignment: Assignment, node_id: int, tps: object) -> bool:
        news = await super()._update_fetch_positions(assignment, node_id, tps)
        for tp in tps:
            state, stood = assignment.state_value(tp), self._stood(assignment, tp)
            if stood is not None and state.has_valid_position:
                del self.stood[tp]
                # A log that was made anew begins again, before where it stood.
                if state.position > stood:
                    self.missed(tp, state.position - stood)
        return news

    def _stood(self, assignment: Assignment, tp: TopicPartition) -> int | None:
        known, position = self.stood.get(tp, (None, None))
        return position if known is assignment else None

    async def fetched(self, seconds: float, most: int, size: int) -> dict[TopicPartition, Fetched]:
        if self._subscriptions.reassignment_in_progress:
            await self._subscriptions.wait_for_assignment()
        found = self._taken(most, size)
        if found:
            return found
        waiter = self._create_fetch_waiter()
        try:
            done, _ = await asyncio.wait([waiter], timeout=seconds)
        finally:
            waiter.cancel()
        if not done or self._closed:
            return {}
        waiter.result()  # raises what the coordinator can't go on with
        return {} if self._subscriptions.reassignment_in_progress else self._taken(most, size)

    def _taken(self, most: int, size: int) -> dict[TopicPartition, Fetched]:
        found: dict[TopicPartition, Fetched] = {}
        for tp in list(self._records):
            result = self._records[tp]
            if type(result) is not FetchResult and found:
                break  # an error: raised by the next call
            del self._records[tp]
            self._notify(self._wait_consume_future)
            if type(result) is not FetchResult:
                result.check_raise()
            elif result.check_assignment(tp):
                part = _fetched(result)
                result._assignment.state_value(tp).consumed_to(part.next)
                if part.count:
                    found[tp] = part
                    most -= part.count
                    size -= part.size
            if most <= 0 or size <= 0:
                break
        return found


def _fetched(result: FetchResult) -> Fetched:
    begin = result._partition_records.next_fetch_offset
    try:
        heads = list(batches(result.raw))
    except OldFormat:
        records = result.getall()
        last = records[-1].offset + 1 if records else begin
        return Fetched(begin, max(begin, last), len(records), len(result.raw), records)
    upto = heads[-1].last + 1 if heads else begin
    aborted = result._partition_records._aborted_transactions
    return Fetched(begin, upto, sum(head.records for head in heads), len(result.raw), result.raw, aborted)
