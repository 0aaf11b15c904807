"""Being a member of a consumer group: when it is taken for dead, and how long the others wait for it."""

from __future__ import annotations

from monitor.settings import Kafka


def membership(kafka: Kafka) -> dict[str, int]:
    """Keyword arguments of every aiokafka consumer that is in a group; whole milliseconds.

    Of every one: a worker whose readers leave their groups at different times is half dead meanwhile.
    """
    return {
        "session_timeout_ms": int(kafka.session_timeout.total_seconds() * 1000),
        "heartbeat_interval_ms": int(kafka.heartbeat.total_seconds() * 1000),
        "rebalance_timeout_ms": int(kafka.rebalance_timeout.total_seconds() * 1000),
    }
