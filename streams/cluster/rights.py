"""What a worker must be allowed to do at a broker with ACLs: each topic and group with its operations, and no more.

Read and Write hold Describe in them. DescribeConfigs is for the look at topics when a worker starts: without it what would lose
the state is not seen.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from monitor.settings import Settings
from streams.topics import Names, reference_topic

_LOOK = "DescribeConfigs"


@dataclass(frozen=True, slots=True)
class Right:
    """Operations on one topic or group, by their names in Kafka's ACLs."""

    kind: Literal["topic", "group"]
    name: str
    operations: tuple[str, ...]
    why: str

    def command(self, servers: str, principal: str) -> str:
        """The command of Kafka's own tools that grants it."""
        words = ["kafka-acls.sh", "--bootstrap-server", servers, "--add", "--allow-principal", principal]
        for operation in self.operations:
            words += ["--operation", operation]
        return shlex.join([*words, f"--{self.kind}", self.name])


def rights(settings: Settings) -> Iterator[Right]:
    """Those of a worker with these settings. Making topics, and publishing a reference, take more."""
    names = Names(settings.kafka.topic_prefix)
    for feed in settings.feeds:
        yield Right("topic", feed.topic, ("Read",), f"CDRs of the feed {feed.name}")
    yield Right("topic", names.calls, ("Read", "Write", _LOOK), "slices are written and read")
    yield Right("topic", names.changelog, ("Read", "Write", _LOOK), "the state, and its recovery")
    yield Right("topic", names.rejected, ("Write", _LOOK), "what can't be read is kept")
    yield Right("topic", names.alerts, ("Read", "Write", _LOOK), "alerts are told, and read by the sinks")
    yield Right("topic", names.told, ("Read", "Write", _LOOK), "what a sink was told")
    yield Right(
        "topic", names.dead, ("Read", "Write", _LOOK), "what a sink gave up, and `nummerwacht dead-letters`"
    )
    if settings.kafka.reference_topic:
        yield Right("topic", reference_topic(names).name, ("Read", _LOOK), "what is known of organisations")
    yield Right("group", names.app, ("Read",), "the workers that judge")
    yield Right("group", f"{names.app}-{settings.worker.group}", ("Read",), "the workers that read the feeds")
    for sink in settings.sinks:
        yield Right("group", f"{names.app}-sink-{sink.name}", ("Read",), f"the sink {sink.name}")
