"""Minutes: how many minutes of its calls each partition of a feed was seen in.

Judged are days, and what is kept of a feed is its hours (`monitor/day/coverage.py`). Who watches a feed wants to see ten
minutes that are missing too, so whoever reads a partition counts the minutes in which calls began, each once. That is a
count for a graph, and no state: a worker that reads records again after a start may count a minute twice.
"""

from __future__ import annotations

import numpy as np

from monitor.call import MICROSECONDS_A_MINUTE
from monitor.columns.grouping import groups

#: Minutes that are told apart: two days, longer than records of one partition are out of order. One that comes later than
#: the minute which took its place is not counted.
_REMEMBERED = 2 * 24 * 60


def starts(parts: np.ndarray, started: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The minutes (since 1970) in which calls of each part began: one row for each part and minute.

    parts: of each call. started: its start, µs since 1970.
    """
    minutes = started // MICROSECONDS_A_MINUTE
    # Calls come about in the order of their starts, so most have the minute of the one before, and sorting the others is little.
    begins = np.append(True, (minutes[1:] != minutes[:-1]) | (parts[1:] != parts[:-1]))[: len(minutes)]
    parts, minutes = parts[begins], minutes[begins]
    first = groups(parts, minutes).first
    return parts[first], minutes[first]


class Minutes:
    """Of the partitions that this worker reads, or did."""

    def __init__(self) -> None:
        #: Of a partition, by place in two days, the minute that was seen there.
        self._seen: dict[tuple[str, int], np.ndarray] = {}

    def new(self, feed: str, partition: int, minutes: np.ndarray) -> int:
        """How many of these distinct minutes were not seen before; now they were."""
        seen = self._seen.setdefault((feed, partition), np.full(_REMEMBERED, -1, np.int64))
        places = minutes % _REMEMBERED
        count = int((minutes > seen[places]).sum())
        np.maximum.at(seen, places, minutes)  # of two minutes in one place the later one stays
        return count
