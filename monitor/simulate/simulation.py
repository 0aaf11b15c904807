"""A run of a scenario: chunks of calls in the order in which operators send them, and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl

from monitor.call import INSTANT
from monitor.simulate.actor import Actor
from monitor.simulate.cast import Cast
from monitor.simulate.columns import COLUMNS
from monitor.simulate.hours import Calendar
from monitor.simulate.labels import Uses, labels, reference
from monitor.simulate.scenario import Scenario
from monitor.simulate.traffic import ALLOWED, RECORD, RESTRICTED, UNAVAILABLE, traffic

#: Calls of one organisation that are made at once: enough that numpy's cost per step is spread, few
#: enough that what is made ahead of time stays small (32 days of the smallest organisations).
_BLOCK_CALLS, _BLOCK_DAYS = 4096, 32
_PRESENTATIONS = {ALLOWED: "allowed", RESTRICTED: "restricted", UNAVAILABLE: "unavailable"}


class Simulation:
    """The traffic of a scenario.

    Memory: the calls of a day, those of small organisations for up to 32 days ahead, and the records
    that are late.
    """

    def __init__(self, scenario: Scenario, seed: int, start: date, days: int, scale: float) -> None:
        self.scenario, self.seed, self.scale = scenario, seed, scale
        self.calendar = Calendar(start, days, scenario.zone)
        self.actors: list[Actor] = Cast(scenario, seed, scale, self.calendar).actors
        self._uses: Uses | None = None

    @property
    def days(self) -> int:
        """Days of traffic."""
        return self.calendar.days

    @cached_property
    def expected(self) -> int:
        """About how many outbound calls there will be, for a progress bar."""
        total = sum(
            phase.expected[max(phase.start, 0) : max(min(phase.stop, self.days), 0)].sum()
            for actor in self.actors
            for phase in actor.phases
        )
        return int(total)

    def chunks(self, step: timedelta = timedelta(days=1)) -> Iterator[pl.DataFrame]:
        """Frames of `COLUMNS`, each with the records that are sent in one step of time, in that order.

        Steps without a record are left out. Records that are late follow after the last day.
        """
        size = round(step / timedelta(microseconds=1))
        edge = self.calendar.first + size
        held: list[pl.DataFrame] = []
        for records, until in self._days():
            # A day is one frame, of which the steps are slices: making a frame costs milliseconds.
            frame, begin = self._frame(records), 0
            while edge <= until:
                end = int(np.searchsorted(records["delivered"], edge))
                held.append(frame[begin:end])
                yield from _whole(held)
                held, begin, edge = [], end, edge + size
            held.append(frame[begin:])
        yield from _whole(held)

    @property
    def reference(self) -> dict:
        """What the organisations declared beforehand, as `monitor.reference.Reference` reads it."""
        return reference(self.actors, self.calendar)

    @property
    def labels(self) -> dict:
        """The truth about every organisation and number; see `labels.py`. Makes the traffic if it was not made."""
        if self._uses is None:
            for _ in self._days():
                pass
        return {
            "scenario": self.scenario.name,
            "seed": self.seed,
            "start": self.calendar.start.isoformat(),
            "days": self.days,
            "scale": self.scale,
            **labels(self.actors, self.calendar, self.scenario.feeds, self._uses),
        }

    def _days(self) -> Iterator[tuple[np.ndarray, int]]:
        """For each day the records sent up to its end, by delivery, and that end in microseconds.

        After the last day come the late ones, all at once.
        """
        uses = Uses()
        pending = np.empty(0, RECORD)
        made = np.zeros(len(self.actors), dtype=np.int64)
        spans = np.array([self._span(actor) for actor in self.actors])
        for day in range(self.days + 1):
            last = day == self.days
            until = np.iinfo(np.int64).max if last else int(self.calendar.midnight[day + 1])
            parts = [pending]
            if not last:
                for index in np.flatnonzero(made <= day):
                    stop = min(int(made[index] + spans[index]), self.days)
                    made[index] = stop
                    calls = traffic(
                        self.actors[index], day, stop, self.calendar, self.scenario.delivery, self.seed
                    )
                    uses.add(calls)
                    parts.append(calls)
            pending = np.concatenate(parts)
            now = pending["delivered"] < until
            records, pending = pending[now], pending[~now]
            records = records[np.lexsort((records["key"], records["delivered"]))]
            if last:
                until = int(records["delivered"][-1]) if records.size else self.calendar.last
            yield records, until
        self._uses = uses

    def _span(self, actor: Actor) -> int:
        """Days of an actor that are made at once: a power of two that depends on its rate alone."""
        rate = max(phase.expected.max() for phase in actor.phases)
        return 1 << int(np.clip(np.log2(_BLOCK_CALLS / max(rate, 1)), 0, np.log2(_BLOCK_DAYS)))

    def _frame(self, records: np.ndarray) -> pl.DataFrame:
        return (
            pl.DataFrame({name: records[name] for name in RECORD.names})
            .lazy()
            .with_columns(
                pl.col("started", "answered", "ended").replace(0, None).cast(INSTANT),
                pl.col("shown", "network").replace(0, None),
                actor=pl.col("actor"),
            )
            .join(self._cast.lazy(), on=["actor", "line"], how="left", maintain_order="left")
            .select(
                call_id=pl.col("key").cast(pl.String),
                started_at="started",
                answered_at="answered",
                ended_at="ended",
                direction=pl.when("inbound").then(pl.lit("inbound")).otherwise(pl.lit("outbound")),
                presented_number=_plus(pl.when("inbound").then("phone").otherwise("shown")),
                network_number=_plus(pl.when("inbound").then("phone").otherwise("network")),
                presentation=pl.col("presentation").replace_strict(_PRESENTATIONS, return_dtype=pl.String),
                called_number=_plus(pl.when("inbound").then("number").otherwise("phone")),
                organisation="organisation",
                account="account",
                trunk="trunk",
                bureau="bureau",
                feed="feed",
            )
            .collect()
            .cast(dict(COLUMNS))
        )

    @cached_property
    def _cast(self) -> pl.DataFrame:
        """Who an actor is on each of its lines."""
        rows = [
            (actor.index, line, actor.name, actor.account, trunk, actor.bureau, self.scenario.feeds[feed])
            for actor in self.actors
            for line, (trunk, feed) in enumerate(zip(actor.trunks, actor.feeds, strict=True))
        ]
        schema = {"actor": pl.UInt32, "line": pl.UInt8} | {
            name: pl.String for name in ("organisation", "account", "trunk", "bureau", "feed")
        }
        return pl.DataFrame(rows, schema=schema, orient="row")


def simulate(
    scenario: Scenario,
    seed: int = 1,
    start: date | None = None,
    days: int | None = None,
    scale: float = 1.0,
) -> Simulation:
    """A run of a scenario.

    start, days: in place of the scenario's own. scale: times the calls of everybody; the numbers
    stay as many.
    """
    return Simulation(scenario, seed, start or scenario.start, days or scenario.days, scale)


def _whole(frames: list[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The frames as one, if there is anything in them."""
    whole = pl.concat(frames)
    if whole.height:
        yield whole


def _plus(number: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("+"), number.cast(pl.String))
