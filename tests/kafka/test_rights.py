"""The rights that are said to be enough, tried on a real Apache Kafka that grants no others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import polars as pl
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from monitor.settings import Security
from streams.cluster import provision
from streams.cluster.embedded import free_port
from streams.cluster.rights import Right, rights
from streams.topics import Topic
from tests.brokers.apache import ApacheKafka
from tests.field.field import Field
from tests.field.traffic import calls, delivered_as_replayed, values

pytestmark = pytest.mark.kafka
_PASSWORD = "not-a-secret"
#: Numbers of Kafka's protocol.
_KINDS = {"topic": 2, "group": 3}
_OPERATIONS = {"Read": 3, "Write": 4, "DescribeConfigs": 10}
_LITERAL = _ALLOW = 3


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    """A broker that does for `worker` only what was granted; the addresses of whoever may do all, and of the worker."""
    inner, outer, controller = free_port(), free_port(), free_port()
    listeners = f"PLAINTEXT://127.0.0.1:{inner},SASL_PLAINTEXT://127.0.0.1:{outer}"
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    extra = {
        "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": listeners,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": f'{login} user_worker="{_PASSWORD}";',
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    broker = ApacheKafka(tmp_path / "guarded", extra)
    broker.bootstrap = f"127.0.0.1:{inner}"
    await broker.started()
    try:
        yield broker.bootstrap, f"127.0.0.1:{outer}"
    finally:
        broker.stop()


async def _grant(bootstrap: str, granted: Iterable[Right]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        for right in granted:
            for operation in right.operations:
                answer = await admin._send_request(
                    CreateAclsRequest(
                        _KINDS[right.kind],
                        right.name,
                        _LITERAL,
                        "User:worker",
                        "*",
                        _OPERATIONS[operation],
                        _ALLOW,
                    )
                )
                assert [code for code, *_ in answer.creation_responses] == [0]
    finally:
        await admin.close()


async def test_a_worker_needs_no_more_rights_than_are_listed(
    guarded: tuple[str, str], prefix: str, tmp_path: Path
) -> None:
    """Reading, judging, recovery after a kill, a sink and the reference go on with the rights that `topics --acls` writes."""
    every, bootstrap = guarded
    delivered, folder = tmp_path / "told.jsonl", tmp_path / "field"
    login = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}
    field = Field(
        every, prefix, folder,
        more={
            "kafka": {
                "bootstrap_servers": bootstrap,
                "security": login | {"sasl.username": "worker", "sasl.password": _PASSWORD},
                "reference_topic": True,
            },
            "sinks": [{"kind": "jsonl", "name": "file", "path": str(delivered)}],
        },
    )  # fmt: skip
    kafka = field.settings.kafka.model_copy(update={"bootstrap_servers": every, "security": Security()})
    feeds = [Topic(feed.topic, 3, "") for feed in field.settings.feeds]
    await provision.make(kafka, [*provision.needed(kafka), *feeds])
    await _grant(every, rights(field.settings))
    sent = values(calls("small", days=45).with_columns(feed=pl.lit("alfa")))
    try:
        field.start(1)
        total = await field.send(sent)
        await field.begun()
        field.kill(1)
        field.start(1)
        state = await field.settled(total)
        events = await field.alerts()
        field.stop(1)
    finally:
        field.end()
    delivered_as_replayed(field, sent, state, events, delivered.read_text().splitlines())
    # All that it said, also at its start: a look at the topics that was not allowed is only told there.
    assert "its settings are not checked" not in (folder / "worker-1.log").read_text()
