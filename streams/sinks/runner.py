"""The runner: reads the topic `alerts` and takes each state to the sinks, one consumer group a sink.

A sink of its own pace: a receiver that is slow or away holds up nobody else. A round reads at most
`MOST` states, holds them, flushes, and commits when nothing is left; while a receiver is away nothing
more is read, so memory is bounded by one round and the alerts wait on the topic.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from time import monotonic

from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    TopicPartition,
)
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from tenacity import AsyncRetrying, RetryCallState, retry_if_result, wait_exponential

from streams.cluster.closing import close
from streams.cluster.patience import patient
from streams.sinks.awake import Awake
from streams.sinks.dead import DeadLetters, Letter
from streams.sinks.sink import Flushed, Sink, Taken
from streams.sinks.state import State, Unreadable, read
from streams.sinks.told import Told
from streams.telemetry import Telemetry
from streams.telemetry.events.sinks import (
    AlertDelivered,
    DeadLettered,
    DeliveryRetried,
    SinkFlushed,
    SinkLagged,
    SinkPartitionReleased,
    SinkQueued,
    SinkReady,
    SinkWoke,
)
from streams.topics import Names

#: States held at once by a sink. An alert with its evidence has some ten kilobytes, at most a megabyte.
MOST = 50
#: Seconds that a poll waits for alerts: also the longest that a stop goes unnoticed.
_POLL = 0.1
#: Milliseconds after which a member that does not poll is put out of its group. A flush polls nothing;
#: fifty states at a receiver that takes ten seconds each, four at once, need two minutes.
_POLL_LIMIT_MS = 600_000
#: The part of the time that a rebalance may take in which a flush is waited for. Who comes back too late is put out of the group,
#: and what it tells then is told again.
_FINISH_PART = 0.5
#: Seconds between two tries for a sink that another worker has: how long nobody tells when that one dies.
_TAKEN_SECONDS = 2.0
#: Bytes of one fetch: eight alerts of the largest size.
_FETCH_BYTES = 8 * 1024 * 1024


async def run_sinks(
    kafka: Mapping[str, object],
    names: Names,
    sinks: Sequence[Sink],
    telemetry: Telemetry,
    stop: asyncio.Event,
    *,
    membership: Mapping[str, int],
) -> None:
    """Deliver alerts until `stop` is set; what is under way then is finished or left to the next start.

    kafka: `bootstrap_servers` and security, keyword arguments of every aiokafka client. membership: those
    of a consumer group's member (`streams/cluster/membership.py`). Raises what a sink raises when it
    opens, and Kafka's errors that do not pass by themselves.
    """
    async with AsyncExitStack() as stack:
        producer = AIOKafkaProducer(acks="all", **kafka)
        await producer.start()
        stack.push_async_callback(producer.stop)
        async with asyncio.TaskGroup() as running:
            for sink in sinks:
                runner = _Runner(kafka, names, sink, producer, telemetry, stop, membership)
                running.create_task(runner.run(), name=f"sink {sink.name}")


class _Runner(ConsumerRebalanceListener):
    def __init__(
        self,
        kafka: Mapping[str, object],
        names: Names,
        sink: Sink,
        producer: AIOKafkaProducer,
        telemetry: Telemetry,
        stop: asyncio.Event,
        membership: Mapping[str, int],
    ) -> None:
        self._sink, self._stop, self._say = sink, stop, telemetry.emit
        self._told = Told(sink.name, names.told, producer, kafka)
        self._dead = DeadLetters(names.dead, producer)
        self._consumer = AIOKafkaConsumer(
            group_id=f"{names.app}-sink-{sink.name}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_interval_ms=_POLL_LIMIT_MS,
            fetch_max_bytes=_FETCH_BYTES,
            **{**kafka, **membership},
        )
        self._topic = names.alerts
        self._finish_seconds = _FINISH_PART * membership["rebalance_timeout_ms"] / 1000
        self._saved = asyncio.Event()  # whether what was delivered is known to the next owner
        self._saved.set()
        self._moved = True  # partitions came or went since the last beginning, or may have
        # The coordinator counts from the last heartbeat, which may be that much older than the last look.
        alone = membership["session_timeout_ms"] - membership["heartbeat_interval_ms"]
        self._awake = Awake(alone / 1000, self._was_away)
        self._slept = False  # for about a session, and whether the partitions are still ours is not known
        sink.may_begin = lambda: self._awake.look() and not self._moved
        self._asked = 0.0
        self._read: dict[TopicPartition, int] = {}  # where reading goes on
        self._attempts: Counter[str] = Counter()  # by state that is held

    async def run(self) -> None:
        async with AsyncExitStack() as made, AsyncExitStack() as stack:
            # They were made with this, and are closed also where the sink is another worker's to the end, or can't be opened.
            made.push_async_callback(self._told.close)
            made.push_async_callback(close, self._consumer)
            if not await self._opened():
                return
            stack.push_async_callback(self._sink.close)
            stack.push_async_callback(self._told.close)
            await self._told.open()
            self._consumer.subscribe([self._topic], listener=self)
            stack.push_async_callback(close, self._consumer)
            await self._consumer.start()
            self._awake.begin()
            looking = asyncio.create_task(self._awake.keep_looking(), name=f"sink {self._sink.name} awake")
            stack.callback(looking.cancel)
            while not self._stop.is_set():
                await self._round()

    async def _opened(self) -> bool:
        """Open the sink; one that has room for a single worker is waited for, as long as another has it."""
        waits = False
        while not self._stop.is_set():
            try:
                await self._sink.open()
                self._say(SinkReady(self._sink.name, 0))
                return True
            except Taken:
                if not waits:
                    self._say(SinkReady(self._sink.name, 1))
                waits = True
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), _TAKEN_SECONDS)
        return False

    async def _round(self) -> None:
        if self._moved:
            await self._begin()
        polled = await self._consumer.getmany(timeout_ms=int(_POLL * 1000), max_records=MOST)
        if not self._awake.look() or not polled or self._moved:
            return
        positions = self._hold(polled)
        if await self._deliver():
            await self._commit(positions)

    # what is ours

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """The next owner reads what was told when this is over: what is under way is waited for, and nothing more is begun."""
        self._moved = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._finish_seconds):
                await self._saved.wait()
        for tp in revoked:
            self._say(SinkPartitionReleased(self._sink.name, tp.partition))

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._moved, self._slept = True, False

    async def _begin(self) -> None:
        """After a rebalance, or a sleep: forget what is held, learn what other owners told, read from what is
        committed.
        """
        self._moved = False
        self._sink.give_up()
        self._dead.give_up()
        await self._told.catch_up(self._stop.is_set)
        positions: dict[TopicPartition, int] = {}
        try:
            for tp in self._consumer.assignment():
                committed = await self._consumer.committed(tp)
                if committed is None:
                    await self._consumer.seek_to_beginning(tp)
                else:
                    self._consumer.seek(tp, committed)
                positions[tp] = await self._consumer.position(tp)
        except IllegalStateError:
            self._moved = True  # and again while we looked
        self._read = dict(positions)
        if self._slept and not self._moved:
            await self._confirm(positions)

    async def _confirm(self, positions: Mapping[TopicPartition, int]) -> None:
        """Ask the coordinator whether the partitions are still ours: it takes it from nobody else that we read on from there."""
        if positions:
            await self._commit(positions)
        self._slept = self._moved
        if self._moved:
            await asyncio.sleep(_POLL)  # until a heartbeat has said so to the consumer, too

    def _was_away(self, seconds: float) -> None:
        """What lies in the buffers came meanwhile, and others may have told it."""
        self._moved = self._slept = True
        self._say(SinkWoke(self._sink.name, seconds))

    async def _commit(self, positions: Mapping[TopicPartition, int]) -> None:
        try:
            await self._consumer.commit(positions)
        except (CommitFailedError, IllegalStateError):
            self._moved = True  # the next owner reads these again and knows that they were told

    # what is told

    def _hold(self, polled: Mapping[TopicPartition, list[ConsumerRecord]]) -> dict[TopicPartition, int]:
        """Give the sink what it has not been told; returns the positions behind what was polled."""
        latest: dict[str, int] = {}
        for record in (record for records in polled.values() for record in records):
            try:
                state = read(record.value, record.partition, record.offset)
            except Unreadable as unreadable:
                self._bury(str(unreadable), record.key, record.value, record.partition, record.offset)
                continue
            repeated = state.sequence <= latest.get(state.id, state.sequence - 1) or self._told.has(state)
            if repeated or not self._sink.add(state):
                self._say(AlertDelivered(self._sink.name, "repeated"))
            else:
                latest[state.id] = state.sequence
        positions = {tp: records[-1].offset + 1 for tp, records in polled.items()}
        self._read |= positions
        self._lagged({tp: self._consumer.highwater(tp) or 0 for tp in positions})
        self._say(SinkQueued(self._sink.name, len(self._sink.held)))
        return positions

    def _lagged(self, ends: Mapping[TopicPartition, int]) -> None:
        for tp, end in ends.items():
            self._say(SinkLagged(self._sink.name, tp.partition, max(0, end - self._read[tp])))

    async def _deliver(self) -> bool:
        """Flush until nothing is held; whether offsets may move on."""
        trying = AsyncRetrying(
            retry=retry_if_result(lambda failure: failure is not None),
            wait=self._wait,
            sleep=self._idle,
            stop=lambda _: self._interrupted(),
            before_sleep=lambda call: self._say(DeliveryRetried(self._sink.name, call.outcome.result())),
            retry_error_callback=lambda call: call.outcome.result(),
        )
        return await trying(self._flush) is None and not self._moved

    async def _flush(self) -> str | None:
        """One flush and its memory; why something is still held, if it is."""
        if self._interrupted():
            return "interrupted"
        self._saved.clear()
        try:
            return await self._flush_and_save()
        finally:
            self._saved.set()

    async def _flush_and_save(self) -> str | None:
        started = monotonic()
        flushed = await self._sink.flush()
        for state in flushed.delivered:
            self._told.note(state)
            self._say(AlertDelivered(self._sink.name, "delivered"))
        for refused in flushed.refused:
            self._bury_state(refused.state, refused.reason)
        self._give_up(flushed)
        await patient()(self._save)
        outcome = "done" if flushed.failure is None else "failed"
        self._say(SinkFlushed(self._sink.name, monotonic() - started, outcome))
        self._say(SinkQueued(self._sink.name, len(self._sink.held)))
        self._asked = flushed.again_in
        # Those that were given up are held no more, and what was not begun waits for the next flush.
        return flushed.failure if self._sink.held else None

    def _give_up(self, flushed: Flushed) -> None:
        """Of what was sent and failed, bury what was sent often enough; what waits behind it was not tried."""
        most = self._sink.retry.attempts
        if most is None:
            return
        for state, _ in flushed.failed:
            self._attempts[state.key] += 1
        given_up = [failed for failed in flushed.failed if self._attempts[failed.state.key] >= most]
        for state, reason in given_up:
            self._bury_state(state, f"gave_up_{reason}")
        if given_up:
            self._sink.drop([state for state, _ in given_up])
        held = {state.key for state in self._sink.held}
        self._attempts = Counter({key: tried for key, tried in self._attempts.items() if key in held})

    def _bury_state(self, state: State, reason: str) -> None:
        """It was not told and is not noted as told, so that it can be produced to `alerts` again."""
        self._bury(reason, state.id.encode(), state.value, state.partition, state.offset)

    def _bury(self, reason: str, key: bytes | None, value: bytes | None, partition: int, offset: int) -> None:
        self._dead.note(Letter(self._sink.name, reason, key, value, partition, offset))
        self._say(DeadLettered(self._sink.name, reason))

    async def _save(self) -> None:
        """Letters before memory: what is known to be told is never lost."""
        await self._dead.save()
        await self._told.save()

    # waiting

    def _interrupted(self) -> bool:
        return not self._awake.look() or self._moved or self._stop.is_set()

    def _wait(self, call: RetryCallState) -> float:
        retry = self._sink.retry
        doubled = wait_exponential(multiplier=retry.first, max=retry.longest)(call)
        asked = min(self._asked, retry.longest)
        return max(doubled * random.uniform(0.75, 1.25), asked)

    async def _idle(self, seconds: float) -> None:
        """Wait as a living member of the group: poll, with everything paused, so that nothing is read."""
        until = monotonic() + seconds
        self._consumer.pause(*self._consumer.assignment())
        while not self._interrupted() and (left := until - monotonic()) > 0:
            await self._consumer.getmany(timeout_ms=int(min(left, _POLL) * 1000))
        # Nothing is fetched, so that no answer says how many alerts came meanwhile.
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(_POLL):
                ends = await self._consumer.end_offsets(list(self._read))
            if not self._moved:
                self._lagged(ends)
        self._consumer.resume(*self._consumer.assignment())
