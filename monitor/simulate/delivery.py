"""When a record comes, and how often: operators send late, twice, and whole hours again."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from monitor.config.closed import Closed
from monitor.simulate.hours import HOUR
from monitor.simulate.rng import fingerprint, scatter, share

SECOND = 1_000_000


class Delivery(Closed):
    """How records get to the monitor."""

    delay: float = Field(2.0, ge=0, description="Mean seconds after a call's end at which its record comes.")
    late: float = Field(0.0, ge=0, le=1, description="Share of records that come much later.")
    late_days: float = Field(1.0, gt=0, description="Mean days by which those are late.")
    late_most: float = Field(5.0, gt=0, description="No record is later than so many days.")
    again: float = Field(0.0, ge=0, le=1, description="Share of records that are sent twice.")
    hours_again: float = Field(
        0.0, ge=0, le=1, description="Share of a feed's hours that are wholly sent twice."
    )

    def deliver(self, calls: np.ndarray, feeds: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        """The records with the moment at which each comes, and those that come again.

        feeds: the feed's place in the scenario's list, by line.
        """
        wait = chance.exponential(self.delay, calls.size) * SECOND
        if self.late:
            days = np.minimum(chance.exponential(self.late_days, calls.size), self.late_most)
            wait += np.where(chance.random(calls.size) < self.late, days * 24 * HOUR, 0)
        calls["delivered"] = calls["ended"] + wait.astype(np.int64)
        parts = [calls]
        if self.again:
            parts.append(self._again(calls[chance.random(calls.size) < self.again], 24 * HOUR, chance))
        if self.hours_again:
            hour = (calls["delivered"] // HOUR).astype(np.uint64)
            lot = scatter(hour * np.uint64(256) + feeds[calls["line"]].astype(np.uint64))
            mark = np.uint64(fingerprint("hours sent again"))
            parts.append(self._again(calls[share(lot ^ mark) < self.hours_again], HOUR, None))
        return np.concatenate(parts) if len(parts) > 1 else calls

    def _again(self, calls: np.ndarray, after: int, chance: np.random.Generator | None) -> np.ndarray:
        """Copies that come later: by chance, or all after the same time."""
        calls["again"] = True
        calls["delivered"] += (
            after if chance is None else (chance.exponential(after, calls.size)).astype(np.int64)
        )
        return calls
