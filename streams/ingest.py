"""Ingest: raw records in, slices out; what could not be read is kept with its reason.

After this step no called number is readable. A source offset moves on only with what was produced
from it: the batch is handed back to `fetch` when the broker has acknowledged every slice and every
rejected record. A crash in between makes the same slices again, and the ids in them show it.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import polars as pl
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from monitor.attribution import Attribution
from monitor.call import CALLS
from monitor.canonical import canonicalise
from monitor.cdr import dialect
from monitor.cdr.block import Block
from monitor.columns.grouping import coded
from monitor.day.coverage import Coverage
from monitor.failure import ANY_ERROR
from monitor.feed import Feed
from monitor.privacy import Pseudonyms
from monitor.reference import Known, Reference
from monitor.watermark import Tick
from monitor.wire import headers, split
from streams.cluster.patience import patient
from streams.fetching.fetch import Batch, Fetch, Part
from streams.fetching.records import Records
from streams.minutes import Minutes, starts
from streams.rejected import Rejected
from streams.telemetry import Telemetry
from streams.telemetry.events.ingest import (
    CallsSliced,
    CallsUnclaimed,
    MinutesSeen,
    MostCallsUnclaimed,
    RecordsFolded,
    RecordsRejected,
    SlicesProduced,
    UnknownKeysSeen,
)
from streams.topics import REJECTED_BYTES, SLICE_BYTES, Names
from streams.unclaimed import Unclaimed, ways

#: Bytes of text that are parsed at a time: what is made of them on the way to calls takes several times as much. A batch is
#: bounded by what came over the line, which packed may be a small part of its text.
_TEXT = 32 * 1024**2


@dataclass(slots=True)
class Made:
    """What was made of a batch."""

    slices: list[list[bytes]]  # by partition of `calls`; an empty slice where there is no call
    tick: Tick
    rejected: list[Rejected]
    folded: Mapping[str, int]
    unknown_keys: int
    calls: int
    minutes: Mapping[int, np.ndarray]  # by partition of the feed, those in which calls began
    #: By direction: calls, and of these nobody's.
    ways: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Read:
    """What was read of a piece of a batch."""

    calls: pl.DataFrame  # `CALLS`, and `part`: of the batch
    rejected: list[Rejected]
    folded: Mapping[str, int]
    unknown_keys: int
    arrived: float  # when the last of its records did, ms since 1970


class Ingest:
    """Makes slices of batches; see `make` for what and `agent` for when."""

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        producer: AIOKafkaProducer,
        names: Names,
        partitions: int,
        telemetry: Telemetry,
        reference: Reference | Known | None = None,
    ) -> None:
        self._known = Known.of(reference)
        self._attribution: tuple[Reference, dict[str, Attribution]] = (self._known.now, {})
        self._pseudonyms = pseudonyms
        self._producer = producer
        self._names = names
        self._partitions = partitions
        self._say = telemetry.emit
        self._dealt: dict[str, int] = {}
        self._minutes = Minutes()
        self._unclaimed = Unclaimed()

    def make(self, batch: Batch) -> Made:
        """Parse, attribute, pseudonymise, deal (pure but for the caches of attribution and organisations)."""
        read = [some for at, records in _pieces(batch.parts) for some in self._read(batch, at, records)]
        calls = pl.concat([some.calls for some in read])
        part = calls["part"].to_numpy()
        arrived = max(some.arrived for some in read)
        tick = Tick(self._reports(batch, part, calls, int(arrived * 1000)), Coverage.of(calls))
        folded: Counter[str] = Counter()
        for some in read:
            folded.update(some.folded)
        return Made(
            self._slices(calls),
            tick,
            [rejected for some in read for rejected in some.rejected],
            folded,
            sum(some.unknown_keys for some in read),
            calls.height,
            _minutes(batch, part, calls),
            ways(calls),
        )

    def _read(self, batch: Batch, first: int, read: Sequence[Records]) -> Iterator[_Read]:
        """Read a piece of a batch, no more than so much text at a time. first: the part that its first records are of."""
        feed, arrived = batch.feed, _arrived(batch.feed, read)
        now = datetime.fromtimestamp(arrived / 1000, UTC)
        ends = np.cumsum([len(records) for records in read])
        for begin, values in _cut(Block.total([records.values for records in read])):
            parsed = dialect(feed.dialect).parse(values, feed)
            canonical = canonicalise(parsed, feed, self._pseudonyms, now=now, attribution=self._whose(feed))
            rejected = []
            for frame in (parsed.rejected, canonical.rejected):
                each = frame.group_by("row", "reason", maintain_order=True)
                for row, reason, detail, many in each.agg(pl.col("detail").first(), pl.len()).iter_rows():
                    at = int(np.searchsorted(ends, begin + row, side="right"))
                    records, within = read[at], begin + row - int(ends[at]) + len(read[at])
                    source = batch.parts[first + at].partition
                    told = (feed.name, reason, detail, many)
                    rejected.append(Rejected.of(source, records, within, *told))
            rows = canonical.calls["row"].to_numpy().astype(np.int64) + begin
            part = pl.Series("part", first + np.searchsorted(ends, rows, side="right"), pl.Int64)
            calls = canonical.calls.select(*CALLS, part)
            yield _Read(calls, rejected, parsed.folded, parsed.unknown_keys, arrived)

    def _whose(self, feed: Feed) -> Attribution:
        reference, made = self._attribution
        if reference is not self._known.now:  # it has changed
            self._attribution = reference, made = self._known.now, {}
        found = made.get(feed.name)
        if found is None:
            found = made[feed.name] = Attribution(feed, reference)
        return found

    def _reports(self, batch: Batch, part: np.ndarray, calls: pl.DataFrame, arrived: int) -> list:
        """The reports of the batch, each with the latest start that was seen in its partition.

        A partition that was read to its end and brought no call at all, as one of which all is left out or rejected, holds back
        nobody: it is as one at rest. part: of the batch, of each call. arrived: µs since 1970;
        event time is not moved beyond it by a clock that is ahead.
        """
        latest: dict[int, int] = {}
        if calls.height:
            by_part = (
                calls.select(pl.col("started_at").to_physical(), part=pl.Series(part))
                .group_by("part")
                .agg(pl.col("started_at").max())
            )
            latest = {
                batch.parts[at].partition.partition: min(value, arrived) for at, value in by_part.iter_rows()
            }
        return [
            replace(report, idle=True, at=batch.ended[report.partition])
            if report.partition in batch.ended and report.partition not in latest
            else replace(report, latest=latest.get(report.partition))
            for report in batch.reports
        ]

    def _slices(self, calls: pl.DataFrame) -> list[list[bytes]]:
        slices: list[list[bytes]] = [[b""] for _ in range(self._partitions)]
        if calls.height:
            found = coded(calls["organisation"], ordered=False)
            dealt = np.array([self.partition_of(name) for name in found.texts.to_list()], np.uint16)
            calls = calls.with_columns(pl.Series("target", dealt[found.codes]))
            for (partition,), part in calls.partition_by("target", as_dict=True).items():
                slices[partition] = list(split(part, SLICE_BYTES))
        return slices

    def partition_of(self, organisation: str) -> int:
        """The partition of `calls` of an organisation: a stable hash, since state stays where it is."""
        found = self._dealt.get(organisation)
        if found is None:
            found = self._dealt[organisation] = zlib.crc32(organisation.encode()) % self._partitions
        return found

    async def send(self, made: Made, feed: str) -> None:
        """Produce what was made, and await every acknowledgement; a broker that is away is waited for."""
        async for attempt in patient():
            with attempt:
                await self._produce(made)
        self._report(made, feed)

    async def _produce(self, made: Made) -> None:
        kept = [await self._keep(rejected.within(REJECTED_BYTES)) for rejected in made.rejected]
        # The tick goes with the last slice of a partition: it says that all before it is there, so it waits until that
        # is acknowledged. One that is tried again would come behind it.
        silent, told = headers(Tick()), headers(made.tick)
        for tail, said in ((False, silent), (True, told)):
            waiting = [
                await self._producer.send(self._names.calls, value, partition=partition, headers=said)
                for partition, slices in enumerate(made.slices)
                for value in (slices[-1:] if tail else slices[:-1])
            ]
            await asyncio.gather(*waiting)
        for rejected, sent in zip(made.rejected, kept, strict=True):
            try:
                await sent
            except MessageSizeTooLargeError:
                # The topic was made by hand, or by a broker that makes topics itself: it takes what any topic takes.
                await (await self._keep(rejected.within(SLICE_BYTES)))

    async def _keep(self, rejected: Rejected) -> Awaitable:
        return await self._producer.send(
            self._names.rejected, rejected.value or b"", key=rejected.key, headers=rejected.headers
        )

    def _report(self, made: Made, feed: str) -> None:
        values = [value for slices in made.slices for value in slices]
        self._say(SlicesProduced(len(values), sum(map(len, values))))
        for direction, (sliced, nobodys) in made.ways.items():
            self._say(CallsSliced(feed, direction, sliced))
            most = self._unclaimed.most(feed, direction, sliced, nobodys)
            if nobodys:
                self._say((MostCallsUnclaimed if most else CallsUnclaimed)(feed, direction, nobodys, sliced))
        for partition, minutes in made.minutes.items():
            if new := self._minutes.new(feed, partition, minutes):
                self._say(MinutesSeen(feed, partition, new))
        reasons: dict[str, int] = {}
        for rejected in made.rejected:
            reasons[rejected.reason] = reasons.get(rejected.reason, 0) + rejected.many
        for reason, records in reasons.items():
            self._say(RecordsRejected(feed, reason, records))
        for reason, records in made.folded.items():
            self._say(RecordsFolded(feed, reason, records))
        if made.unknown_keys:
            self._say(UnknownKeysSeen(feed, made.unknown_keys))


def _pieces(parts: Sequence[Part]) -> Iterator[tuple[int, list[Records]]]:
    """The records of a batch in pieces of whole parts, with the first part of each; those of later ones stay packed meanwhile."""
    first, read, size = 0, [], 0
    for at, part in enumerate(parts):
        records = part.fetched.records()
        read.append(records)
        size += int(records.values.lengths().sum())
        if size >= _TEXT:
            yield first, read
            first, read, size = at + 1, [], 0
    if any(map(len, read)) or not first:  # what arrived is said by records: a piece without any would say now
        yield first, read


def _cut(values: Block) -> Iterator[tuple[int, Block]]:
    """Values, so much text at a time, with the row of the first of each."""
    cuts = np.flatnonzero(np.diff(np.cumsum(values.lengths()) // _TEXT)) + 1
    if not len(cuts):
        yield 0, values  # a slice would join what lies apart
        return
    for begin, end in pairwise([0, *cuts.tolist(), len(values)]):
        yield begin, values[begin:end]


def _arrived(feed: Feed, read: Sequence[Records]) -> float:
    """When the last of these records arrived, ms since 1970: what the broker noted, or the producer, who may say anything.

    Nothing arrives later than now; and a time of before any call (0, none, seconds for milliseconds) says nothing.
    """
    now = time.time() * 1000
    said = max((int(records.times.max()) for records in read if len(records)), default=0)
    return min(said, now) if said >= feed.earliest.timestamp() * 1000 else now


def _minutes(batch: Batch, part: np.ndarray, calls: pl.DataFrame) -> dict[int, np.ndarray]:
    """The minutes in which calls began, by partition of the feed. part: of the batch, of each call."""
    parts, minutes = starts(part, calls["started_at"].to_physical().to_numpy())
    return {batch.parts[at].partition.partition: minutes[parts == at] for at in np.unique(parts).tolist()}


def agent(
    ingest: Ingest, fetch: Fetch, fail: Callable[[BaseException], Awaitable[None]]
) -> Callable[[AsyncIterator[Batch]], Awaitable[None]]:
    """The agent `ingest`, its dependencies bound: two batches are parsed at once, and sent one after the other.

    fail: called with what can't be waited out. Faust starts an agent again behind the batch that broke
    it; a batch must not be passed over, so nothing more is committed, and the worker ends and reads it again.
    """

    async def broken(error: BaseException) -> None:
        fetch.give_up()
        await fail(error)

    async def deliver(batch: Batch, making: asyncio.Task[Made], before: asyncio.Task | None) -> None:
        try:
            made = await making
        except ANY_ERROR as error:
            await broken(error)
            raise
        # One batch after the other: a tick must not overtake the calls of an earlier batch. Behind one that
        # failed none is sent: its error is raised here too.
        if before is not None:
            await before
        try:
            if not fetch.stale(batch):
                await ingest.send(made, batch.feed.name)
            fetch.done(batch)
        except ANY_ERROR as error:
            await broken(error)
            raise

    async def ingest_batches(batches: AsyncIterator[Batch]) -> None:
        before: asyncio.Task | None = None
        async for batch in batches:
            if fetch.stale(batch):
                fetch.done(batch)
                continue
            making = asyncio.create_task(asyncio.to_thread(ingest.make, batch))
            delivering = asyncio.create_task(deliver(batch, making, before))
            delivering.add_done_callback(lambda task: task.cancelled() or task.exception())  # it was told
            # Two are under way at once: parsing one leaves a core idle about half of the time.
            if before is not None:
                await before
            before = delivering

    return ingest_batches
