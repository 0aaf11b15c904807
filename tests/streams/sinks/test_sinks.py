"""Sinks by themselves: what they deliver, refuse, sign and remember. With Kafka: test_runner.py."""

from __future__ import annotations

import asyncio
import email.utils
import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from monitor.settings import JsonLines, Webhook
from streams.config import ConfigError
from streams.sinks import JsonlSink, Key, Retry, Sink, State, WebhookSink, make
from streams.sinks.dead import DeadLetters, Letter
from streams.sinks.signature import headers, keys
from streams.sinks.state import Unreadable, read
from streams.sinks.told import Told
from tests.streams.sinks.alerts import message, state
from tests.streams.sinks.receiver import Answer, Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"


def _webhook(url: str, *, seconds: float = 120.0, **more: object) -> WebhookSink:
    """A sink by itself: nobody tries again for it."""
    return WebhookSink("desk", url, keys(SECRET), seconds=seconds, retry=Retry(longest=0.0), **more)


@pytest.fixture
async def webhook(receiver: Receiver):
    sink = _webhook(receiver.url)
    yield sink
    await sink.close()


def lines(path: Path) -> list[tuple[str, str]]:
    events = [json.loads(line) for line in path.read_text().splitlines()]
    return [(event["id"], event["sequence"]) for event in events]


# dead letters


async def test_letters_of_a_round_that_was_given_up_are_not_written() -> None:
    """What they are about is read again, and would be noted twice."""
    written = []

    class Producer:
        async def send(self, topic: str, **message: object) -> asyncio.Future:
            written.append(message["key"])
            sent = asyncio.get_running_loop().create_future()
            sent.set_result(None)
            return sent

    letters = DeadLetters("alerts.dead", Producer())
    for key in (b"given up", b"kept"):
        letters.give_up()
        letters.note(Letter("desk", "refused", key, b"", 0, 1))
    await letters.save()
    assert written == [b"kept"]


# the state


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_an_object"),
        (b'{"sequence": "1"}', "no_id"),
        (b'{"id": 7, "sequence": "1"}', "no_id"),
        ('{"id": "é", "sequence": "1"}'.encode(), "no_id"),
        (b'{"id": "\\ud800", "sequence": "1"}', "no_id"),
        (b'{"id": "a"}', "no_sequence"),
        (b'{"id": "a", "sequence": "first"}', "no_sequence"),
        (b'{"id": "a", "sequence": 1e999}', "no_sequence"),
    ],
)
def test_what_is_no_alert_says_why(value, reason):
    """A message that is no alert has a reason from a short list, and is not quoted."""
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read(value)


def test_a_state_is_one_line_whatever_its_json_looks_like():
    """Indented JSON becomes one line that means the same."""
    event = json.loads(message("a", note="two\nlines"))
    pretty = read(json.dumps(event, indent=2).encode())
    assert pretty.line.count(b"\n") == 1
    assert json.loads(pretty.line) == event


# the signature


def test_the_signature_is_that_of_the_specification():
    """The published test vector of Standard Webhooks comes out to the letter."""
    signature = Key.of(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_key_signs_while_a_key_is_changed():
    """With two keys a receiver that knows either can verify, and can tell which is which."""
    both = keys(f"{OTHER_SECRET}\n{SECRET}\n")
    signed = headers(both, "a-1", 17, b"{}")
    assert signed["webhook-signature"].split() == [key.sign("a-1", 17, b"{}") for key in both]
    assert signed["nummerwacht-keys"].split() == [key.id for key in both]
    assert len({key.id for key in both}) == 2


@pytest.mark.parametrize("text", ["not base64!", "whsec_c2hvcnQ=", "whsec_" + "QUJD" * 30])
def test_a_bad_secret_is_refused_and_not_quoted(text):
    """A secret that is no base64, too short or too long is an error that does not show it."""
    with pytest.raises(ValueError, match="signing secret") as refusal:
        keys(text)
    assert text not in str(refusal.value)


def test_a_key_does_not_show_its_secret():
    """Not even in a traceback's locals."""
    assert "MfKQ" not in repr(keys(SECRET))
    assert str(Key.of(SECRET).secret) not in repr(keys(SECRET))


# the webhook


async def test_an_alert_state_is_one_signed_post_of_the_cloud_event(receiver, webhook):
    """The body is the event unchanged, in CloudEvents' structured mode, signed with the time of sending."""
    told = state("a", 3)
    webhook.add(told)
    flushed = await webhook.flush()
    (request,) = receiver.requests
    timestamp = int(request.headers["webhook-timestamp"])
    assert flushed.delivered == [told]
    assert webhook.held == []
    assert request.body == told.value
    assert request.headers["Content-Type"].startswith("application/cloudevents+json")
    assert request.key == "a-3"
    assert request.headers["webhook-signature"] == Key.of(SECRET).sign("a-3", timestamp, told.value)


@pytest.mark.parametrize("status", [400, 409, 413, 415, 422])
async def test_what_a_receiver_refuses_is_not_tried_again(status, receiver):
    """An answer about what was sent is a refusal with its status as reason; the others go on."""
    webhook = _webhook(receiver.url, at_once=1)
    receiver.answers = [Answer(status), Answer(200)]
    for id in ("a", "b"):
        webhook.add(state(id))
    flushed = await webhook.flush()
    await webhook.close()
    assert [(refused.state.id, refused.reason) for refused in flushed.refused] == [("a", f"http_{status}")]
    assert [told.id for told in flushed.delivered] == ["b"]
    assert (flushed.failure, webhook.held) == (None, [])


@pytest.mark.parametrize("status", [401, 403, 404, 405, 410, 301, 307])
async def test_a_receiver_that_does_not_know_us_gets_nothing_more_and_loses_nothing(status, receiver):
    """A password that ran out or an address that moved is mended by people: no alert is refused for it, none is sent elsewhere."""
    webhook = _webhook(receiver.url, at_once=1)
    receiver.answers = [Answer(status, {"Location": receiver.url})]
    for id in "abc":
        webhook.add(state(id))
    flushed = await webhook.flush()
    await webhook.close()
    assert (flushed.failure, flushed.refused, flushed.delivered) == (f"http_{status}", [], [])
    assert receiver.keys == ["a-1"]
    assert [held.id for held in webhook.held] == ["a", "b", "c"]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_what_may_pass_stays_held(status, receiver, webhook):
    """A passing error keeps the state for the next flush, which sends it under the same key."""
    receiver.answers = [Answer(status), Answer(200)]
    webhook.add(state("a"))
    failed = await webhook.flush()
    assert (failed.failure, failed.delivered, failed.refused) == (f"http_{status}", [], [])
    done = await webhook.flush()
    assert [told.key for told in done.delivered] == ["a-1"]
    assert receiver.keys == ["a-1", "a-1"]


async def test_a_receiver_that_is_away_is_a_passing_failure():
    """Nobody listening is no refusal."""
    webhook = _webhook("http://127.0.0.1:1/alerts")
    webhook.add(state("a"))
    flushed = await webhook.flush()
    await webhook.close()
    assert flushed.failure == "unreachable"
    assert [held.key for held in webhook.held] == ["a-1"]


@pytest.mark.parametrize("size", [0, 2**27])
async def test_what_an_answer_says_besides_its_status_is_passed_by(receiver, webhook, size):
    """That of a proxy which says that it is packed, and is not, or that unpacks to any size, is taken by its status."""
    body = gzip.compress(bytes(size), 1) if size else b"no gzip"
    receiver.answers = [Answer(200, {"content-encoding": "gzip"}, body=body)]
    webhook.add(read(message("a")))
    tracemalloc.start()
    flushed = await webhook.flush()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [told.key for told in flushed.delivered] == ["a-1"]
    assert peak < 50 * 2**20


async def test_a_receiver_that_does_not_answer_costs_one_time_out(receiver):
    """With twenty states held and no answer, few are tried: the rest wait for the next flush."""
    webhook = _webhook(receiver.url, seconds=0.5)
    receiver.answers = [Answer(seconds=5)]
    for n in range(20):
        webhook.add(state(f"a{n}"))
    flushed = await webhook.flush()
    await webhook.close()
    assert flushed.failure == "timeout"
    assert len(webhook.held) == 20
    assert len(receiver.requests) == receiver.most_at_once <= 4


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        (email.utils.formatdate(1_000_030, usegmt=True), 30.0),
        ("soon", 0.0),
        ("", 0.0),
        ("Wed, 21 Oct 99999999999999999999999 07:28:00 GMT", 0.0),
    ],
)
async def test_the_wait_that_a_receiver_asks_for_is_passed_on(said, seconds, receiver):
    """`Retry-After` is understood as seconds and as a date; nonsense is no wait."""
    sink = _webhook(receiver.url, now=lambda: 1_000_000.0)
    receiver.answers = [Answer(429, {"Retry-After": said})]
    sink.add(state("a"))
    flushed = await sink.flush()
    await sink.close()
    assert flushed.again_in == seconds


async def test_the_states_of_one_alert_arrive_in_order(receiver, webhook):
    """Different alerts go at once, the states of one never overtake each other."""
    receiver.answers = [Answer(seconds=0.05)]
    for sequence in (1, 2, 3):
        for id in ("a", "b"):
            webhook.add(state(id, sequence))
    await webhook.flush()
    assert [key for key in receiver.keys if key.startswith("a")] == ["a-1", "a-2", "a-3"]
    assert receiver.most_at_once == 2


async def test_an_alert_that_always_fails_holds_up_no_other(receiver, webhook):
    """A receiver that has an error at one of them has the others at once; from one that is away nothing more is asked."""
    for status in (500, 503):
        receiver.requests.clear()
        receiver.answers = [Answer(status), Answer(204)]
        for name in "abcdefgh":
            webhook.add(state(f"{name}{status}"))
            webhook.add(state(f"{name}{status}", 2))
        flushed = await webhook.flush()
        assert flushed.failure == f"http_{status}"
        failed = receiver.keys[0]
        assert failed in {held.key for held in webhook.held}
        if status == 500:
            assert [held.key for held in webhook.held] == [failed, failed.replace("-1", "-2")]
        else:
            assert len(receiver.keys) <= 4


async def test_what_failed_last_is_sent_last(receiver, webhook):
    """An alert at which the receiver seems away keeps no other from it; what was not sent has not failed."""
    receiver.by_key = {"a0-1": Answer(502)}
    receiver.answers = [Answer(seconds=1)]  # so that the failure is known before any other is done
    for n in range(9):
        webhook.add(state(f"a{n}"))
    flushed = await webhook.flush()
    assert [(failed.key, reason) for failed, reason in flushed.failed] == [("a0-1", "http_502")]
    assert {each.key for each in flushed.delivered} == {"a1-1", "a2-1", "a3-1"}
    again = await webhook.flush()
    assert [each.key for each in webhook.held] == ["a0-1"]
    assert len(again.delivered) == 5
    assert receiver.keys[-1] == "a0-1"


async def test_a_later_state_does_not_overtake_one_that_failed(receiver, webhook):
    """When a state is held back, the next state of its alert is as well."""
    receiver.answers = [Answer(200), Answer(503), Answer(200)]
    for sequence in (1, 2, 3):
        webhook.add(state("a", sequence))
    await webhook.flush()
    assert [held.key for held in webhook.held] == ["a-2", "a-3"]
    await webhook.flush()
    assert receiver.keys == ["a-1", "a-2", "a-2", "a-3"]


# from settings


async def test_sinks_are_made_of_their_settings(tmp_path):
    """Every kind of sink in the settings has its sink, with its own retrying."""
    file = make(JsonLines(kind="jsonl", name="file", path=tmp_path / "a.jsonl"))
    hook = make(
        Webhook(
            kind="webhook", name="desk", url="https://example.org/x", secret=SecretStr(SECRET), attempts=3
        )
    )
    assert (type(file), file.name, file.retry.attempts) == (JsonlSink, "file", None)
    assert (type(hook), hook.name, hook.retry.attempts) == (WebhookSink, "desk", 3)
    await hook.close()


def test_alerts_are_never_sent_unsigned():
    """A webhook without a secret is refused at once, and one that cannot sign by an error that names the setting."""
    with pytest.raises(ValidationError, match="never sent unsigned"):
        Webhook(kind="webhook", name="desk", url="https://example.org/x")
    unusable = SecretStr("a passphrase is no key")
    with pytest.raises(ConfigError, match=r"sinks\.desk\.secret"):
        make(Webhook(kind="webhook", name="desk", url="https://example.org/x", secret=unusable))


def test_every_kind_of_sink_gives_up_what_it_holds():
    """After a rebalance nothing of the former partitions is delivered by whoever lost them."""

    class Silent(Sink):
        async def flush(self):
            raise AssertionError("not flushed here")

    sink = Silent("silent", JsonlSink("file", Path("x")).retry)
    assert isinstance(state("a"), State)
    sink.add(state("a"))
    assert [left.key for left in sink.give_up()] == ["a-1"]
    assert sink.held == []


# what was told


@pytest.mark.parametrize(
    ("key", "value"), [(b"desk|a", b"x"), (b"desk|\xff", b"1"), (b"desk|a", b""), (b"other|a", b"7")]
)
async def test_a_row_of_somebody_else_tells_a_sink_nothing(key: bytes, value: bytes):
    """A tool's row on the compacted topic would else end the worker at each start."""
    told = Told("desk", "alerts.told", None, {"bootstrap_servers": "127.0.0.1:1"})
    told._read(key, value)
    assert not told.has(state("a", 1))
    told._read(b"desk|a", b"1")
    assert told.has(state("a", 1))
