"""Whose turn it is: attempts of each alert, partitions that move in the midst of a flush, a file that another worker has."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import CommitFailedError

from streams.sinks import JsonlSink, Retry, State, WebhookSink, awake
from streams.sinks import runner as room
from streams.sinks.signature import keys
from tests.streams.sinks.alerts import message
from tests.streams.sinks.bench import MEMBERSHIP, QUICK, SECRET, dead, states
from tests.streams.sinks.receiver import Answer
from tests.streams.waiting import until


async def test_a_worker_that_joins_in_the_midst_of_a_flush_makes_nothing_be_told_twice(
    bench, receiver, hook, monkeypatch
):
    """What is under way is finished and noted before the partitions move, and nothing more is begun."""
    receiver.answers = [Answer(seconds=0.5)]  # well within the time for which a flush is waited for
    await bench.tell(*states(40))
    async with bench.running(hook()):
        await until(lambda: len(receiver.requests) >= 5)
        async with bench.running(hook()):
            await until(lambda: len(set(receiver.keys)) == 40)
            await until(lambda: receiver.at_once == 0)
    assert len(receiver.keys) == 40


async def test_who_was_paused_tells_nothing_of_what_others_told_meanwhile(bench, receiver, hook, monkeypatch):
    """What a worker had read when it was paused for longer than its session is another's; it learns that before it goes on."""
    slept, deliver, clock = 0.0, room._Runner._deliver, awake.since_boot
    monkeypatch.setattr(awake, "since_boot", lambda: clock() + slept)

    async def later(runner: room._Runner) -> bool:
        nonlocal slept
        if not slept:
            for n in range(3):
                await bench.note("desk", f"a{n}", 1)
            slept = 60.0
        return await deliver(runner)

    monkeypatch.setattr(room._Runner, "_deliver", later)
    await bench.tell(*states(3))
    async with bench.running(hook()):
        await until(lambda: bench.sample("sink_deliveries_total", sink="desk", outcome="repeated") == 3)
        await bench.tell(("a9", message("a9")))
        await until(lambda: bench.sample("sink_deliveries_total", sink="desk", outcome="delivered") == 1)
    assert receiver.keys == ["a9-1"]
    assert bench.sample("sink_wakes_total", sink="desk") == 1


async def test_who_wakes_and_is_refused_by_the_coordinator_tells_nothing_before_it_is_a_member_again(
    bench, receiver, hook, monkeypatch
):
    """Whoever is no member any more has partitions by its own belief alone; it looks again until the group agrees."""
    slept, deliver, clock, commit = (
        0.0,
        room._Runner._deliver,
        awake.since_boot,
        room.AIOKafkaConsumer.commit,
    )
    refused: list[bool] = []
    monkeypatch.setattr(awake, "since_boot", lambda: clock() + slept)

    async def later(runner: room._Runner) -> bool:
        nonlocal slept
        slept = 60.0
        return await deliver(runner)

    async def asked(consumer: AIOKafkaConsumer, positions: object) -> None:
        if slept and len(refused) < 2:
            refused.append(not receiver.keys)
            raise CommitFailedError
        await commit(consumer, positions)

    monkeypatch.setattr(room._Runner, "_deliver", later)
    monkeypatch.setattr(room.AIOKafkaConsumer, "commit", asked)
    await bench.tell(*states(3))
    async with bench.running(hook()):
        await until(lambda: len(receiver.keys) == 3)
    assert refused == [True, True]
    assert len(set(receiver.keys)) == 3


async def test_a_flush_that_hangs_holds_up_a_rebalance_for_half_of_its_time(bench, receiver, hook):
    """A member that came back too late would be put out, and with it what it told."""
    receiver.answers = [Answer(seconds=30)]
    await bench.tell(*states(1))
    sink = WebhookSink("desk", receiver.url, keys(SECRET), seconds=30, retry=QUICK)
    runner = room._Runner(
        bench.kafka, bench.names, sink, AIOKafkaProducer(**bench.kafka), bench.telemetry, asyncio.Event(), MEMBERSHIP
    )  # fmt: skip
    sink.add(State("a0", 1, message("a0")))
    runner._moved = False
    flushing = asyncio.create_task(runner._flush())
    await until(lambda: len(receiver.requests) == 1)
    began = asyncio.get_running_loop().time()
    await runner.on_partitions_revoked(set())
    assert 0.9 <= asyncio.get_running_loop().time() - began < 1.9
    flushing.cancel()
    await asyncio.gather(flushing, return_exceptions=True)
    await sink.close()


async def test_a_sink_that_waits_for_its_file_says_so_once(bench, tmp_path, monkeypatch):
    """And again when it has it, so that nobody wonders why one of two workers tells nothing."""
    monkeypatch.setattr(room, "_TAKEN_SECONDS", 0.02)
    said: list[tuple[str, object]] = []
    emit = bench.telemetry.emit
    monkeypatch.setattr(
        bench.telemetry, "emit", lambda event: said.append((event.name(), event)) or emit(event)
    )
    first, second = (JsonlSink("file", tmp_path / "alerts.jsonl") for _ in range(2))
    await first.open()
    async with bench.running(second):
        await until(lambda: bench.sample("sink_waiting_info", sink="file") == 1)
        await asyncio.sleep(0.2)
        await first.close()
        await until(lambda: bench.sample("sink_waiting_info", sink="file") == 0)
    assert [event.waiting for name, event in said if name == "sink_ready"] == [1, 0]


async def test_one_alert_that_makes_a_receiver_seem_away_becomes_a_dead_letter_alone(bench, receiver, hook):
    """Of the others none is given up that was not sent, and all are told."""
    receiver.by_key = {"a0-1": Answer(502)}
    receiver.answers = [Answer(seconds=0.05)]
    await bench.tell(*states(30), *states(1, sequence=2))
    async with bench.running(hook(retry=Retry(first=0.02, longest=0.05, attempts=5))):
        await until(lambda: bench.sample("sink_dead_alerts_total", **dead("gave_up_http_502")) == 1)
        await until(lambda: len(set(receiver.keys)) == 31)
    assert [letter.key for letter in await bench.read(bench.names.dead)] == [b"a0"]
    assert receiver.keys.count("a0-1") == 5
    assert await bench.committed("desk") == 31


async def test_attempts_are_of_each_alert_and_not_of_the_outage(bench, receiver, hook):
    """While a receiver is away a few are sent at a time, and those that wait are not given up with them."""
    receiver.answers = [Answer(503, seconds=0.3)]  # so that all are there before the first are sent again
    await bench.tell(*states(20))
    async with bench.running(hook(retry=Retry(first=0.02, longest=0.03, attempts=3))):
        await until(lambda: len(receiver.requests) >= 16)
        receiver.answers = [Answer(204)]
        await until(lambda: len(set(receiver.keys)) == 20)
        await until(lambda: bench.sample("sink_queue_alerts", sink="desk") == 0)
    assert await bench.read(bench.names.dead) == []
