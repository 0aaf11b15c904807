"""The runner on a real broker: delivered, remembered, committed; through crashes, refusals and outages."""

from __future__ import annotations

import asyncio
import gc
import itertools
from unittest.mock import AsyncMock

import pytest

from streams.sinks import Flushed, JsonlSink, Retry, Sink, awake
from streams.sinks import runner as room
from streams.telemetry.events import sinks as sink_events
from tests.streams.sinks.alerts import message
from tests.streams.sinks.bench import QUICK, dead, states
from tests.streams.sinks.receiver import Answer
from tests.streams.waiting import bounded, until


async def died(task: asyncio.Task) -> None:
    """End it as a kill would: nothing more is committed."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


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


async def test_what_comes_during_an_outage_is_seen_to_wait(bench, receiver, hook):
    """Nothing is read while a receiver is away, and the lag grows all the same."""

    def waiting() -> float:
        return sum(bench.sample("sink_lag_alerts", sink="desk", partition=str(part)) for part in range(2))

    receiver.answers = [Answer(503)]
    await bench.tell(*states(1))
    async with bench.running(hook()):
        await until(lambda: bench.sample("sink_retries_total", sink="desk", reason="http_503") >= 1)
        assert waiting() == 0
        await bench.tell(*states(20))
        await until(lambda: waiting() > 0)
        receiver.answers = [Answer(204)]
        await until(lambda: len(set(receiver.keys)) == 20)
        await until(lambda: waiting() == 0)


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


async def test_a_sink_that_stays_another_workers_leaves_nothing_open(bench, tmp_path, caplog):
    """Who waited for it to the end ends without a word of what it had made meanwhile."""
    path = tmp_path / "alerts.jsonl"
    other = JsonlSink("file", path)
    await other.open()
    async with bench.running(JsonlSink("file", path)):
        await until(lambda: bench.sample("sink_waiting_info", sink="file") == 1)
    await other.close()
    gc.collect()
    assert not [record for record in caplog.records if "Unclosed" in record.message]


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
