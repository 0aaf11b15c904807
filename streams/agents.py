"""The agent `tenures`: slices of `calls` in, kept usage and alerts out.

It deals the slices to the keepers of their partitions (`keeper.py`). Keepers begin when the first
slice after an assignment comes and the table is recovered (`recovery.py`), and end with the assignment.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import faust
import mode
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.types import TP, StreamT

from monitor.failure import ANY_ERROR
from streams.around_faust.recovery import recovered
from streams.keeper import Keeper
from streams.state.ledger import LaterOwner
from streams.telemetry import Telemetry
from streams.telemetry.events.judgement import CallsPartitionReleased
from streams.telemetry.events.tenures import CallsLagged

#: Seconds between looks at what has waited long enough: a tenth of the default flush interval.
_LOOK_SECONDS = 0.1
#: Seconds between rounds of compaction: a round asks the coordinator to confirm our offsets.
_COMPACT_SECONDS = 5.0
#: Seconds between two tellings of how far judging is behind: a scrape is seldom more often.
_LAG_SECONDS = 1.0
#: Seconds between censuses, while days are being closed: each costs about a judgement.
_COUNT_SECONDS = 15.0
#: Seconds after which reading that has gone back, and still comes from beyond, goes back again: what was
#: read ahead is a few hundred slices, which are passed by in less than one.
_BACK_SECONDS = 5.0


class Keepers(mode.Service):
    """The keepers of the partitions that are ours, and their clockwork."""

    def __init__(
        self,
        app: faust.App,
        topic: str,
        make: Callable[[int, bool], Keeper],
        telemetry: Telemetry,
        fail: Callable[[BaseException], Awaitable[None]],
        **kwargs: object,
    ) -> None:
        """make: loads the keeper of a partition (called in a thread); True: it was confirmed to be ours."""
        super().__init__(**kwargs)
        self._app = app
        self._topic = topic
        self._make = make
        self._say = telemetry.emit
        self._fail = fail
        self._keepers: dict[int, Keeper] = {}
        self._gone_back: dict[int, tuple[Keeper, int, float]] = {}
        self._counted: dict[int, int | None] = {}  # by partition: the last day of which a census was told
        self._loading = asyncio.Lock()
        self._confirming = asyncio.Lock()

    async def of(self, partition: int) -> Keeper | None:
        """The keeper of a partition; its first call after an assignment reads all that is kept of it.

        None: the partition is not ours any more, or what is kept of it is not here yet. The slice is
        then read again by whoever it belongs to.
        """
        generation = recovered(self._app)
        if generation is None:
            return None
        keeper = self._keepers.get(partition)
        if keeper is None:
            async with self._loading:
                keeper = await self._load(partition)
            if keeper is None:
                return None
            if recovered(self._app) != generation:
                self._say(CallsPartitionReleased(partition))  # it was told of while it loaded
                return None
            self._keepers[partition] = keeper
        return keeper

    async def _load(self, partition: int) -> Keeper | None:
        try:
            return await asyncio.to_thread(self._make, partition, False)
        except LaterOwner:
            # Either we are the one that was put out, or the group was deleted and began anew.
            committed = self._app.consumer._committed_offset.get(TP(self._topic, partition))
            if not await self._confirmed(partition, committed or 0):
                return None
            return await asyncio.to_thread(self._make, partition, True)

    async def go_back(self, keeper: Keeper, offset: int) -> None:
        """Read again from where the kept state ends: the reading, or the group, is further than what was kept.

        So it is when the changelog has lost what it acknowledged, or what was flushed turned out not to
        count. Slices that are gone by now are counted as missing, and there is no way to have them back but
        a replay of the source.
        """
        back, to, since = self._gone_back.get(keeper.partition, (None, 0, 0.0))
        if (back, to) == (keeper, keeper.next) and time.monotonic() - since < _BACK_SECONDS:
            return  # on its way: what was read ahead comes first
        tp = TP(self._topic, keeper.partition)
        consumer = self._app.consumer
        try:
            earliest = (await consumer.earliest_offsets(tp))[tp]
            if earliest > keeper.next:
                keeper.skip(min(earliest, offset))
            to = keeper.next
            await consumer.seek_wait({tp: to})
            if self._ours(keeper):
                self._gone_back[keeper.partition] = (keeper, to, time.monotonic())
        except (KafkaError, TimeoutError) as error:
            # A rebalance has begun, and who gets the partition reads from what counts; or the broker is away,
            # and the next slice tries again.
            self.log.info("not gone back yet: %s", type(error).__name__)

    async def lose(self) -> None:
        """A rebalance: every keeper ends; those that stay ours load again, from what counts."""
        async with self._loading:  # the store is closed next
            keepers, self._keepers = self._keepers, {}
        self._gone_back.clear()  # a keeper has the whole state of its partition
        # What was told of them ends here, so whoever comes back tells it again, also if no day was closed meanwhile.
        self._counted.clear()
        # All are lost before the flush of any is waited for: a rebalance waits for those at work, and not for all that wait.
        await asyncio.gather(*(keeper.lose() for keeper in keepers.values()))
        for partition in keepers:
            self._say(CallsPartitionReleased(partition))

    def keepers(self) -> list[Keeper]:
        return list(self._keepers.values())

    def _ours(self, keeper: Keeper) -> bool:
        """Whether it was not lost while others were looked at: its partition is told of by whoever has it now."""
        return self._keepers.get(keeper.partition) is keeper

    def positions(self) -> dict[TopicPartition, int]:
        """The next slice of each partition that is ours and whose state is here.

        A partition has no keeper before its first slice comes: then it is where the group has committed.
        """
        if recovered(self._app) is None:
            return {}
        committed = self._app.consumer._committed_offset
        found = {
            TopicPartition(self._topic, tp.partition): committed.get(tp) or 0
            for tp in self._app.consumer.assignment()
            if tp.topic == self._topic
        }
        return found | {
            TopicPartition(self._topic, keeper.partition): keeper.next for keeper in self.keepers()
        }

    @mode.Service.task
    async def _flush(self) -> None:
        await self._each(_LOOK_SECONDS, lambda keeper: keeper.flush_if_due())

    @mode.Service.task
    async def _compact(self) -> None:
        await self._each(_COMPACT_SECONDS, self._tidy)

    async def _tidy(self, keeper: Keeper) -> None:
        head = keeper.ledger.mark.head
        if keeper.ledger.begun and await self._confirmed(keeper.partition, head):
            await keeper.compact(head)

    async def _each(self, seconds: float, work: Callable[[Keeper], Awaitable[None]]) -> None:
        """Work on every keeper now and then, each by itself.

        It waits for the broker most of the time, and where its partition has no leader for as long as that is so. A keeper
        that is still at it is passed over.
        """
        working: dict[Keeper, asyncio.Task[None]] = {}
        try:
            while not self.should_stop:
                await self.sleep(seconds)
                for keeper in [keeper for keeper, task in working.items() if task.done()]:
                    working.pop(keeper).result()
                for keeper in self.keepers():
                    if keeper not in working:
                        working[keeper] = asyncio.ensure_future(work(keeper))
            await asyncio.gather(*working.values())
        except asyncio.CancelledError:
            for task in working.values():
                task.cancel()
            raise
        except ANY_ERROR as error:
            await self._fail(error)
            raise

    @mode.Service.task
    async def _tell(self) -> None:
        while not self.should_stop:
            await self.sleep(_LAG_SECONDS)
            for keeper in self.keepers():
                self._say(CallsLagged(keeper.partition, self._lag(keeper)))

    @mode.Service.task
    async def _count(self) -> None:
        while not self.should_stop:
            await self.sleep(_COUNT_SECONDS if self._counted else _LOOK_SECONDS)
            await self.count()

    async def count(self) -> None:
        """Say what stands where in the partitions that have closed a day, or came, since that was last said."""
        for keeper in self.keepers():
            partition, closed = keeper.partition, keeper.book.closed
            # One that was lost while others were counted must not be noted as counted: its partition may come back.
            if self._ours(keeper) and closed != self._counted.get(partition):
                self._counted[partition] = closed
                await keeper.count()

    async def _confirmed(self, partition: int, offset: int) -> bool:
        """Whether the group's coordinator accepts a commit from us: then the partition is ours, now."""
        tp = TP(self._topic, partition)
        # One at a time: Faust has two hands for all that it asks of a broker, and a commit waits for one that is away.
        async with self._confirming:
            return tp in self._app.consumer.assignment() and await self._app.consumer._commit({tp: offset})

    def _lag(self, keeper: Keeper) -> int:
        try:
            end = self._app.consumer.highwater(TP(self._topic, keeper.partition))
        except AssertionError:  # aiokafka's word for: not ours any more. `lose` is on its way.
            return 0
        return max(0, (end or 0) - keeper.next)


def agent(
    keepers: Keepers, fail: Callable[[BaseException], Awaitable[None]]
) -> Callable[[AsyncIterator], Awaitable[None]]:
    """The agent `tenures`, its dependencies bound. It acknowledges slices itself, when they are kept.

    fail: called with what can't be waited out. A slice must not be passed over, so the worker ends.
    """

    async def tenures(slices: StreamT) -> None:
        async for event in slices.noack().events():
            try:
                keeper = await keepers.of(event.message.partition)
                if keeper is not None and not await keeper.add(event):
                    await keepers.go_back(keeper, event.message.offset)
            except ANY_ERROR as error:
                await fail(error)
                raise

    return tenures
