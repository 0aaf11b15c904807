"""A fetch as tests have it."""

from __future__ import annotations

from monitor.feed import Feed
from streams.fetching.fetch import Fetch
from streams.telemetry import Telemetry

QUEUE = 4
#: That a group waits for its members, of whom one is not done with what it has.
REBALANCE_SECONDS = 6.0
ALFA = Feed(name="alfa", topic="cdr", dialect="canonical")


def made(
    feed: Feed = ALFA,
    channel: object = None,
    telemetry: Telemetry | None = None,
    *others: Feed,
    size: int = 2**20,
    idle_seconds: float = 60.0,
    **consumer: object,
) -> Fetch:
    """A fetch of batches of ten records; without `consumer` its own is to be made up."""
    return Fetch(
        {each.topic: each for each in (feed, *others)},
        channel,
        telemetry or Telemetry(),
        consumer=consumer,
        records=10,
        size=size,
        idle_seconds=idle_seconds,
        rebalance_seconds=REBALANCE_SECONDS,
    )
