"""Topics that are there already, and are not as they should be."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import pytest

from monitor.settings import Settings
from streams.cluster import provision
from streams.cluster.differences import differences
from streams.cluster.embedded import EmbeddedBroker, free_port
from streams.cluster.provision import Found
from streams.config import ConfigError
from streams.telemetry import Telemetry
from streams.topics import DAY_MS, Names, Topic, plan
from streams.worker import _topics, running

_DAY = str(DAY_MS)


def _settings(bootstrap: str, prefix: str, **more: object) -> Settings:
    kafka = {"bootstrap_servers": bootstrap, "topic_prefix": prefix, "replication_factor": 1, "partitions": 1}
    return Settings.model_validate({"kafka": kafka | more})


async def _made(settings: Settings, topic: str, **configs: str) -> None:
    """Make all topics, one of them with other settings: as somebody, or the broker itself, would have made it."""
    given = {name.replace("_", "."): value for name, value in configs.items()}
    wanted = provision.needed(settings.kafka)
    await provision.make(
        settings.kafka, [replace(each, configs=given) if each.name == topic else each for each in wanted]
    )


@pytest.mark.parametrize("name", ["told", "changelog"])
@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
async def test_a_worker_refuses_what_would_lose_the_state(
    bootstrap: str, prefix: str, name: str, policy: str
) -> None:
    """A topic that must be compacted and is not stops the start, with the command that changes it."""
    settings, topic = _settings(bootstrap, prefix), getattr(Names(prefix), name)
    await _made(settings, topic, cleanup_policy=policy)

    with pytest.raises(ConfigError) as refused:
        async with running(settings, Telemetry()):
            pass

    assert f"topic {topic}: cleanup.policy is {policy} and should be compact" in str(refused.value)
    assert f"--entity-name {topic} --add-config cleanup.policy=compact`" in str(refused.value)


async def test_a_worker_says_that_another_retention_has_no_effect(
    bootstrap: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Settings that changed after the topics were made are told at the start, which goes on."""
    caplog.set_level(logging.WARNING, "nummerwacht.topics")
    for _ in range(2):
        await _topics(_settings(bootstrap, prefix, calls_kept="14d", alerts_kept="400d"))
    assert caplog.messages == []

    await _topics(_settings(bootstrap, prefix, calls_kept="30d", alerts_kept="400d"))

    how = "retention.ms is 14d and should be 30d; `nummerwacht topics` says how to change it"
    assert caplog.messages == [f"topic {prefix}{name}: {how}" for name in ("calls", "cdr.rejected")]


async def test_a_broker_that_advertises_an_address_that_is_not_there_is_told_by_it() -> None:
    """Whoever connects through a tunnel or from outside sees which address the broker sent it to, and what to set there."""
    nowhere = f"127.0.0.1:{free_port()}"
    with EmbeddedBroker(advertised=nowhere) as broker:
        kafka = _settings(broker.bootstrap, "x-").kafka
        with pytest.raises(provision.Unreachable) as refused:
            await provision.find(kafka, provision.needed(kafka))
    said = f"Kafka answers at {broker.bootstrap}, and says that its brokers are {nowhere}"
    assert said in str(refused.value)
    assert "advertised.listeners" in str(refused.value)


async def test_a_new_topic_that_nobody_leads_is_told_by_its_name(
    bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may make topics and not describe them waits for no leader without end, and learns which right is missing."""
    monkeypatch.setattr(provision, "_LEADERS_WITHIN", 0.3)
    monkeypatch.setattr(
        provision, "_is_led", lambda topic: topic is not None and "calls" not in topic["topic"]
    )
    kafka = _settings(bootstrap, prefix).kafka
    with pytest.raises(provision.Unreachable, match=rf"^{prefix}calls: made, .* right to Describe"):
        await provision.make(kafka, provision.needed(kafka))


async def test_topics_that_were_just_made_are_as_they_should_be(bootstrap: str, prefix: str) -> None:
    """What is made and what is wanted are the same words to the broker."""
    kafka = _settings(bootstrap, prefix).kafka
    await provision.make(kafka, provision.needed(kafka))

    found = await provision.find(kafka, provision.needed(kafka))

    assert [(each.partitions, each.differences, each.hidden) for each in found] == [
        (each.partitions, [], False) for each in provision.needed(kafka)
    ]


def test_settings_that_we_may_not_look_at_are_said_and_do_no_harm() -> None:
    """A cluster that grants reading and writing only is one to work on."""
    kafka = Settings().kafka
    found = [Found(topic, topic.partitions) for topic in provision.needed(kafka)]

    assert provision.flaws(kafka, found) == []
    assert all("DescribeConfigs" in doubt for doubt in provision.doubts(found).values())
    assert len(provision.doubts(found)) == len(found)


@pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        ({"retention.ms": _DAY}, {"retention.ms": _DAY}, []),
        ({"retention.ms": _DAY}, {"retention.ms": "3600000"}, ["retention.ms is 1h and should be 1d"]),
        ({"retention.ms": _DAY}, {"retention.ms": "-1"}, ["retention.ms is without limit and should be 1d"]),
        (
            {"retention.ms": _DAY},
            {"retention.ms": str(2**63 - 1)},
            ["retention.ms is without limit and should be 1d"],
        ),
        (
            {"retention.ms": _DAY},
            {"retention.ms": _DAY, "retention.bytes": "1000000"},
            ["retention.bytes is 1,000,000 and should be without limit"],
        ),
        ({"retention.ms": _DAY}, {}, ["retention.ms is not known and should be 1d"]),
        ({"cleanup.policy": "compact"}, {"retention.ms": "1", "cleanup.policy": "compact"}, []),
        ({"max.message.bytes": "2000000"}, {"max.message.bytes": "3000000"}, []),
        (
            {"max.message.bytes": "2000000"},
            {"max.message.bytes": "1048588"},
            ["max.message.bytes is 1,048,588 and should be 2,000,000"],
        ),
        ({"segment.ms": "3600000"}, {"segment.ms": "60000"}, []),
        ({"segment.ms": "3600000"}, {"segment.ms": "604800000"}, ["segment.ms is 7d and should be 1h"]),
    ],
)
def test_what_is_better_than_it_should_be_is_no_difference(
    wanted: dict[str, str], there: Mapping[str, str], said: list[str]
) -> None:
    """Times must be those of the settings; room for larger messages, or sooner compaction, is welcome."""
    assert [str(each) for each in differences(Topic("t", 1, "", wanted), there)] == said


def test_dead_letters_are_kept_as_long_as_the_alerts() -> None:
    """Who finds out after a week's leave what a sink refused can still tell it."""
    topics = {topic.name: topic.configs for topic in plan(Names(), 12, calls_days=14, alerts_days=400)}

    assert (
        topics["alerts.dead"]
        == topics["alerts"]
        == {
            "retention.ms": str(400 * DAY_MS),
            "cleanup.policy": "delete",
        }
    )


@pytest.mark.parametrize(("asked", "days"), [("0s", 1), ("1h", 1), ("24h", 1), ("36h", 2)])
def test_of_a_part_of_a_day_all_of_it_is_kept(asked: str, days: int) -> None:
    """Whoever asks for a day and a half has no less."""
    calls = next(
        each
        for each in provision.needed(_settings("x:1", "", calls_kept=asked).kafka)
        if each.name == "calls"
    )
    assert calls.configs["retention.ms"] == str(days * DAY_MS)
