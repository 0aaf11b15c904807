"""Traffic as bad as the field has it: sent again, late, shuffled, on two feeds, with poison between."""

from __future__ import annotations

import numpy as np
import polars as pl

from monitor.simulate import Scenario
from tests.field.traffic import calls, values

_HOUR = 3_600_000_000
POISON = (b"", b"{cut off", b"\xff\xfe", b'{"call_id": 1}', b"[]", None)


def rough(
    seed: int, days: int = 45, volume: int = 1
) -> tuple[pl.DataFrame, dict[str, list[bytes | None]], int]:
    """The calls; the records by feed as they are sent; how many of those are poison.

    A tenth is sent twice (at once, hours or a day later), a fiftieth comes up to three days late, and
    all are shuffled within an hour. volume: times the scenario's own rate of calls.
    """
    chance = np.random.default_rng(seed)
    frame = calls(louder(Scenario.load("small"), volume), seed, days=days)
    feeds = chance.choice(["alfa", "bravo"], frame.height, p=[0.7, 0.3])
    frame = frame.with_columns(feed=pl.Series(feeds))
    started = frame["started_at"].to_physical().to_numpy()
    sent = started + chance.integers(0, _HOUR, frame.height)
    late = chance.random(frame.height) < 0.02
    sent = sent + np.where(late, chance.integers(0, 70 * _HOUR, frame.height), 0)
    again = np.flatnonzero(chance.random(frame.height) < 0.1)
    delays = chance.choice([0, 5 * _HOUR, 30 * _HOUR], again.size)
    order = np.argsort(np.concatenate([sent, sent[again] + delays]), kind="stable")
    rows = np.concatenate([np.arange(frame.height), again])[order]
    sends = values(frame[rows])
    poison = 0
    for feed, records in sends.items():
        places = range(len(records) - 1, 0, -400)
        for at in places:
            records.insert(at, POISON[at % len(POISON)])
        poison += len(places)
        sends[feed] = records
    return frame, sends, poison


def louder(scenario: Scenario, times: int) -> Scenario:
    """The same organisations, those of which the scenario says a rate with so many times the calls."""
    louder = [
        each.model_copy(update={"changes": each.changes | {"rate": each.changes["rate"] * times}})
        if "rate" in each.changes
        else each
        for each in scenario.organisations
    ]
    return scenario.model_copy(update={"organisations": tuple(louder)})
