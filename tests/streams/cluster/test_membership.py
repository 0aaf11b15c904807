"""Every consumer of a worker that is in a group is in it under the same terms: those of the settings."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from monitor.settings import Kafka
from streams.cluster.membership import membership
from streams.telemetry import Telemetry
from streams.worker import running
from tests.field.field import Field


def test_time_outs_are_whole_milliseconds_under_the_names_of_the_client() -> None:
    """Durations of the settings become the arguments of a consumer; an answer is waited for as long as a rebalance may take."""
    terms = Kafka(session_timeout="6s", heartbeat="1500ms", rebalance_timeout="1m", request_timeout="5s")

    assert membership(terms) == {
        "request_timeout_ms": 60_000,
        "session_timeout_ms": 6_000,
        "heartbeat_interval_ms": 1_500,
        "rebalance_timeout_ms": 60_000,
    }


async def test_sinks_and_feeds_are_read_under_the_terms_of_the_settings(
    bootstrap: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies is missed by the groups of its sinks as soon as by that of its feeds."""
    made: dict[str, dict[str, object]] = {}
    begin = AIOKafkaConsumer.__init__

    def noted(self: AIOKafkaConsumer, *topics: str, **arguments: object) -> None:
        if group := arguments.get("group_id"):
            made[str(group)] = arguments
        begin(self, *topics, **arguments)

    monkeypatch.setattr(AIOKafkaConsumer, "__init__", noted)
    sink = {"kind": "jsonl", "name": "file", "path": str(tmp_path / "alerts.jsonl")}
    more = {"worker": {"http_port": 0, "datadir": str(tmp_path)}, "sinks": [sink]}
    field = await Field(bootstrap, prefix, tmp_path, more=more).make()
    wanted = membership(field.settings.kafka)
    groups = {f"{field.names.app}-ingest", f"{field.names.app}-sink-file"}
    async with running(field.settings, Telemetry()):
        await asyncio.sleep(0)  # the sinks are made by a task of their own

    told = {group: {name: made[group].get(name) for name in wanted} for group in groups}
    assert told == dict.fromkeys(groups, wanted)
