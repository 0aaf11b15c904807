"""`nummerwacht dead-letters`: what a receiver never got is seen, and told again by whoever runs the worker."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiokafka import AIOKafkaProducer

from streams.cluster import provision
from streams.config import load
from streams.sinks.dead import Letter
from streams.topics import Names
from tests.streams.sinks.alerts import message


@pytest.fixture
def cluster(tmp_path, bootstrap, prefix):
    """Settings with a cluster on which the topics are."""
    kafka = {"bootstrap_servers": bootstrap, "topic_prefix": prefix, "replication_factor": 1, "partitions": 1}
    config = tmp_path / "nummerwacht.yml"
    sinks = [{"kind": "jsonl", "name": name, "path": str(tmp_path / name)} for name in ("desk", "ksf")]
    config.write_text(json.dumps({"kafka": kafka, "sinks": sinks}))
    settings = load(config, {}).kafka
    asyncio.run(provision.make(settings, provision.needed(settings)))
    return config


def bury(cluster, *letters: Letter) -> None:
    async def write() -> None:
        kafka = load(cluster, {}).kafka
        async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as producer:
            for letter in letters:
                await producer.send_and_wait(
                    Names(kafka.topic_prefix).dead, letter.value, letter.key, headers=letter.headers()
                )

    asyncio.run(write())


def letter(sink: str, id: str, reason: str, **data: object) -> Letter:
    return Letter(sink, reason, id.encode(), message(id, **data), 0, 0)


def _rows(ended) -> list[list[str]]:
    return [line.split("\t")[1:] for line in ended.stdout.splitlines()[1:] if "\t" in line]


def test_letters_are_shown_and_told_again(run, cluster):
    """First who never got what, and why; then they are put back, those of one sink or one reason only where that is asked."""
    carousel = {"kind": "number_carousel", "status": "open", "organisation": "\x1b[2Jbakker"}
    bury(
        cluster,
        letter("desk", "a", "http_422", **carousel),
        letter("ksf", "a", "gave_up_http_401", **carousel),
        letter("ksf", "b", "gave_up_http_401"),
    )

    shown = run("dead-letters", cluster)
    assert shown.exit_code == 0
    assert sorted(_rows(shown)) == [
        ["desk", "http_422", "a-1", "number_carousel", "open", "\\x1b[2Jbakker"],
        ["ksf", "gave_up_http_401", "a-1", "number_carousel", "open", "\\x1b[2Jbakker"],
        ["ksf", "gave_up_http_401", "b-1", "", "", ""],
    ]
    assert "2 for ksf: gave_up_http_401" in shown.stderr
    assert "Nothing was written" in shown.stderr

    one = run("dead-letters", cluster, "--sink", "ksf", "--reason", "gave_up_http_401", "--again")
    assert [row[0] for row in _rows(one)] == ["ksf", "ksf"]
    assert "put 2 states on alerts again" in one.stdout
    assert "put 2 states on alerts again" in run("dead-letters", cluster, "--again").stdout


def test_no_letters_are_no_error(run, cluster):
    """As after a month in which all went well, or for the name of a sink that there is none of."""
    assert "no alert waits to be told again" in run("dead-letters", cluster).stdout
    bury(cluster, letter("desk", "a", "http_422"))

    ended = run("dead-letters", cluster, "--sink", "dsek", "--again")

    assert (ended.exit_code, _rows(ended)) == (0, [])
    assert "no alert waits" in ended.stdout
    assert "of other sinks or reasons" in ended.stderr


def test_letters_of_a_sink_that_is_gone_stay_where_they_are(run, cluster):
    """Nobody would tell them, and other readers of `alerts` would see them each time."""
    bury(cluster, letter("old", "a", "http_422"))

    ended = run("dead-letters", cluster, "--again")

    assert [row[0] for row in _rows(ended)] == ["old"]
    assert "not in these settings, so not told again: old" in ended.stderr
    assert "put" not in ended.stdout.splitlines()[-1]


def test_a_broker_that_answers_no_more_ends_it(run, cluster, monkeypatch):
    """It would try for ever, without a word."""

    async def silent(*_: object, **__: object) -> dict:
        await asyncio.sleep(0.05)
        return {}

    bury(cluster, letter("desk", "a", "http_422"))
    monkeypatch.setattr("streams.cluster.contents.AIOKafkaConsumer.getmany", silent)
    monkeypatch.setenv("NUMMERWACHT_KAFKA__REQUEST_TIMEOUT", "1s")

    ended = run("dead-letters", cluster)

    assert ended.exit_code == 4
    assert "nothing more can be read" in ended.stderr


def test_a_missing_topic_is_told_with_the_command_that_makes_it(run, cluster, prefix):
    """A wrong prefix must not look as if nothing was given up."""
    cluster.write_text(cluster.read_text().replace(prefix, f"{prefix}other-"))

    ended = run("dead-letters", cluster)

    assert ended.exit_code == 2
    assert "`nummerwacht topics CONFIG --apply` makes it" in ended.stderr
