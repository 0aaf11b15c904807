"""The runner on a real broker: delivered, remembered, committed; through crashes, refusals and outages."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from unittest.mock import AsyncMock

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from monitor.settings import Kafka
from streams.sinks import Flushed, JsonlSink, Retry, Sink, WebhookSink, awake, run_sinks
from streams.sinks import runner as room
from streams.sinks.dead import DeadLetters, Letter
from streams.sinks.letters import again, look
from streams.sinks.signature import keys
from streams.telemetry import Telemetry
from streams.telemetry.events import sinks as sink_events
from streams.topics import Names
from tests.streams.sinks.alerts import message
from tests.streams.sinks.receiver import Answer, Receiver
from tests.streams.waiting import bounded, until

PARTITIONS = 2
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: A member that died is missed after two seconds.
MEMBERSHIP = {"session_timeout_ms": 2000, "heartbeat_interval_ms": 300, "rebalance_timeout_ms": 2000}
QUICK = Retry(first=0.05, longest=0.2)


class Bench:
    """Topics of its own on the broker, what is produced to them and what can be read back."""

    def __init__(self, bootstrap: str, producer: AIOKafkaProducer) -> None:
        self.kafka = {"bootstrap_servers": bootstrap}
        self.names = Names(f"t{secrets.token_hex(4)}-")
        self.telemetry = Telemetry()
        self.producer = producer

    async def create(self) -> None:
        admin = AIOKafkaAdminClient(**self.kafka)
        await admin.start()
        topics = [(self.names.alerts, PARTITIONS), (self.names.dead, 1), (self.names.told, 1)]
        await admin.create_topics([NewTopic(name, partitions, 1) for name, partitions in topics])
        await admin.close()

    async def tell(self, *values: tuple[str, bytes | None]) -> None:
        """Write messages to `alerts`, each keyed by its alert's id."""
        for id, value in values:
            await self.producer.send_and_wait(self.names.alerts, key=id.encode(), value=value)

    async def bury(self, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        """Put a letter on `alerts.dead`."""
        await self.producer.send_and_wait(self.names.dead, value, key, headers=headers)

    async def note(self, sink: str, id: str, sequence: int) -> None:
        """Note that a sink was told a state, as another worker of it does."""
        await self.producer.send_and_wait(
            self.names.told, key=f"{sink}|{id}".encode(), value=str(sequence).encode()
        )

    async def read(self, topic: str) -> list[ConsumerRecord]:
        """All records of a topic of one partition."""
        consumer = AIOKafkaConsumer(auto_offset_reset="earliest", **self.kafka)
        await consumer.start()
        tp = TopicPartition(topic, 0)
        consumer.assign([tp])
        found: list[ConsumerRecord] = []
        while (end := consumer.highwater(tp)) is None or await consumer.position(tp) < end:
            found += (await consumer.getmany(timeout_ms=200)).get(tp, [])
        await consumer.stop()
        return found

    async def noted(self, sink: str) -> dict[str, int]:
        """The last sequence by alert that a sink has noted as told."""
        rows = [(row.key.decode().partition("|"), int(row.value)) for row in await self.read(self.names.told)]
        return {id: sequence for (name, _, id), sequence in rows if name == sink}

    async def committed(self, sink: str) -> int:
        """Alerts that are behind the sink's group."""
        consumer = AIOKafkaConsumer(
            group_id=f"{self.names.app}-sink-{sink}", enable_auto_commit=False, **self.kafka
        )
        await consumer.start()
        tps = [TopicPartition(self.names.alerts, partition) for partition in range(PARTITIONS)]
        consumer.assign(tps)
        offsets = [await consumer.committed(tp) or 0 for tp in tps]
        await consumer.stop()
        return sum(offsets)

    def sample(self, name: str, **labels: str) -> float:
        return self.telemetry.registry.get_sample_value(f"nummerwacht_{name}", labels) or 0.0

    @asynccontextmanager
    async def running(self, *sinks: Sink) -> AsyncIterator[asyncio.Task]:
        """Runs sinks during the block, then stops them and waits."""
        stop = asyncio.Event()
        task = asyncio.create_task(
            run_sinks(self.kafka, self.names, sinks, self.telemetry, stop, membership=MEMBERSHIP)
        )
        try:
            yield task
        finally:
            stop.set()
            if not task.cancelled():
                async with bounded():
                    await task


async def died(task: asyncio.Task) -> None:
    """End it as a kill would: nothing more is committed."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.fixture
async def bench(bootstrap: str):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    bench = Bench(bootstrap, producer)
    await bench.create()
    yield bench
    await producer.stop()


@pytest.fixture
def hook(receiver: Receiver) -> Callable[..., WebhookSink]:
    """Makes a webhook sink; several of one name are the same sink in several workers."""

    def make(name: str = "desk", retry: Retry = QUICK) -> WebhookSink:
        return WebhookSink(name, receiver.url, keys(SECRET), seconds=2, retry=retry)

    return make


def states(count: int, sequence: int = 1) -> Sequence[tuple[str, bytes]]:
    return [(f"a{n}", message(f"a{n}", sequence)) for n in range(count)]


async def test_each_state_is_told_once_and_a_restart_tells_nothing_again(bench, receiver, hook):
    """What was committed stays told; only what is new is delivered after a restart."""
    await bench.tell(*states(10))
    async with bench.running(hook()):
        await until(lambda: len(receiver.requests) == 10)
    assert await bench.committed("desk") == 10
    await bench.tell(*states(2, sequence=2))
    async with bench.running(hook()):
        await until(lambda: len(receiver.requests) == 12)
    assert sorted(receiver.keys) == sorted([f"a{n}-1" for n in range(10)] + ["a0-2", "a1-2"])


async def test_a_state_that_is_on_the_topic_twice_is_told_once(bench, receiver, hook):
    """A monitor that crashed writes an alert again; the receiver does not see that."""
    await bench.tell(*states(3), *states(3))
    async with bench.running(hook()):
        await until(lambda: bench.sample("sink_deliveries_total", sink="desk", outcome="repeated") == 3)
    await bench.tell(*states(3))
    async with bench.running(hook()):
        await until(lambda: bench.sample("sink_deliveries_total", sink="desk", outcome="repeated") == 6)
    assert sorted(receiver.keys) == ["a0-1", "a1-1", "a2-1"]


async def test_a_crash_before_the_commit_tells_nothing_twice(bench, receiver, hook, monkeypatch):
    """Offsets that were not committed are read again, and what was told is known from the topic."""
    await bench.tell(*states(5))
    with monkeypatch.context() as broken:
        broken.setattr(room._Runner, "_commit", AsyncMock())
        async with bench.running(hook()) as task:
            await until(lambda: bench.sample("sink_deliveries_total", sink="desk", outcome="delivered") == 5)
            await until(lambda: bench.sample("sink_queue_alerts", sink="desk") == 0)
            await died(task)
    assert await bench.committed("desk") == 0
    async with bench.running(hook()):
        await until(lambda: bench.sample("sink_deliveries_total", sink="desk", outcome="repeated") == 5)
    assert sorted(receiver.keys) == [f"a{n}-1" for n in range(5)]


async def test_a_crash_before_it_is_remembered_tells_again_under_the_same_key(
    bench, receiver, hook, monkeypatch
):
    """The one window that remains: at least once, and the receiver can tell by `webhook-id`."""

    async def never(self: object) -> None:
        await asyncio.Event().wait()

    await bench.tell(*states(1))
    with monkeypatch.context() as broken:
        broken.setattr(room._Runner, "_save", never)
        async with bench.running(hook()) as task:
            await until(lambda: len(receiver.requests) == 1)
            await died(task)
    async with bench.running(hook()):
        await until(lambda: len(receiver.requests) == 2)
    assert receiver.keys == ["a0-1", "a0-1"]


async def test_an_outage_is_waited_out_with_bounded_memory(bench, receiver, hook):
    """While a receiver fails, no more than one round is held and nothing is committed; then all arrive."""
    receiver.answers = [Answer(503)]
    await bench.tell(*states(3 * room.MOST))
    sink = hook()
    async with bench.running(sink):
        await until(lambda: bench.sample("sink_retries_total", sink="desk", reason="http_503") >= 4)
        assert 0 < len(sink.held) <= room.MOST
        assert await bench.committed("desk") == 0
        receiver.answers = [Answer(204)]
        delivered = {f"a{n}-1" for n in range(3 * room.MOST)}
        await until(lambda: delivered <= set(receiver.keys))
    assert await bench.committed("desk") == 3 * room.MOST
    assert await bench.read(bench.names.dead) == []


async def test_a_stop_during_an_outage_is_quick_and_loses_nothing(bench, receiver, hook):
    """A worker can be stopped while it waits for a receiver; the next start delivers."""
    receiver.answers = [Answer(503)]
    await bench.tell(*states(3))
    async with bench.running(hook(retry=Retry(first=60.0, longest=60.0))):
        await until(lambda: bench.sample("sink_retries_total", sink="desk", reason="http_503") == 1)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    receiver.answers, receiver.requests = [Answer(204)], []
    async with bench.running(hook()):
        await until(lambda: len(receiver.requests) == 3)
    assert sorted(receiver.keys) == ["a0-1", "a1-1", "a2-1"]


async def test_what_is_refused_becomes_a_dead_letter(bench, receiver, hook):
    """The letter is the alert's message as it was, and says which sink refused it and why."""
    receiver.answers = [Answer(422), Answer(204)]
    await bench.tell(*states(1))
    async with bench.running(hook()):
        await until(lambda: bench.sample("sink_dead_alerts_total", **dead("http_422")) == 1)
    (letter,) = await bench.read(bench.names.dead)
    headers = {name: value.decode() for name, value in letter.headers}
    assert (letter.key, letter.value) == (b"a0", message("a0"))
    assert (headers["nw-sink"], headers["nw-reason"]) == ("desk", "http_422")
    assert set(headers) == {"nw-sink", "nw-reason", "nw-partition", "nw-offset"}


async def test_a_dead_letter_is_told_again(bench, receiver, hook, tmp_path):
    """When the cause is mended, it is put on `alerts` as it was, and its sink is told; whoever has it already is not."""
    kafka = Kafka(bootstrap_servers=bench.kafka["bootstrap_servers"], topic_prefix=bench.names.prefix)
    other = JsonlSink("other", tmp_path / "alerts.jsonl")
    receiver.answers = [Answer(422), Answer(204)]
    await bench.tell(*states(1))
    async with bench.running(hook(), other):
        await until(lambda: bench.sample("sink_dead_alerts_total", **dead("http_422")) == 1)
        await until(lambda: bench.sample("sink_deliveries_total", sink="other", outcome="delivered") == 1)
        letters = await look(kafka)
        assert [(each.letter.sink, each.state.key) for each in letters.waiting] == [("desk", "a0-1")]
        assert await again(kafka, letters.waiting) == 1
        await until(lambda: len(receiver.requests) == 2)
        await until(lambda: bench.sample("sink_deliveries_total", sink="other", outcome="repeated") == 1)
    assert receiver.keys == ["a0-1", "a0-1"]
    assert [request.body for request in receiver.requests] == [message("a0")] * 2
    assert (tmp_path / "alerts.jsonl").read_bytes() == message("a0") + b"\n"
    after = await look(kafka)
    assert (after.waiting, after.settled) == ([], 1)
    assert len(await bench.read(bench.names.dead)) == 1


async def test_a_message_without_key_and_value_becomes_a_letter(bench):
    """Whoever wrote it to `alerts`: aiokafka sends none that has neither, and no worker ends by it."""
    letters = DeadLetters(bench.names.dead, bench.producer)
    letters.note(Letter("desk", "empty", None, None, 0, 7))
    await letters.save()
    (letter,) = await bench.read(bench.names.dead)
    assert (Letter.of(letter).offset, letter.value) == (7, b"")


async def test_a_letter_of_which_a_later_state_was_told_is_settled(bench):
    """To send the older one would tell of what is over; what no sink made, and what holds no alert, is no error."""
    await bench.note("desk", "a", 2)
    for id, sequence, sink in (
        ("a", 1, "desk"),
        ("a", 3, "desk"),
        ("a", 1, "ksf"),
        ("b", 1, "desk"),
        ("b", 1, "desk"),
    ):
        letter = Letter(sink, "gave_up_timeout", id.encode(), message(id, sequence), 0, 7)
        await bench.bury(letter.key, letter.value, letter.headers())
    await bench.producer.send_and_wait(bench.names.told, b"no number", b"desk|b")
    await bench.bury(b"c", b"no alert", [("nw-sink", b"desk")])
    await bench.bury(None, b"", [])
    letters = await look(Kafka(topic_prefix=bench.names.prefix, **bench.kafka))
    found = [(each.letter.sink, each.state.key) for each in letters.waiting]
    assert found == [("ksf", "a-1"), ("desk", "a-3"), ("desk", "b-1")]
    assert (letters.settled, len(letters.unreadable)) == (1, 2)


async def test_a_receiver_that_knows_us_again_gets_what_waited(bench, receiver, hook):
    """While it answers that we have no right nothing is given up before its attempts; then it is, by that word."""
    receiver.answers = [Answer(401), Answer(401), Answer(204)]
    await bench.tell(*states(1))
    async with bench.running(hook(retry=Retry(first=0.02, longest=0.05, attempts=3))):
        await until(lambda: receiver.keys == ["a0-1"] * 3)
        receiver.answers = [Answer(401)]
        await bench.tell(("b", message("b")))
        await until(lambda: bench.sample("sink_dead_alerts_total", **dead("gave_up_http_401")) == 1)
    assert receiver.keys == ["a0-1"] * 3 + ["b-1"] * 3


async def test_what_fails_too_often_becomes_a_dead_letter(bench, receiver, hook):
    """After its attempts a state gives way to the next ones."""
    receiver.answers = [Answer(500), Answer(500), Answer(500), Answer(204)]
    await bench.tell(*states(1))
    async with bench.running(hook(retry=Retry(first=0.02, longest=0.05, attempts=3))):
        await until(lambda: bench.sample("sink_dead_alerts_total", **dead("gave_up_http_500")) == 1)
        await bench.tell(("b", message("b")))
        await until(lambda: "b-1" in receiver.keys)
    assert receiver.keys == ["a0-1"] * 3 + ["b-1"]
    assert await bench.committed("desk") == 2


async def test_what_is_no_alert_becomes_a_dead_letter_and_holds_up_nothing(bench, receiver, hook):
    """A poison message costs neither the worker nor its neighbours."""
    await bench.tell(("a0", b"\xff{"), *states(2), ("a0", None))
    async with bench.running(hook()):
        await until(lambda: len(receiver.requests) == 2)
        await until(lambda: bench.sample("sink_dead_alerts_total", **dead("empty")) == 1)
    letters = await bench.read(bench.names.dead)
    assert sorted((letter.value or b"", dict(letter.headers)["nw-reason"]) for letter in letters) == [
        (b"", b"empty"),
        (b"\xff{", b"not_json"),
    ]


async def test_a_sink_that_is_stuck_holds_up_no_other(bench, receiver, hook, tmp_path):
    """Each sink reads at its own pace."""
    receiver.answers = [Answer(503)]
    await bench.tell(*states(3))
    path = tmp_path / "alerts.jsonl"
    async with bench.running(hook(), JsonlSink("file", path)):
        await until(lambda: path.exists() and len(path.read_bytes().splitlines()) == 3)
        assert await bench.committed("desk") == 0
    assert await bench.committed("file") == 3


async def test_a_partition_that_moves_is_not_told_again(bench, receiver, hook, monkeypatch):
    """Who takes over reads what was not committed, and knows what the former owner told meanwhile."""
    monkeypatch.setattr(room._Runner, "_commit", AsyncMock())
    first, second = hook(), hook()
    took = {sink: _counted(sink, monkeypatch) for sink in (first, second)}
    told: set[str] = set()
    async with bench.running(second), bench.running(first) as task:
        async with bounded():
            for sequence in itertools.count(1):
                await bench.tell(*states(6, sequence))
                told.update(f"a{n}-{sequence}" for n in range(6))
                await until(lambda: told <= set(receiver.keys))
                if took[first] and took[second]:  # both are members, each with its partition
                    break
        # A rebalance may have told and noted some of them twice, so that rows are not to be counted.
        wanted = {f"a{n}": sequence for n in range(6)}
        async with bounded():
            while await bench.noted("desk") != wanted:
                pass
        receiver.requests.clear()
        await died(task)
        await until(
            lambda: bench.sample("sink_deliveries_total", sink="desk", outcome="repeated") >= len(told)
        )
    assert receiver.keys == []


def _counted(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that a sink was given."""
    taken: list[str] = []
    add = sink.add
    monkeypatch.setattr(sink, "add", lambda state: taken.append(state.key) or add(state))
    return taken


@pytest.mark.parametrize("kind", ["webhook", "jsonl"])
async def test_every_sink_has_the_mandated_metrics(kind, bench, receiver, hook, tmp_path, monkeypatch):
    """Whatever a sink is: what it delivered, repeated, refused, holds, retries, slept through, and how long it takes."""
    sink: Sink = hook("sink") if kind == "webhook" else JsonlSink("sink", tmp_path / "a.jsonl", retry=QUICK)
    failing = iter([True])
    flush, clock = sink.flush, awake.since_boot

    async def flush_that_fails_once() -> Flushed:
        if next(failing, False):
            return Flushed(failure="first")
        monkeypatch.setattr(awake, "since_boot", lambda: clock() + 60.0)
        return await flush()

    sink.flush = flush_that_fails_once
    await bench.tell(("x", b"no alert"), *states(2), *states(1))
    async with bench.running(sink):
        await until(lambda: bench.sample("sink_deliveries_total", sink="sink", outcome="delivered") == 2)
        await until(lambda: bench.sample("sink_wakes_total", sink="sink") == 1)
    told = {
        sample.name
        for family in bench.telemetry.registry.collect()
        for sample in family.samples
        if sample.labels.get("sink") == "sink"
    }
    mandated = {
        metric.name + ("_count" if metric.type.value == "histogram" else "")
        for event in vars(sink_events).values()
        if isinstance(event, type) and event.__module__ == sink_events.__name__
        for metric in event.metrics
    }
    assert mandated <= told


def dead(reason: str) -> dict[str, str]:
    return {"sink": "desk", "reason": reason, "intended": "false"}
