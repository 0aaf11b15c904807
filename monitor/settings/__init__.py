"""The settings of a worker: one tree of models, each value with the reason for it.

Pure: a `Settings` is made from plain data. `streams/config.py` reads the file, the environment and
the files with secrets. Unknown keys are an error everywhere; `mistakes.py` says it in words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from monitor.feed import Feed
from monitor.settings.kafka import Kafka, Security
from monitor.settings.names import Names
from monitor.settings.privacy import KEY_BYTES, MissingKey, Privacy
from monitor.settings.section import Section
from monitor.settings.sinks import JsonLines, Sink, Webhook
from monitor.settings.work import Flush, Telemetry, Time, Worker

__all__ = [
    "KEY_BYTES",
    "Flush",
    "JsonLines",
    "Kafka",
    "MissingKey",
    "Privacy",
    "Section",
    "Security",
    "Settings",
    "Sink",
    "Telemetry",
    "Time",
    "Webhook",
    "Worker",
]


class Settings(Section):
    """All of it."""

    kafka: Kafka = Field(default_factory=Kafka, description="The cluster and the topics on it.")
    feeds: list[Feed] = Field(default_factory=list, description="Sources of CDRs, each a topic in a dialect.")
    privacy: Privacy = Field(default_factory=Privacy, description="The key of the pseudonyms.")
    policy: str = Field(
        "nl",
        description="Terms and thresholds: the name of a profile that comes along, or a path to a policy file.",
    )
    reference: Path | None = Field(
        None,
        description="File of what is known of organisations: classes, accounts and number ranges, exemptions, declared "
        "steps. Without it every organisation is commercial and nothing is declared.",
    )
    time: Time = Field(default_factory=Time, description="When a day is over.")
    flush: Flush = Field(default_factory=Flush, description="When what was collected moves on.")
    worker: Worker = Field(default_factory=Worker, description="One process.")
    sinks: list[Sink] = Field(
        default_factory=list, description="Who is told of alerts, besides the topic `alerts`."
    )
    telemetry: Telemetry = Field(default_factory=Telemetry, description="What a worker says of itself.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for what, names in (
            ("feeds: the name", [feed.name for feed in self.feeds]),
            ("feeds: the topic", [feed.topic for feed in self.feeds]),
            ("sinks: the name", [sink.name for sink in self.sinks]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{what} {name!r} is given twice")
        return self

    @model_validator(mode="after")
    def _no_loop(self) -> Self:
        """No feed reads what a worker writes: each record would be rejected, written again, and read again without end."""
        own = Names(self.kafka.topic_prefix).own
        for feed in self.feeds:
            if feed.topic in own:
                raise ValueError(
                    f"feeds: the topic {feed.topic!r} of {feed.name!r} is one of Nummerwacht's own; give the feed another, "
                    "or the others a `kafka.topic_prefix`"
                )
        return self
