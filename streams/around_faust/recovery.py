"""Slices come after the state they belong to, and none is passed over: ways around Faust, see `tests/streams/around_faust/test_recovery.py`.

What Faust 0.15.3 does when its group is rebalanced, and what is done here instead:

- When the tables are recovered, it lets the streams go, then seeks to what is committed, then empties their
  queues. What was read before the seek is lost from the queues and, when it is read again, dropped as read before.
  Here the flow stands still until the seek is done.
- It stops the flow only of a worker that had partitions. One that had none and is given some begins to read
  before their state is there. Here the flow of every worker stops.
- It remembers how far it has read, drops what is before that, and takes a gap for done: after a seek back nothing
  comes until it is where it was, and then its commits pass over what never came. Keepers know better what counts
  already (`keeper.py`), so here nothing is remembered of the partitions of streams.
- A step of a recovery that takes longer than a request may, as when the broker is away, it takes for the end of the
  worker: recovery ends without a word, and the worker waits for ever. Here the recovery begins again.
- What the store does not take of what is read back, as on a full disk, it says in a line and passes over; then it waits for ever.
  Here it is noted (`broken`), and the worker ends.
- A poll that ends while the flow stands still seeks to what is committed, also when partitions were just taken
  away; that raises, and the whole worker ends. Here such a seek is left out: the rebalance makes its own.
- It lets a broker keep a fetch open for 1.5 s when nothing comes. A broker answers what comes over a connection in
  turn, so every question of a recovery waits that long behind a fetch, and what is read on waits for it too. Here
  no fetch waits longer than `_FETCH_MS`.
- It waits a second at the start for tables that are still to be declared. Here all are declared before the start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IllegalStateError,
    InvalidSessionTimeoutError,
    KafkaError,
)
from faust.tables import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP, EventT

#: Milliseconds that a fetch stays open at the broker when nothing comes: a recovery asks twice behind one, each
#: time there is a rebalance. What comes is sent at once; five empty answers a second cost nothing that shows.
_FETCH_MS = 200


class SteadyRecovery(Recovery):
    """Recovery that says of which generation the state is there, and before that lets nothing through."""

    #: The generation of the group whose state is there; None from the begin of a rebalance to the end of recovery.
    generation: int | None = None
    #: Why the store did not take what was read back.
    failure: Exception | None = None

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        super().on_partitions_revoked(revoked)
        self.generation = None
        self._stop()

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        self._stop()
        self.generation = generation_id
        await super().on_recovery_completed(generation_id)

    async def _wait(self, *step: object, **limit: object) -> None:
        try:
            await super()._wait(*step, **limit)
        except IllegalStateError:
            raise  # Faust knows: another rebalance has begun
        except (ServiceStopped, KafkaError, TimeoutError) as error:
            if self.should_stop:
                raise
            self.log.warning("recovery begins again: %s", type(error).__name__)
            self.signal_recovery_start.set()
            raise RebalanceAgain from error

    def _stop(self) -> None:
        """Stop the flow; Faust starts it again at the end of the recovery that follows."""
        self.app.consumer.stop_flow()
        self.app.flow_control.suspend()


class SteadyTables(TableManager):
    """Faust's tables, with that recovery."""

    async def on_start(self) -> None:
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()

    @property
    def recovery(self) -> SteadyRecovery:
        if self._recovery is None:
            self._recovery = SteadyRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery


class _Unremembered(defaultdict):
    """Faust's read offsets: None, never read, for what is not in a changelog."""

    def __init__(self, changelogs: Container[str]) -> None:
        super().__init__(lambda: None)
        self._changelogs = changelogs

    def __getitem__(self, tp: TP) -> int | None:
        return super().__getitem__(tp) if tp.topic in self._changelogs else None


class _Thread(AIOKafkaConsumerThread):
    """Faust's thread of the consumer, whose fetches hold up nothing for long."""

    def _create_worker_consumer(self, transport: Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = _FETCH_MS
        return consumer


#: Answers of a group's coordinator that no waiting changes: no right to read it, and times that the broker does not allow.
_FOR_GOOD = (GroupAuthorizationFailedError, InvalidSessionTimeoutError)


class SteadyConsumer(Consumer):
    """Faust's consumer, that remembers of the partitions of streams nothing of its own."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._read_offset = _Unremembered(self.app.tables.changelog_topics)

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        try:
            await super().perform_seek()
        except (IllegalStateError, AssertionError):  # aiokafka's words for: not ours any more
            self.log.info("not sought: the partitions are on their way to others")


class SteadyTransport(Transport):
    Consumer = SteadyConsumer


def steady(app: faust.App) -> None:
    """Make an app, made with `TableManager=SteadyTables` and its tables declared, use that consumer."""
    app.transport = SteadyTransport(app.conf.broker_consumer, app)
    for table in app.tables.values():
        table.apply_changelog_batch = _noted(app, table.apply_changelog_batch)


def broken(app: faust.App) -> BaseException | None:
    """What broke a service of the app, or its recovery, so that it does nothing more; or why its group takes it in never."""
    return app.crash_reason or app.tables.recovery.failure or _refused(app)


def _refused(app: faust.App) -> BaseException | None:
    """Why the group refuses the app for good: aiokafka keeps that for whoever asks, stops to join meanwhile, and Faust never asks.

    Only looked at: to take it would let aiokafka try again, and it belongs to the consumer's thread.
    """
    thread = getattr(app.consumer, "_thread", None)
    coordinator = getattr(getattr(thread, "_consumer", None), "_coordinator", None)
    error = getattr(coordinator, "_pending_exception", None)
    return error if isinstance(error, _FOR_GOOD) else None


def _noted(app: faust.App, apply: Callable[[Iterable[EventT]], None]) -> Callable[[Iterable[EventT]], None]:
    """What puts into the store what was read back; that it could not is noted."""

    def noted(batch: Iterable[EventT]) -> None:
        try:
            apply(batch)
        except Exception as error:
            app.tables.recovery.failure = error
            raise

    return noted


def recovered(app: faust.App) -> int | None:
    """The generation of the group whose state is there and that is the present one; None when there is none."""
    generation = app.tables.recovery.generation
    # Negative: thrown out of the group, and on the way back.
    return generation if generation == app.consumer_generation_id and (generation or 0) >= 0 else None


def left(app: faust.App) -> int | None:
    """Changelog records that are still to be read back; None when all are."""
    if recovered(app) is not None:
        return None
    recovery = app.tables.recovery
    return sum(_left(recovery, tp) for tp in recovery.active_tps)


def left_by_partition(app: faust.App) -> dict[int, int | None]:
    """Changelog records still to be read back of each partition that is ours; None where their end is not known yet."""
    recovery = app.tables.recovery
    if recovered(app) is not None:
        return {tp.partition: 0 for tp in recovery.active_tps}
    ends = recovery.active_highwaters
    return {tp.partition: _left(recovery, tp) if tp in ends else None for tp in recovery.active_tps}


def _left(recovery: Recovery, tp: TP) -> int:
    offset = recovery.active_offsets[tp]
    return max(0, recovery.active_highwaters[tp] - (-1 if offset is None else offset))
