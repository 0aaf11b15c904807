"""Fetch: reads the feeds' topics in whole batches and hands them on.

A service of the Faust app with a consumer group of its own. Memory is bounded by the channel that it
puts batches on: when what follows is slow, the put waits, and nothing more is read. The offsets of a
batch move on only when `done` says that all that was made of it has been acknowledged; when a
partition is taken away, what is under way is first finished and committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import mode
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.errors import CommitFailedError, IllegalStateError

from monitor.feed import Feed
from monitor.watermark import Reach
from streams.around_faust.steady import SteadyChannel
from streams.cluster.closing import close
from streams.fetching.consumer import BlockConsumer, Fetched
from streams.telemetry import Telemetry
from streams.telemetry.events.ingest import (
    FeedLagged,
    FeedPartitionReleased,
    RecordsFetched,
    RecordsMissing,
)

#: Seconds that the end of a worker waits for the batches under way. A batch takes well under a second; the limit is for a
#: broker that does not answer. What is unfinished then is read again by the next owner.
_FINISH_SECONDS = 20.0
#: The part of the time that a rebalance may take in which the batches under way are waited for. Who came back too late
#: would be thrown out, with what it finished meanwhile, and its return would be the next rebalance: so workers that are slow
#: would throw each other out for ever, and none would commit.
_FINISH_PART = 0.5
#: Seconds a poll waits for records: also how often idleness is looked at.
_POLL_SECONDS = 0.2
#: Seconds from one poll to the next, unless a batch comes half full: a batch of 250 costs 7 ms of CPU, and 1 ms more for
#: each partition of `calls` (`bench.where 50000 250`), and a steady stream is cut into dozens of them a second.
_APART_SECONDS = 0.2
#: Seconds from one look to the next at whether a small batch that waits was taken: what one costs with twelve partitions, see above.
_TAKEN_SECONDS = 0.02
#: Seconds between commits while all goes well; a crash reads that much again, and drops it as repeats.
_COMMIT_SECONDS = 1.0
#: Seconds after which a commit is left to the next one: aiokafka tries for ever, also to commit for a topic that was deleted,
#: and reading would stand still meanwhile. And the part of the time of a rebalance, which waits for one too.
_COMMIT_WAITS_SECONDS = 5.0
_COMMIT_WAITS_PART = 0.25
#: Seconds between two reports that an idle partition is still idle: event time waits for them.
_AGAIN_SECONDS = 2.0
#: Seconds between two tellings of how far reading is behind: a scrape is seldom more often.
_LAG_SECONDS = 1.0


@dataclass(slots=True)
class Part:
    """What was fetched of one source partition in a batch."""

    partition: TopicPartition
    fetched: Fetched


@dataclass(slots=True)
class Batch:
    """Records of one feed, and what is to be told of its partitions afterwards."""

    feed: Feed
    parts: list[Part]
    reports: list[Reach] = field(default_factory=list)  # `latest` is still to be found
    #: Source partitions of which this brought all that there was: when the broker last said so before, ms since 1970.
    ended: Mapping[int, int] = field(default_factory=dict)
    assignment: int = 0  # which one, of those we were given, it was read under

    def positions(self) -> dict[TopicPartition, int]:
        return {part.partition: part.fetched.next for part in self.parts}


@dataclass(slots=True)
class _Seen:
    """What is known of a source partition that is read here."""

    arrived: float  # monotonic: when records last came
    position: int = 0
    idle: bool = False
    told: float = 0.0  # monotonic: when it was last said to be idle
    answers: tuple[int, int] = (0, 0)  # ms since 1970: when the broker last answered, and the time before


class Fetch(mode.Service):
    """Reads feeds, tells how far it is, commits what is done."""

    def __init__(
        self,
        feeds: Mapping[str, Feed],
        channel: SteadyChannel,
        telemetry: Telemetry,
        *,
        consumer: Mapping[str, object],
        records: int,
        size: int,
        idle_seconds: float,
        rebalance_seconds: float,
        **kwargs: object,
    ) -> None:
        """feeds: by topic. consumer: keyword arguments for aiokafka's consumer. records, size: of a batch, about:
        no more partitions are added to one of so many records or bytes. rebalance_seconds: that the group waits for us.
        """
        super().__init__(**kwargs)
        self._feeds = feeds
        self._channel = channel
        self._say = telemetry.emit
        self._records = records
        self._bytes = size
        self._idle_seconds = idle_seconds
        self._finish_seconds = min(_FINISH_SECONDS, _FINISH_PART * rebalance_seconds)
        self._commit_seconds = min(_COMMIT_WAITS_SECONDS, _COMMIT_WAITS_PART * rebalance_seconds)
        self._consumer_args = consumer
        self._seen: dict[TopicPartition, _Seen] = {}
        self._done: dict[TopicPartition, int] = {}
        self._committing = asyncio.Lock()
        self._assignment = 0
        self._given_up = False
        self._under_way = 0
        self._finished = asyncio.Event()
        self._finished.set()

    async def on_start(self) -> None:
        self._consumer = BlockConsumer(
            enable_auto_commit=False, auto_offset_reset="earliest", **self._consumer_args
        )
        self._consumer.missed = self._missed
        self._consumer.subscribe(list(self._feeds), listener=_Listener(self))
        await self._consumer.start()

    async def on_stop(self) -> None:
        await self.finish()
        await close(self._consumer)

    def _missed(self, partition: TopicPartition, records: int) -> None:
        self._say(RecordsMissing(self._feeds[partition.topic].name, partition.partition, records))

    @mode.Service.task
    async def _read(self) -> None:
        committed = time.monotonic()
        while not self.should_stop and not self._given_up:
            # From here to `_under_way` nothing may be awaited: what was polled would be under way unseen.
            # A lock would not do: once a rebalance has begun, a poll waits for the end of it.
            asked = time.monotonic()
            polled = await self._consumer.fetched(_POLL_SECONDS, self._records, self._bytes)
            apart = not self._half_full(polled)
            if polled and apart:
                # The next is asked for after the pause, and so brings all that came in it.
                self._consumer.pause(*self._consumer.assignment())
            batches = self._batches(polled)
            if batches:
                self._under_way += len(batches)
                self._finished.clear()
            for batch in batches:
                # `put`, not `send`: Faust drops an event of before a rebalance without a word.
                await self._channel.put(batch)
            if apart:
                await self.sleep(max(0.0, asked + _APART_SECONDS - time.monotonic()))
                if polled:
                    await self._taken()
                    self._consumer.resume(*self._consumer.paused())
            if time.monotonic() - committed > _COMMIT_SECONDS:
                await self.commit()
                committed = time.monotonic()

    async def _taken(self) -> None:
        """Wait until what was put on the channel is taken: small batches cost as much as large ones.

        A worker that is slower than they come would have one small one after the other, and fall behind further.
        """
        while self._channel.waiting and not (self.should_stop or self._given_up):
            await self.sleep(_TAKEN_SECONDS)

    @mode.Service.task
    async def _tell(self) -> None:
        """By a clock of its own: a partition of which nothing comes, or whose batch waits, has the lag that matters."""
        while not self.should_stop:
            await self.sleep(_LAG_SECONDS)
            self._tell_lag()

    def _tell_lag(self) -> None:
        ours = self._consumer.assignment()
        for partition in self._seen.keys() & ours:
            # The broker has not yet said where a new partition ends.
            if (end := self._consumer.highwater(partition)) is not None:
                at = self._position(partition)
                feed = self._feeds[partition.topic].name
                self._say(FeedLagged(feed, partition.partition, max(0, end - at), at))

    def _half_full(self, polled: Mapping[TopicPartition, Fetched]) -> bool:
        """Whether a batch is at least half of what it may be, in records or, where each holds many calls, in bytes."""
        return any(
            sum(getattr(fetched, name) for fetched in polled.values()) >= most / 2
            for name, most in (("count", self._records), ("size", self._bytes))
        )

    def _batches(self, polled: Mapping[TopicPartition, Fetched]) -> list[Batch]:
        """What was polled, one batch a feed; also for a feed of which only something is to be told."""
        now, clock = time.monotonic(), int(time.time() * 1000)
        by_topic: dict[str, list[Part]] = {}
        for partition, fetched in polled.items():
            by_topic.setdefault(partition.topic, []).append(Part(partition, fetched))
            seen = self._seen.setdefault(partition, _Seen(now))
            seen.arrived, seen.idle = now, False
            seen.position = fetched.next
        quiet: dict[str, list[Reach]] = {}
        for partition, seen in self._seen.items():
            if (answered := self._answered(partition)) != seen.answers[0]:
                seen.answers = answered, seen.answers[0]
            if partition in polled:
                continue
            asked = seen.answers[1] > 0
            idle = asked and self._at_end(partition) and now - seen.arrived >= self._idle_seconds
            again = idle and now - seen.told >= min(_AGAIN_SECONDS, self._idle_seconds)
            if idle != seen.idle or again:
                seen.idle, seen.told = idle, now
                quiet.setdefault(partition.topic, []).append(self._report(partition, seen, clock))
        batches = []
        for topic in by_topic.keys() | quiet.keys():
            parts = by_topic.get(topic, [])
            feed = self._feeds[topic]
            reports = [self._report(part.partition, self._seen[part.partition], clock) for part in parts]
            ended = {
                part.partition.partition: self._seen[part.partition].answers[1]
                for part in parts
                if self._seen[part.partition].answers[1] > 0 and self._at_end(part.partition)
            }
            batches.append(Batch(feed, parts, reports + quiet.get(topic, []), ended, self._assignment))
            records, size = (sum(getattr(part.fetched, name) for part in parts) for name in ("count", "size"))
            self._say(RecordsFetched(feed.name, records, size))
        return batches

    def _report(self, partition: TopicPartition, seen: _Seen, clock: int) -> Reach:
        # None of a topic that was deleted just now.
        known = len(self._consumer.partitions_for_topic(partition.topic) or ())
        partitions = max(known, partition.partition + 1)
        feed = self._feeds[partition.topic].name
        # Idle is as of the last answer of the broker, which may be old when it is away or this process is slow.
        # The answer was given after it was asked for, and that was after the answer before.
        at = seen.answers[1] if seen.idle else clock
        # Where the group is, also when nothing was read of it since it was given to us: what is said with a position
        # before the one that was last told is taken for old, and event time would stand still until a record comes.
        position = self._position(partition)
        return Reach(feed, partition.partition, partitions, position, None, seen.idle, at)

    def _at_end(self, partition: TopicPartition) -> bool:
        """Whether all that the broker had at the last look is read. An empty partition is at its end."""
        end = self._consumer.highwater(partition)
        return end is not None and end <= self._position(partition)

    def _position(self, partition: TopicPartition) -> int:
        """The offset of the next record to be read."""
        return max(self._seen[partition].position, self._begin(partition))

    def _begin(self, partition: TopicPartition) -> int:
        """The offset from which a partition of which nothing was read yet is read."""
        state = self._state(partition)
        return state.position if state is not None and state.has_valid_position else 0

    def _answered(self, partition: TopicPartition) -> int:
        """When the broker last answered a fetch of a partition, ms since 1970; 0 for not yet."""
        state = self._state(partition)
        return (state.timestamp or 0) if state is not None else 0

    def _state(self, partition: TopicPartition) -> TopicPartitionState | None:
        assignment = self._consumer._subscription.subscription.assignment
        return assignment.state_value(partition) if assignment is not None else None

    def positions(self) -> dict[TopicPartition, int]:
        """The next offset of each partition that is read here; 0 while it is not known where to begin."""
        return {partition: self._position(partition) for partition in self._seen}

    def done(self, batch: Batch) -> None:
        """All that was made of a batch is acknowledged. Called in the order of the batches."""
        # Of an earlier assignment: another may have committed more since, and the group must not go back.
        if not self.stale(batch):
            self._done |= batch.positions()
        self._under_way -= 1
        if not self._under_way:
            self._finished.set()

    def stale(self, batch: Batch) -> bool:
        """Whether a batch is read again, so that it must not be sent: partitions were given out anew since, or one before it can't be done.

        What it says of event time would overtake that one's calls, which then come too late in the next life.
        """
        return self._given_up or batch.assignment != self._assignment

    def give_up(self) -> None:
        """A batch can't be done, and the worker ends: what comes after it must neither be sent nor committed past it."""
        self._given_up = True
        self._finished.set()

    async def commit(self) -> None:
        """Commit what is done, of the partitions that are still ours and there; what can't be committed now, with the next."""
        async with self._committing:
            await self._commit()

    async def _commit(self) -> None:
        ours = self._consumer.assignment()
        positions = {
            tp: offset
            for tp, offset in self._done.items()
            if tp in ours and tp.partition in (self._consumer.partitions_for_topic(tp.topic) or ())
        }
        if not positions:
            return
        assignment = self._assignment
        for tp in positions:
            del self._done[tp]
        try:
            async with asyncio.timeout(self._commit_seconds):
                await self._consumer.commit(positions)
        except (CommitFailedError, IllegalStateError):
            # The group moved on without us; the next owner reads these again, as repeats.
            self.log.info("commit refused: the partitions have another owner now")
        except (TimeoutError, asyncio.CancelledError) as error:
            if assignment == self._assignment:
                self._done = positions | self._done
            if isinstance(error, asyncio.CancelledError):
                raise
            self.log.warning("offsets could not be committed in %s s, tried again", self._commit_seconds)

    async def finish(self) -> None:
        """Wait for what is under way, and commit it. Called when nothing more is polled, or at the end."""
        try:
            async with asyncio.timeout(self._finish_seconds):
                await self.commit()  # whatever becomes of the rest
                await self._finished.wait()
        except TimeoutError:
            self.log.warning("batches under way were not finished in %s s", self._finish_seconds)
        await self.commit()


class _Listener(ConsumerRebalanceListener):
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        try:
            if revoked:
                await self._fetch.finish()
        finally:
            for partition in revoked:
                if self._fetch._seen.pop(partition, None):
                    feed = self._fetch._feeds[partition.topic].name
                    self._fetch._say(FeedPartitionReleased(feed, partition.partition))

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        now = time.monotonic()
        self._fetch._assignment += 1
        self._fetch._done.clear()
        for partition in assigned:
            self._fetch._seen[partition] = _Seen(now)
