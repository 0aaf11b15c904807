"""What is made of a batch depends on what its records are, and not on what clocks elsewhere say."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from monitor.cdr import Parsed
from monitor.cdr.block import Block
from monitor.cdr.values import Reader
from monitor.feed import Feed
from monitor.privacy import Pseudonyms
from monitor.watermark import Reach, Tick, Watermark
from monitor.wire import decode, headers, tick_of
from streams.fetching.consumer import Fetched
from streams.fetching.fetch import Batch, Part
from streams.fetching.records import Records
from streams.ingest import Ingest, Made
from streams.rejected import Rejected
from streams.telemetry import Telemetry
from streams.topics import Names

_NOW = datetime.now(UTC).replace(microsecond=0)
_FEED = Feed(name="alfa", topic="cdr", dialect="canonical")


def _us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def _made(values: list[bytes], stamp: int, ended: dict[int, int] | None = None) -> Made:
    """What is made of records of one partition. stamp: each record's time, as its producer says."""
    records = [
        ConsumerRecord("cdr", 0, at, stamp, 0, None, value, None, 0, len(value), [])
        for at, value in enumerate(values)
    ]
    fetched = Fetched(0, len(records), len(records), 100, records)
    report = Reach("alfa", 0, 1, len(records), None, False, int(time.time() * 1000))
    batch = Batch(_FEED, [Part(TopicPartition("cdr", 0), fetched)], [report], ended or {})
    return _ingest().make(batch)


def _batch(feed: Feed, each: Sequence[Sequence[bytes | None]]) -> Batch:
    """Values by partition, as records of an hour ago."""
    stamp, parts = int(_NOW.timestamp() - 3600) * 1000, []
    for partition, values in enumerate(each):
        records = [
            ConsumerRecord("cdr", partition, at, stamp, 0, b"%d" % at, value, None, 0, 0, [])
            for at, value in enumerate(values)
        ]
        fetched = Fetched(0, len(records), len(records), 100, records)
        parts.append(Part(TopicPartition("cdr", partition), fetched))
    reports = [Reach("alfa", at, len(each), 9, None, False, stamp) for at in range(len(each))]
    return Batch(feed, parts, reports, {})


def _ingest() -> Ingest:
    return Ingest(Pseudonyms(b"0" * 32, "k"), None, Names(""), 1, Telemetry())


def _seen(made: Made) -> dict[str, object]:
    """All that was made, its slices as calls."""
    calls, _ = decode(made.slices[0][0], headers(made.tick))
    minutes = {partition: sorted(some.tolist()) for partition, some in made.minutes.items()}
    rejected = sorted(made.rejected, key=lambda each: (each.headers, each.value or b""))
    return {"calls": calls, "rejected": rejected, "tick": made.tick.encode(), "minutes": minutes} | {
        name: getattr(made, name) for name in ("folded", "unknown_keys")
    }


def _call(began: datetime) -> bytes:
    return json.dumps(
        {
            "call_id": f"c{began.timestamp()}",
            "organisation": "bakker",
            "started_at": began.isoformat(),
            "answered_at": None,
            "presented_number": "+31880000001",
            "called_number": "+31610000001",
        }
    ).encode()


@pytest.mark.parametrize(
    "stamp",
    [-1, 0, *(int(_NOW.timestamp()) * times for times in (1, 1_000_000, 1_000_000_000))],
    ids=["none", "zero", "seconds", "microseconds", "nanoseconds"],
)
def test_times_of_records_that_are_none_or_in_another_unit_stop_nobody(stamp: int) -> None:
    """A producer may say when a record was made in whatever unit, or not at all: its calls count, and event time goes on."""
    began = _NOW - timedelta(hours=1)
    made = _made([_call(began)], stamp)
    assert (made.calls, made.rejected) == (1, [])
    assert made.tick.reports[0].latest == _us(began)


def test_a_clock_that_is_years_ahead_closes_no_day() -> None:
    """A call of 2036 in a record of 2036 is rejected, and event time goes no further than now."""
    later = _NOW + timedelta(days=3650)
    made = _made([_call(later), _call(_NOW - timedelta(hours=1))], int(later.timestamp() * 1000))
    assert [each.reason for each in made.rejected] == ["in_future"]
    assert made.tick.reports[0].latest == _us(_NOW - timedelta(hours=1))


def test_a_call_of_tomorrow_moves_event_time_to_now_and_no_further() -> None:
    """A switch whose clock is hours ahead is borne with; the day is not closed before it is over."""
    made = _made([_call(_NOW + timedelta(hours=20))], int(_NOW.timestamp() * 1000))
    assert made.calls == 1
    assert abs(made.tick.reports[0].latest - _us(_NOW)) < 5_000_000


def test_a_busy_partition_without_a_call_holds_nobody_back() -> None:
    """Of one that was read to its end, and of which all was left out or rejected, it is known that no call waits."""
    clock = int(time.time() * 1000)
    other = Reach("bravo", 0, 1, 9, _us(_NOW), False, clock - 60_000)
    for ended, event_time in (({}, None), ({0: clock - 10}, _us(_NOW))):
        watermark = Watermark()
        watermark.merge(Tick([other]))
        watermark.merge(_made([b"{}"], clock, ended).tick)
        assert watermark.at({"alfa", "bravo"}) == event_time


def test_a_part_without_records_says_nothing_of_when_the_others_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As one of a transaction that was given up: event time goes no further than the arrival of what was read."""
    monkeypatch.setattr("streams.ingest._TEXT", 1)
    began = _NOW - timedelta(minutes=30)  # half an hour after its record arrived, by a clock that is ahead
    made = _ingest().make(_batch(_FEED, [[_call(began)], []]))
    assert made.calls == 1
    assert made.tick.reports[0].latest == _us(_NOW - timedelta(hours=1)) // 1_000_000 * 1_000_000


@pytest.mark.parametrize("values", ["one", "ndjson"])
def test_a_batch_is_the_same_however_much_of_it_is_read_at_a_time(
    values: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came packed is read in pieces, so that its text takes no more memory than that of others: same calls, same rejects."""
    feed = _FEED.model_copy(update={"values": values})
    good = [_call(_NOW - timedelta(minutes=at)) for at in range(24)]
    bad = [None, b"", b"{cut off", b"{}", _call(_NOW + timedelta(days=90))]
    each = [good[0], None, *good[1:9], *bad], [], [good[9]], [*bad, *good[10:], bad[2]]
    lines = 1 if values == "one" else 3
    each = [[value and b"\n".join([value] * lines) for value in some] for some in each]
    whole = _seen(_ingest().make(_batch(feed, each)))
    assert whole["calls"].height == len(good) * lines
    asked = []
    parse = Reader.parse

    def noted(self: Reader, some: Block, of: Feed) -> Parsed:
        asked.append(sum(len(value or b"") for value in some))
        return parse(self, some, of)

    monkeypatch.setattr(Reader, "parse", noted)
    for text in (1, 300, 1_000):
        monkeypatch.setattr("streams.ingest._TEXT", text)
        asked.clear()
        cut = _seen(_ingest().make(_batch(feed, each)))
        assert cut.pop("calls").equals(whole["calls"])
        assert cut == {name: some for name, some in whole.items() if name != "calls"}
        assert max(asked) <= text + max(len(value or b"") for some in each for value in some)


def test_a_packed_value_is_kept_once_for_each_reason_however_many_of_its_records_are_rejected() -> None:
    """A switch that changed its format would fill the topic, and the worker's memory, with each value as often as it has lines."""
    feed = _FEED.model_copy(update={"values": "ndjson"})
    value = b"\n".join([b"{cut off"] * 300 + [_call(_NOW)] + [b"{}"] * 200)
    made = _ingest().make(_batch(feed, [[b"{}"], [value]]))
    kept = [(each.value, each.many, dict(each.headers)["nw-records"]) for each in made.rejected]
    assert kept == [(b"{}", 1, b"1"), (value, 300, b"300"), (value, 200, b"200")]
    telemetry = Telemetry()
    Ingest(Pseudonyms(b"0" * 32, "k"), None, Names(""), 1, telemetry)._report(made, "alfa")
    rejected = [
        telemetry.registry.get_sample_value(
            "nummerwacht_rejected_records_total", {"feed": "alfa", "reason": reason, "intended": "false"}
        )
        for reason in dict.fromkeys(each.reason for each in made.rejected)
    ]
    assert sorted(rejected) == [201, 300]


def _rejected(key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]) -> Rejected:
    record = ConsumerRecord("cdr", 0, 7, 1, 0, key, value, None, 0, 0, headers)
    source = TopicPartition("cdr", 0)
    return Rejected.of(source, Records.of([record]), 0, "alfa", "too_large", "")


def test_a_rejected_record_is_kept_as_it_is_where_it_fits() -> None:
    """Its key, its value and its own headers, and what is said of it."""
    kept = _rejected(b"k", b"v" * 5_000, [("own", b"1")])
    assert kept.within(10_000) is kept


@pytest.mark.parametrize(
    ("key", "value", "headers", "said"),
    [
        (b"k", b"v" * 50_000, [("own", b"1")], {"nw-value-bytes": b"50000"}),
        (b"k" * 9_000, b"v", [], {"nw-key-bytes": b"9000"}),
        (None, b"v", [("own", b"1" * 20_000)], {"nw-headers-bytes": b"20013"}),
        (
            b"k" * 9_000,
            b"v" * 50_000,
            [("own", b"1" * 4_900)] * 3,
            {"nw-value-bytes": b"50000", "nw-key-bytes": b"9000", "nw-headers-bytes": b"14739"},
        ),
    ],
    ids=["value", "key", "headers", "all"],
)
def test_what_is_too_large_of_a_rejected_record_is_cut_and_its_length_is_said(
    key: bytes | None, value: bytes, headers: list[tuple[str, bytes | None]], said: dict[str, bytes]
) -> None:
    """However large it is the topic takes it, and where it came from and why it is there stays."""
    whole = _rejected(key, value, headers)
    cut = whole.within(10_000)
    size = len(cut.key or b"") + len(cut.value) + sum(len(n) + len(v) + 10 for n, v in cut.headers)
    assert size < 10_000
    assert whole.value.startswith(cut.value)
    assert cut.headers[-8:] == whole.headers[-8:]
    assert {name: length for name, length in cut.headers if name.endswith("-bytes")} == said


class _Strict:
    """A producer whose broker takes no more than its default."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []

    async def send(self, topic: str, value: bytes, **_: object) -> asyncio.Future:
        answer = asyncio.get_running_loop().create_future()
        if len(value) > 1_000_000:
            answer.set_exception(MessageSizeTooLargeError())
        else:
            self.sent.append((topic, len(value)))
            answer.set_result(None)
        return answer


async def test_a_record_that_its_topic_refuses_is_cut_further() -> None:
    """Where `cdr.rejected` was not made by us it takes less, and the worker goes on."""
    producer = _Strict()
    ingest = Ingest(Pseudonyms(b"0" * 32, "k"), producer, Names(""), 1, Telemetry())
    made = Made(
        [[b""]], Tick(), [_rejected(None, b"v" * 2_000_000, []), _rejected(None, b"v", [])], {}, 0, 0, {}
    )
    await ingest.send(made, "alfa")
    assert sorted(size for topic, size in producer.sent if topic == "cdr.rejected")[0] == 1
    assert 890_000 < max(size for _, size in producer.sent) < 900_000


class _Once:
    """A producer whose first send expires, as while a partition's leader is away."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, bool]] = []
        self._sent = 0

    async def send(self, topic: str, value: bytes, **said: object) -> asyncio.Future:
        answer = asyncio.get_running_loop().create_future()
        self._sent += 1
        if self._sent == 1:
            answer.set_exception(KafkaTimeoutError())
        else:
            self.taken.append((value, bool(tick_of(said["headers"]).reports)))
            answer.set_result(None)
        return answer


async def test_what_was_read_is_told_behind_the_calls_that_it_speaks_of() -> None:
    """Also when one of a batch's slices is tried again: else a day might close without its calls."""
    producer = _Once()
    ingest = Ingest(Pseudonyms(b"0" * 32, "k"), producer, Names(""), 1, Telemetry())
    tick = Tick([Reach("alfa", 0, 1, 9, 5, False, 1)])
    await ingest.send(Made([[b"first", b"last"]], tick, [], {}, 0, 0, {}), "alfa")
    assert producer.taken == [(b"first", False), (b"last", True)]
