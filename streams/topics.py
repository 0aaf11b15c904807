"""The topics: what they hold, and how they should be made."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.settings.names import Names

DAY_MS = 86_400_000
#: Slices are split below this many bytes. A broker's default limit is 1 MiB (1,048,588 bytes) a
#: record batch; the rest is room for the batch's own headers and the tick.
SLICE_BYTES = 900_000
#: What `cdr.rejected` takes of one record, since it keeps the original bytes of what may be far larger than any call.
REJECTED_BYTES = 10 * 1024**2


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be made."""

    name: str
    partitions: int
    purpose: str
    configs: dict[str, str] = field(default_factory=dict)


def plan(
    names: Names, partitions: int, *, calls_days: int, alerts_days: int, reference: bool = False
) -> list[Topic]:
    """The topics that a worker needs besides its feeds.

    partitions: of `calls`, and so of the state; it is what bounds the number of workers and can't
    be changed later without a replay, since organisations are dealt over it. reference: whether what is known of
        organisations comes from a topic, too.
    """
    return [
        Topic(
            names.calls,
            partitions,
            "canonical calls in slices of thousands (Arrow IPC), called numbers pseudonymised",
            {"retention.ms": str(calls_days * DAY_MS), "cleanup.policy": "delete"},
        ),
        Topic(
            names.rejected,
            max(1, partitions // 4),
            "records that could not be read: the original bytes and headers, and why",
            {
                "retention.ms": str(calls_days * DAY_MS),
                "cleanup.policy": "delete",
                "max.message.bytes": str(REJECTED_BYTES),
            },
        ),
        Topic(
            names.alerts,
            max(1, partitions // 4),
            "alerts as CloudEvents, keyed by alert",
            {"retention.ms": str(alerts_days * DAY_MS), "cleanup.policy": "delete"},
        ),
        Topic(
            names.dead,
            1,
            "alerts that a sink refused for good, and why",
            # As long as the alerts themselves: a broker's default would be a week, and nobody may look by then.
            {"retention.ms": str(alerts_days * DAY_MS), "cleanup.policy": "delete"},
        ),
        Topic(
            names.told,
            1,
            "what each sink has been told, so that it is not told again",
            {"cleanup.policy": "compact"},
        ),
        Topic(
            names.changelog,
            partitions,
            "the state of the workers: usage by day and by week, call ids by hour, what was told",
            {"cleanup.policy": "compact", "segment.ms": str(DAY_MS // 24)},
        ),
        *([reference_topic(names)] if reference else []),
    ]


def reference_topic(names: Names) -> Topic:
    """The topic of what is known of organisations."""
    return Topic(
        names.reference,
        1,
        "what is known of organisations, an entry a key (with `kafka.reference_topic`)",
        {"cleanup.policy": "compact"},
    )
