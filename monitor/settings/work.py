"""The work of a process: when a day is over, when what was collected moves on, how much is held, what is said of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from monitor.config.duration import Duration
from monitor.settings.section import Section


class Time(Section):
    """When a day is over, and how long calls are remembered one by one."""

    grace: Duration = Field(
        timedelta(hours=24),
        description="After the end of a day, in event time, before it is judged: for records that come late. What comes "
        "later still counts, but may change a verdict that was told. Operators' batches are hours late, seldom a day.",
    )
    repeats: Duration = Field(
        timedelta(days=7),
        ge=timedelta(hours=1),
        description="How long after a call its repeats are recognised; older calls are dropped, and counted as such. "
        "A week covers a file sent again after a weekend; each day costs 8 bytes a call on disk and in memory.",
    )
    idle: Duration = Field(
        timedelta(seconds=30),
        description="After this long without a record, a feed's partition that was read to its end no longer holds "
        "event time back. Longer than a broker's hiccup, shorter than anybody's patience.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.repeats < self.grace:
            raise ValueError(
                "repeats must be at least as long as grace, or late calls would be dropped before they count"
            )
        return self


class Flush(Section):
    """When what was collected moves on. Small is soon, large is cheap."""

    interval: Duration = Field(
        timedelta(seconds=1),
        ge=timedelta(milliseconds=10),
        description="Between merges into the state while the stream is live: most of the time from a call to its alert.",
    )
    share: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Of the time, for the merges of a partition, at most: a worker that is busy merges seldom, and so "
        "much at once. A merge has a cost of its own of some 6 ms, which a second's calls of a quiet stream do not repay. Calls "
        "after which a day can be judged do not wait for that.",
    )
    bytes: int = Field(
        8 * 1024**2,
        ge=1024,
        description="Packed slices that wait for a merge of one partition, at most: about a quarter of a million calls. "
        "A merge combines calls of the same number, so when catching up a large one costs a fraction a call; beyond "
        "this nothing is gained, and it takes some hundred MB.",
    )


class Worker(Section):
    """One process: where it keeps its state, where it is looked at, how much it may hold."""

    datadir: Path = Field(
        Path("nummerwacht-data"),
        description="Folder of this worker's state; one a worker: a second one is refused. What is lost here is read "
        "back from the changelog.",
    )
    http_host: str = Field(
        "127.0.0.1",
        description="Address of /metrics, /healthz and /readyz. They name feeds, never numbers, but have no log-in.",
    )
    http_port: int = Field(6066, ge=0, le=65535, description="Port of the same; 0 takes a free one.")
    group: str = Field(
        "ingest",
        pattern=r"^[a-zA-Z0-9._-]+$",
        description="Group of the workers that share the reading of the feeds; the prefix and `nummerwacht-` stand before it. Another name reads every "
        "feed from its beginning.",
    )
    fetch_records: int = Field(
        40_000,
        ge=1,
        description="Records of a batch, about: no more partitions are added when there are so many. Enough to make "
        "columns pay when each batch is dealt over all partitions of `calls`; at 300 bytes about 12 MB.",
    )
    fetch_bytes: int = Field(
        50 * 1024**2,
        ge=1024,
        description="Bytes of an answer of a broker, at most (fetch.max.bytes): Kafka's default. A batch has about half "
        "of it at most. Bounds memory when values are large.",
    )
    stuck_after: Duration = Field(
        timedelta(minutes=5),
        ge=timedelta(seconds=10),
        description="Without any movement while records wait, before the watchdog starts the worker again. Longer than a "
        "broker takes to come back or a rebalance to end: a new start would only delay those.",
    )
    queue: int = Field(
        2,
        ge=1,
        le=1000,
        description="Batches read ahead of the parser: keeps it busy during a fetch; each holds a poll in memory.",
    )


class Telemetry(Section):
    """What a worker says of itself."""

    log_format: Literal["keyvalue", "json"] = Field(
        "keyvalue",
        description="`keyvalue` for people, `json` for machines; numbers of seven digits are masked in both.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="`debug` shows each flush; libraries stay at warning, since their debug records cost 16 % of a core.",
    )
    organisation_labels: bool = Field(
        False,
        description="Name organisations in metrics: whoever sees the metrics then sees who is suspected. An alert is "
        "confidential until somebody decided on it.",
    )
