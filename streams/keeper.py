"""The keeper of one partition of `calls`: its book in memory, its ledger in the table.

Slices wait, still packed, until a flush is due; then one merge counts them all, days that are due
are closed, alerts are sent, and what was added is kept. The order is what makes it exact:

1. alerts are acknowledged (told again after a crash, under the same id and sequence)
2. what was added is acknowledged, then the owner record: from here on the flush counts
3. the slices are acknowledged to Faust, which commits their offsets when it pleases

One partition also keeps the registry (`monitor/across/registry.py`): what every keeper says of a day that it has
closed goes to that partition, as a slice without calls, and is acknowledged before 2 too. There each
report is kept as a note; said again after a crash it is the same note again.

A crash before 2 is done leaves nothing that counts, and the same slices are read again; a crash
after it leaves slices that are read again and skipped, since they are before the ledger's head.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import faust
import polars as pl

from monitor.across.lives import Report
from monitor.across.registry import Registry
from monitor.alert import Alert
from monitor.book import Book, Observed, due, settled
from monitor.call import MICROSECONDS_AN_HOUR
from monitor.census import census
from monitor.day.coverage import shares
from monitor.day.sheet import Sheet
from monitor.settings import Settings
from monitor.told import Told
from monitor.watermark import Tick, Watermark
from monitor.wire import Unreadable, decode, lives_of, tick_of
from streams.state.kept import NONE, Bucket, Kind, Mark
from streams.state.ledger import Ledger, Put
from streams.state.merges import ids, merged_ids, merged_sheets, merged_week
from streams.state.tables import LedgerTable
from streams.telemetry import Telemetry
from streams.telemetry.events.judgement import DayClosed, DayRestored, VerdictsReached
from streams.telemetry.events.tenures import SlicesMissing
from streams.telemetry.voice import Counted, Voice

#: Segments of a bucket before they are merged into its base: each merge writes the whole bucket
#: again, so a day's writes grow by its size over this number.
MOST_SEGMENTS = 24
#: Buckets merged after one flush, so that the next one need not wait for all that could be.
_COMPACTED_AT_ONCE = 4
#: The partition that keeps the registry; any would do, as long as it is always the same one.
REGISTRY = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings a keeper works by; see `monitor/settings/work.py` for their reasons."""

    feeds: frozenset[str]
    lateness: int  # µs
    horizon: int  # µs
    flush_bytes: int
    flush_seconds: float
    flush_share: float

    @classmethod
    def of(cls, settings: Settings) -> Terms:
        return cls(
            feeds=frozenset(feed.name for feed in settings.feeds),
            lateness=int(settings.time.grace.total_seconds() * 1e6),
            horizon=int(settings.time.repeats.total_seconds() * 1e6),
            flush_bytes=settings.flush.bytes,
            flush_seconds=settings.flush.interval.total_seconds(),
            flush_share=settings.flush.share,
        )


class Keeper:
    """One partition, from load to loss."""

    def __init__(
        self,
        partition: int,
        book: Book,
        table: LedgerTable,
        terms: Terms,
        tell: Callable[[Sequence[Alert]], Awaitable[None]],
        pass_on: Callable[[Sequence[Report]], Awaitable[None]],
        telemetry: Telemetry,
        *,
        turns: asyncio.Semaphore,
        generation: int,
        confirmed: bool = False,
        registry: Registry | None = None,
    ) -> None:
        """Load. pass_on: tells the registry what was said of closed days. registry: if it is kept here.

        confirmed: whether the coordinator has just accepted a commit of ours. Raises `LaterOwner`.
        turns: shared by the keepers of a worker, since more merges at once than cores only take memory.
        """
        self.partition = partition
        self.book = book
        self.terms = terms
        self._table = table
        self._tell = tell
        self._pass_on = pass_on
        self.registry = registry
        self._say = telemetry.emit
        self._voice = Voice(partition, telemetry, terms.feeds)
        self._watermark = Watermark()
        self._ahead = Watermark()  # what it will be when the slices that wait are counted
        self._turns = turns
        self._lock = asyncio.Lock()
        self._waiting: list[faust.Event] = []
        self._bytes = 0
        self._since: float | None = None
        self._came = 0.0  # monotonic: when the last slice came
        #: Seconds that the last flush worked. Not those that it waited for its turn or the broker: a worker
        #: that has much to do would put off the next one for them, and have more to do then.
        self._worked = 0.0
        self._rests = 0.0  # monotonic: since when it has not flushed
        self._lost = False
        items = list(table.items(partition))
        self.ledger = Ledger.load(items, generation, confirmed=confirmed)
        self.next = self.ledger.mark.head
        #: The marks since the last one that was committed: what may be merged is what that one says.
        self._marks = [self.ledger.mark]
        self._restore()

    def _restore(self) -> None:
        """Bring the book to where the ledger is."""
        mark = self.ledger.mark
        if mark.clock:
            self._watermark.merge(Tick.decode(mark.clock))
            self._ahead = self._watermark.copy()
        tellers, notes = self._tellers(), self.ledger.notes.items()
        for name, note in notes:
            kind, _, whose = name.partition(b"/")
            if (told := tellers.get(kind + b"/")) is not None:
                told.restore(whose.decode(), note)
        if self.registry is not None:
            self.registry.restore(Report.decode(note) for name, note in notes if name.startswith(b"lives/"))
        days = {
            day: [Sheet.decode(content) for content in self._read(Bucket(Kind.SHEET, day))]
            for day in self.ledger.buckets(Kind.SHEET)
        }
        for week in self.ledger.buckets(Kind.WEEK):
            for content in self._read(Bucket(Kind.WEEK, week)):
                for day, sheet in Sheet.decode(content).days().items():
                    days.setdefault(day, []).append(sheet)
        for hour in self.ledger.buckets(Kind.IDS):
            self.book.repeats.add(hour, ids(self._read(Bucket(Kind.IDS, hour))))
        first = self._first_day()
        if mark.closed != NONE and first is not None:
            self.book.rebuild(mark.closed, first, days, self._watermark.coverage())
        else:
            for day, sheets in days.items():
                self.book.add(day, Sheet.total(sheets))
        if self.book.closed is not None:
            self._say(DayRestored(self.partition, self.book.closed))

    def _read(self, bucket: Bucket) -> list[bytes]:
        return self.ledger.read(bucket, self._get)

    def _first_day(self) -> int | None:
        seen = self._watermark.coverage().frame["day"]
        return seen.min() if len(seen) else None

    # -- slices in

    async def add(self, event: faust.Event) -> bool:
        """Take a slice; flushes when enough wait. Slices that count already are only acknowledged.

        Slices are taken during a flush too: one reader brings those of all partitions, and would wait for this
        one. False: slices before this one have not come, so the reading must go back to `next`. An event
        that is not taken is not acknowledged either: what is committed must have been kept.
        """
        offset = event.message.offset
        if self._lost:
            return True
        if offset < self.next:
            event.ack()
            return True
        if offset > self.next:
            return False
        self.next = offset + 1
        self._waiting.append(event)
        self._hear(event)
        self._came = time.monotonic()
        self._bytes += len(event.message.value or b"")
        if self._since is None:
            self._since = self._came
        if self._bytes >= self.terms.flush_bytes:
            async with self._lock:
                if self._bytes >= self.terms.flush_bytes and not self._lost:
                    await self._flush()
        return True

    def skip(self, offset: int) -> None:
        """Slices before an offset are gone from the topic: retention was shorter than all workers were away."""
        self._say(SlicesMissing(self.partition, offset - self.next))
        self.next = offset

    async def flush_if_due(self) -> None:
        """Flush what has waited long enough, or after which nothing more comes; called now and then."""
        if self._since is None:
            return
        now, interval = time.monotonic(), self.terms.flush_seconds
        busy = self._worked / self.terms.flush_share - self._worked
        # What came during a flush has waited, but the worker has not rested: a busy one merges seldom.
        rested = now - max(self._since, self._rests)
        long = rested >= max(interval, busy) or now - self._came >= interval
        if long or self._urgent(now - self._since):
            async with self._lock:
                if self._waiting and not self._lost:
                    await self._flush()

    def _hear(self, event: faust.Event) -> None:
        self._ahead.merge(Tick(tick_of(event.message.headers).reports))

    def _urgent(self, waited: float) -> bool:
        """Whether what waits ends a day: its alerts are not held back to spare the work of merges."""
        if waited < self.terms.flush_seconds or self.book.closed is None:
            return False
        watermark = self._ahead.at(self.terms.feeds)
        return watermark is not None and bool(due(self.book.closed, watermark, self.terms.lateness, 0))

    async def lose(self) -> None:
        """The partition goes to another worker: nothing more is written. What waits is read again there."""
        self._lost = True
        async with self._lock:
            self._waiting.clear()

    # -- one flush

    async def _flush(self) -> None:
        try:
            await self._flush_whole()
        except BaseException:
            # What is in memory is now ahead of what counts, and the slices are gone from those that wait. Faust
            # starts the agent again while the worker ends: another flush would count without them.
            self._lost = True
            raise

    async def _flush_whole(self) -> None:
        began = time.perf_counter()
        events, self._waiting, head = self._waiting, [], self.next
        self._bytes, self._since = 0, None
        async with self._turns:
            if self._lost:
                return  # while it waited for its turn: a rebalance is not held up by what is to be done again anyway
            turn = time.perf_counter()
            counted = await asyncio.to_thread(self._work, events)
            mark = await asyncio.to_thread(self._mark, head)
            self._ahead = self._watermark.copy()
            for event in self._waiting:  # those that came meanwhile
                self._hear(event)
            contents, notes = await asyncio.to_thread(self._kept, counted)
            self._worked = time.perf_counter() - turn
        await self._tell(counted.alerts)
        await self._pass_on(counted.said)
        puts, counts = self.ledger.flush(mark, contents, notes)
        size = await self._table.put(self.partition, puts)
        await self._table.put(self.partition, [counts])
        self.ledger.done(mark, contents)
        self._marks.append(mark)
        # Lost meanwhile: perhaps another has begun before this was acknowledged, and it does not count. To
        # acknowledge it would commit past what counts; if it does, who reads it again passes it by.
        if not self._lost:
            for event in events:
                event.ack()
        self.book.repeats.forget(mark.oldest)
        self._rests = time.monotonic()
        self._voice.flushed(counted, self._watermark, time.perf_counter() - began, len(puts), size)

    def _mark(self, head: int) -> Mark:
        """What will be true when the slices before `head` count."""
        watermark = self._watermark.at(self.terms.feeds)
        oldest = NONE if watermark is None else (watermark - self.terms.horizon) // MICROSECONDS_AN_HOUR
        closed = NONE if self.book.closed is None else self.book.closed
        # Neither goes back: a feed that joins with older calls holds the watermark, but what was
        # closed was told, and what was forgotten is gone.
        return Mark(head, closed, max(oldest, self.ledger.mark.oldest), self._watermark.tick().encode())

    def _work(self, events: list[faust.Event]) -> Counted:
        """Count the slices and close the days that are due (in a thread)."""
        frames: list[pl.DataFrame] = []
        unreadable: list[str] = []
        heard: list[Report] = []
        oldest = self.ledger.mark.oldest  # of the last flush: what this one brings is not forgotten yet
        for event in events:
            message = event.message
            try:
                calls, tick = decode(message.value, message.headers or ())
                report = lives_of(message.headers or ()) if self.registry is not None else None
            except Unreadable as error:
                unreadable.append(error.reason)
                continue
            self._watermark.merge(tick, None if oldest == NONE else oldest // 24)
            frames.append(calls)
            if report is not None and self.registry.add(report):
                heard.append(report)
        watermark = self._watermark.at(self.terms.feeds)
        horizon = None if oldest == NONE else oldest * MICROSECONDS_AN_HOUR
        observed = self.book.observe(pl.concat(frames), horizon) if frames else Observed()
        alerts = self._close(watermark)
        said, self.book.said = self.book.said, []
        if heard:
            alerts += self.registry.close()
        return Counted(observed, alerts, len(frames), unreadable, said, heard)

    def _close(self, watermark: int | None) -> list[Alert]:
        if watermark is None or (first := self._first_day()) is None:
            return []
        alerts: list[Alert] = []
        coverage = self._watermark.coverage()
        for day in due(self.book.closed, watermark, self.terms.lateness, first):
            if self._lost:
                break  # the others are its next owner's
            began = time.perf_counter()
            alerts += self.book.close(day, coverage)
            judged = self.book.judge.organisations
            self._say(DayClosed(self.partition, day, time.perf_counter() - began, judged))
            for kind, verdicts in self.book.reached.items():
                self._say(VerdictsReached(kind, verdicts))
        return alerts

    def _tellers(self) -> dict[bytes, Told]:
        """What was told, by how the names of its notes begin."""
        return {b"told/": self.book.told} | (self.registry.tellers if self.registry is not None else {})

    async def count(self) -> None:
        """Say what stands where: for those who watch the whole field. Costs about as much as a judgement."""
        async with self._lock:
            if self._lost or self.book.closed is None:
                return
            found = await asyncio.to_thread(census, self.book.judge)
            open_alerts = [told.open_alerts() for told in self._tellers().values()]
            seen = shares(self._watermark.coverage(), self.terms.feeds)
            lost = self.book.judge.unanswered(self.terms.feeds)
        self._voice.standing(found, open_alerts, seen, lost, self._table.bytes(self.partition))

    def _kept(self, counted: Counted) -> tuple[dict[Bucket, bytes], dict[bytes, bytes]]:
        """What is to be kept of a flush: contents by bucket, and the notes that changed."""
        observed = counted.observed
        contents = {Bucket(Kind.SHEET, day): sheet.encode() for day, sheet in observed.sheets.items()}
        contents |= {Bucket(Kind.IDS, hour): ids.tobytes() for hour, ids in observed.ids.items()}
        notes = {
            kind + name.encode(): state
            for kind, told in self._tellers().items()
            for name, state in told.changes().items()
        }
        notes |= {b"lives/" + Registry.place(r).encode(): r.encode() for r in counted.heard}
        return contents, notes

    # -- compaction

    async def compact(self, committed: int) -> None:
        """Merge crowded buckets into their bases, and days that nothing can be added to into weeks; forget old ids.

        committed: an offset that the group's coordinator has just confirmed to be ours.
        """
        async with self._lock:
            if self._lost:
                return
            await self._table.put(self.partition, self.ledger.clean(committed))
            for bucket in list(self.ledger.crowded(committed, MOST_SEGMENTS))[:_COMPACTED_AT_ONCE]:
                merge = merged_sheets if bucket.kind is Kind.SHEET else merged_ids
                await self._merge(self.ledger.compact, bucket, committed, self._get, merge)
            mark = self._committed(committed)
            await self._table.put(self.partition, [] if self._lost else self._forget(mark))
            last = NONE if NONE in (mark.closed, mark.oldest) else settled(mark.closed, mark.oldest)
            for week in list(self.ledger.weeks(committed, last))[:_COMPACTED_AT_ONCE]:
                await self._merge(self.ledger.settle, week, self._get, merged_week)

    async def _merge(self, merge: Callable[..., tuple[list[Put], list[Put]]], *given: object) -> None:
        """Put what was merged, and delete what it was made of when that is acknowledged."""
        async with self._turns:
            if self._lost:
                return  # a rebalance waits for what is under way, and not for what could be
            puts, deletes = await asyncio.to_thread(merge, *given)
        await self._table.put(self.partition, puts)
        await self._table.put(self.partition, deletes)

    def _get(self, key: bytes) -> bytes:
        return self._table.get(self.partition, key)

    def _committed(self, committed: int) -> Mark:
        """What was true at the last flush that is committed: whoever comes after us knows that much too."""
        while len(self._marks) > 1 and self._marks[1].head <= committed:
            del self._marks[0]
        return self._marks[0] if self._marks[0].head <= committed else Mark()

    def _forget(self, mark: Mark) -> list[Put]:
        """Ids of before the oldest hour of a mark: what to delete. A zombie may not, since its mark may be ahead of what counts."""
        old = [hour for hour in self.ledger.buckets(Kind.IDS) if hour < mark.oldest]
        return [put for hour in old for put in self.ledger.drop(Bucket(Kind.IDS, hour))]
