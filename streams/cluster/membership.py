"""Being a member of a consumer group: when it is taken for dead, and how long the others wait for it."""

from __future__ import annotations

from monitor.settings import Kafka


def membership(kafka: Kafka) -> dict[str, int]:
    """Keyword arguments of every aiokafka consumer that is in a group; whole milliseconds.

    Merged over those of every client: to join a group takes as long as the slowest member needs, so an answer is waited for as
    long. Of every one: a worker whose readers leave their groups at different times is half dead meanwhile.
    """
    longest = max(kafka.request_timeout, kafka.rebalance_timeout)
    return {
        "request_timeout_ms": int(longest.total_seconds() * 1000),
        "session_timeout_ms": int(kafka.session_timeout.total_seconds() * 1000),
        "heartbeat_interval_ms": int(kafka.heartbeat.total_seconds() * 1000),
        "rebalance_timeout_ms": int(kafka.rebalance_timeout.total_seconds() * 1000),
    }
