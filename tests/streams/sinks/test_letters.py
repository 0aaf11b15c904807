"""Dead letters afterwards, on a real broker: which wait, and that they are told again to whoever was not told."""

from __future__ import annotations

from monitor.settings import Kafka
from streams.sinks import JsonlSink
from streams.sinks.dead import DeadLetters, Letter
from streams.sinks.letters import again, look
from tests.streams.sinks.alerts import message
from tests.streams.sinks.bench import dead, states
from tests.streams.sinks.receiver import Answer
from tests.streams.waiting import until


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
