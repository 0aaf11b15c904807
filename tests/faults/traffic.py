"""Traffic as bad as the field has it: sent again, late, shuffled, on two feeds, with poison between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from monitor.simulate import Scenario
from tests.field.traffic import calls, values

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
POISON = (b"", b"{cut off", b"\xff\xfe", b'{"call_id": 1}', b"[]", None)
#: Records between two that are poison: fewer than the smallest batches that a worker reads.
_POISON_EVERY = 101
#: The day of the simulation on which the feed `bravo` is silent.
_SILENT_DAY = 20
#: The power by which the feed `bravo` is behind: of 45 days at most 2.3, which with the lateness of single
#: records is within the grace of a run, 6.
_PACE = 1.15


class Again(NamedTuple):
    """A way in which a record is sent again: so many microseconds of the traffic later, so many partitions further."""

    after: int
    further: int


#: As a producer does that tries again (at once, and what it sends at once is one batch), a mediation that delivers a file
#: anew (later, to the same place), or one that deals anew.
AGAIN: Mapping[str, Again] = {
    "same batch": Again(0, 0),
    "later batch": Again(2 * _HOUR, 0),
    "hours apart": Again(30 * _HOUR, 0),
    "another partition": Again(0, 1),
    "another partition, hours apart": Again(5 * _HOUR, 1),
}


@dataclass(slots=True)
class Rough:
    """The calls, and the records by feed in the order in which they are sent, each with its partition."""

    calls: pl.DataFrame
    sends: dict[str, list[bytes | None]]
    to: dict[str, list[int]]
    poison: int

    def part(self, at: int, of: int) -> tuple[dict[str, list[bytes | None]], dict[str, list[int]]]:
        """What is sent in part `at` of `of`: `bravo` slowly at first, and then it catches up."""
        pace = {"alfa": 1.0, "bravo": _PACE}
        cuts = {
            feed: slice(
                round(len(records) * (at / of) ** pace[feed]),
                round(len(records) * ((at + 1) / of) ** pace[feed]),
            )
            for feed, records in self.sends.items()
        }
        return (
            {feed: records[cuts[feed]] for feed, records in self.sends.items()},
            {feed: places[cuts[feed]] for feed, places in self.to.items()},
        )


def rough(seed: int, partitions: int, days: int = 45, volume: int = 1) -> Rough:
    """Traffic of two feeds, one of them silent for a day.

    A tenth is sent twice, in one of the ways of `AGAIN`; a fiftieth comes up to three days late; all are shuffled
    within an hour. volume: times the scenario's own rate of calls.
    """
    chance = np.random.default_rng(seed)
    frame = calls(louder(Scenario.load("small"), volume), seed, days=days)
    frame = frame.with_columns(feed=pl.Series(chance.choice(["alfa", "bravo"], frame.height, p=[0.7, 0.3])))
    started = pl.col("started_at").to_physical()
    day = (started - frame["started_at"].to_physical().min()) // _DAY
    frame = frame.filter((pl.col("feed") != "bravo") | (day != _SILENT_DAY))
    sent = frame["started_at"].to_physical().to_numpy() + chance.integers(0, _HOUR, frame.height)
    late = chance.random(frame.height) < 0.02
    sent = sent + np.where(late, chance.integers(0, 70 * _HOUR, frame.height), 0)
    again = np.flatnonzero(chance.random(frame.height) < 0.1)
    ways = np.array(list(AGAIN.values()))[chance.integers(0, len(AGAIN), again.size)]
    order = np.argsort(np.concatenate([sent, sent[again] + ways[:, 0]]), kind="stable")
    first = np.arange(frame.height) % partitions
    rows = np.concatenate([np.arange(frame.height), again])[order]
    places = np.concatenate([first, first[again] + ways[:, 1]])[order] % partitions
    feeds = frame["feed"].to_numpy()[rows]
    sends = values(frame[rows])
    to = {feed: places[feeds == feed].tolist() for feed in sends}
    poison = 0
    for feed, records in sends.items():
        for at in range(len(records) - 1, 0, -_POISON_EVERY):
            records.insert(at, POISON[at % len(POISON)])
            to[feed].insert(at, at % partitions)
            poison += 1
    return Rough(frame, sends, to, poison)


def louder(scenario: Scenario, times: int) -> Scenario:
    """The same organisations, those of which the scenario says a rate with so many times the calls."""
    louder = [
        each.model_copy(update={"changes": each.changes | {"rate": each.changes["rate"] * times}})
        if "rate" in each.changes
        else each
        for each in scenario.organisations
    ]
    return scenario.model_copy(update={"organisations": tuple(louder)})
