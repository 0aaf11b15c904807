"""One run: faults in the middle of rough traffic, and what came of it held against what is true."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from monitor.alert import data
from monitor.wire import Unreadable, decode
from tests.brokers.apache import ApacheKafka
from tests.faults.faults import ENDS, FAULTS, PARTITIONS, Run
from tests.faults.found import Found
from tests.faults.hook import Hook, heard
from tests.faults.traffic import rough
from tests.field.field import Field
from tests.field.mirror import State
from tests.field.oracle import COUNTS, counted, expected
from tests.field.traffic import plain, replayed, states, until

#: Seconds until all must be counted, and records a second that workers must take besides.
_SECONDS, _RECORDS = 600.0, 5_000
#: Seconds after which a worker's watchdog starts it again (`streams/watchdog.py`), and those in which what is waited for must
#: move: two of these, and a rebalance of a machine that has other things to do.
_STUCK_AFTER, _PATIENCE = "90s", 280.0
#: Seconds until sinks must have been told what is on `alerts`.
_SINK_SECONDS = 300.0
_DAY_US = 86_400_000_000
#: Seconds between two looks at whether a worker has ended by itself: to the end of which a webhook's window is seen.
_LOOK_SECONDS = 0.2
#: Records may be six days late and all are judged: with the default of one day those that come up to three days late
#: find their day told, and what is told then is not a replay's (`streams/README.md`, not guaranteed).
_TIME = {"grace": "6d", "repeats": "12d"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to be: these faults, one after the other, each between two parts of so much traffic."""

    faults: Sequence[str]
    seed: int
    volume: int = 1  # times 33,000 calls

    @property
    def name(self) -> str:
        return ", ".join(dict.fromkeys(self.faults))


async def once(plan: Plan, broker: ApacheKafka, folder: Path) -> Found:
    """Do it, and say what differed."""
    began, faults, seed = time.monotonic(), plan.faults, plan.seed
    file = folder / "told.jsonl"
    with Hook() as hook:
        sinks = [{"kind": "jsonl", "name": "file", "path": str(file)}, hook.settings]
        field = await Field(
            broker.bootstrap, f"{folder.name}-", folder, feeds=[{"name": "alfa"}, {"name": "bravo"}],
            partitions=max(PARTITIONS.get(fault, 3) for fault in faults),
            more={"time": _TIME, "sinks": sinks, "worker": {"stuck_after": _STUCK_AFTER}},
        ).make()  # fmt: skip
        traffic = rough(seed, field.feed_partitions, volume=plan.volume)
        run = Run(field, broker, np.random.default_rng(seed))
        total, parts = 0, len(faults) + 1
        try:
            async with _watched(field):
                run.start()
                run.start()
                await run.wait(6, 9)
                for part in range(parts):
                    total += await field.send(*traffic.part(part, parts))
                    if part < len(faults):
                        await FAULTS[faults[part]](run)
                        field.revive()
                state = await field.settled(
                    total, _SECONDS + total / _RECORDS, check=field.revive, patience=_PATIENCE
                )
                there = states(await field.alerts())
                lines = await _told(file, hook, set(there))
            if any(fault in PARTITIONS for fault in faults):
                await _hold_bare(field, state)
        finally:
            field.end()
    # Everything was read and is at rest, so event time is that of the latest call.
    grace = int(field.settings.time.grace.total_seconds()) * 1_000_000
    last = (traffic.calls["started_at"].to_physical().max() - grace) // _DAY_US - 1
    events = {key: alike[-1] for key, alike in there.items()}
    wanted = {
        (alert.id, alert.sequence): data(alert)
        for alert in until(replayed(field, traffic.sends).alerts, state)
    }
    differences = len(wanted.keys() ^ events.keys()) + sum(
        plain(events[key]) != wanted[key] or len(there[key]) > 1 for key in wanted.keys() & events.keys()
    )
    lost, double, tables = _difference(counted(state.usage), expected(traffic.calls))
    posted = heard(hook.deliveries, events, field.upsets)
    allowed = frozenset().union(*(ENDS.get(fault, frozenset()) for fault in faults))
    return Found(
        name=plan.name,
        faults=len(faults),
        calls=traffic.calls.height,
        lost=lost,
        double=double,
        tables=tables,
        told=len(wanted),
        alerts=differences,
        twice=len(lines) - len(set(lines)) + posted.too_often + posted.unlike + posted.disordered,
        again=posted.again,
        untold=len(events.keys() - set(lines)) + len({_key(*state) for state in events} - hook.keys()),
        ends=len(field.ends),
        unexpected=sum(end.code not in allowed for end in field.ends),
        behind=sum(max(0, last - closed) for closed in state.closed.values()),
        restarts=field.restarts(),
        codes=tuple(end.code for end in field.ends),
        seconds=time.monotonic() - began,
    )


@asynccontextmanager
async def _watched(field: Field) -> AsyncIterator[None]:
    """Sees who ends by itself soon after."""

    async def look() -> None:
        while True:
            field.look()
            await asyncio.sleep(_LOOK_SECONDS)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _told(file: Path, hook: Hook, alerts: set[tuple[str, int]]) -> list[tuple[str, int]]:
    """What the file was told, when both sinks have had the time to be told all."""
    until_ = time.monotonic() + _SINK_SECONDS
    keys = {_key(*state) for state in alerts}
    while True:
        lines = _lines(file)
        if (alerts <= set(lines) and keys <= hook.keys()) or time.monotonic() > until_:
            return lines
        await asyncio.sleep(0.5)


def _key(identity: str, sequence: int) -> str:
    return f"{identity}-{sequence}"


def _lines(file: Path) -> list[tuple[str, int]]:
    if not file.exists():
        return []
    events = [json.loads(line) for line in file.read_text().splitlines()]
    return [(event["id"], int(event["sequence"])) for event in events]


async def _hold_bare(field: Field, state: State) -> None:
    """Raises `AssertionError` unless there was a partition without an organisation, on `calls` and in the changelog."""
    assert state.bare, "each partition of the changelog keeps something of an organisation"
    for record in await field.read(field.names.calls):
        if record.partition in state.bare:
            with suppress(Unreadable):
                calls, _ = decode(record.value, record.headers)
                assert not calls.height, (
                    f"partition {record.partition} of `calls` has calls and keeps nothing"
                )


def _difference(ours: pl.DataFrame, truth: pl.DataFrame) -> tuple[int, int, int]:
    """Counts that are missing, counts that are too many, and numbers of which either is so."""
    both = truth.join(
        ours, on=["organisation", "number"], how="full", coalesce=True, suffix="_ours"
    ).fill_null(0)
    over = pl.sum_horizontal(
        (pl.col(f"{name}_ours") - pl.col(name)).clip(lower_bound=0).sum() for name in COUNTS
    )
    under = pl.sum_horizontal(
        (pl.col(name) - pl.col(f"{name}_ours")).clip(lower_bound=0).sum() for name in COUNTS
    )
    rows = pl.any_horizontal(pl.col(f"{name}_ours") != pl.col(name) for name in COUNTS).sum()
    return both.select(under).item(), both.select(over).item(), both.select(rows).item()
