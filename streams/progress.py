"""Tells how far the state is read back, for those who watch: a recovery can take minutes, and can hang.

A task of its own, since what Faust starts of ours comes only when the first recovery is done.
"""

from __future__ import annotations

import asyncio

import faust

from streams.around_faust.recovery import left_by_partition, recovered
from streams.telemetry import Telemetry
from streams.telemetry.events.tenures import RecoveryPartitionReleased, RecoveryProgressed

#: Seconds between two looks: a scrape is seldom more often, and a look costs a subtraction a partition.
_LOOK_SECONDS = 1.0


class Progress:
    """Of the partitions that are ours."""

    def __init__(self, app: faust.App, telemetry: Telemetry) -> None:
        self._app = app
        self._say = telemetry.emit
        #: By partition, the most that was left since its recovery began: that is the whole of it.
        self._whole: dict[int, int] = {}
        self._told: dict[int, tuple[int, int]] = {}

    async def watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    def look(self) -> None:
        """Say what has changed since the last look."""
        lefts = left_by_partition(self._app)
        for partition in self._told.keys() - lefts.keys():
            del self._told[partition]
            self._whole.pop(partition, None)
            self._say(RecoveryPartitionReleased(partition))
        for partition, left in lefts.items():
            if left is None:
                continue
            whole = self._whole[partition] = max(left, self._whole.get(partition, 0))
            if self._told.get(partition) != (left, whole):
                self._told[partition] = (left, whole)
                self._say(RecoveryProgressed(partition, whole - left, whole))
        if recovered(self._app) is not None:
            self._whole.clear()  # the next recovery is another whole
