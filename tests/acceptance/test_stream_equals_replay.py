"""The main test: a stream says what a replay says, and both what SQL says, whatever dies meanwhile."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from monitor.alert import data
from tests.field.field import Field, State
from tests.field.oracle import counted, expected
from tests.field.traffic import calls, replayed, told, until, values

_DAY = 86_400_000_000  # µs


def _agree(field: Field, frame, sent: dict, state: State, events: list[dict]) -> None:
    """Stream, replay and SQL agree: on every count, and on every alert of the days that were closed."""
    outcome = replayed(field, sent)
    truth = expected(frame)
    assert_frame_equal(counted(outcome.usage), truth)
    assert_frame_equal(counted(state.usage), truth)
    wanted = {(alert.id, alert.sequence): data(alert) for alert in until(outcome.alerts, state)}
    assert told(events) == wanted
    assert any(alert["kind"] == "number_carousel" for alert in wanted.values())


@pytest.fixture
async def field(bootstrap: str, prefix: str, tmp_path: Path):
    made = await Field(bootstrap, prefix, tmp_path).make()
    yield made
    made.end()


@pytest.mark.kafka  # a minute: the default run has the others
async def test_three_workers_of_which_one_is_killed_and_one_comes_later(field: Field) -> None:
    """Two workers, one killed with -9 half way, a third in its place: counts and alerts are those of a replay and of SQL."""
    frame = calls("small", days=50)
    sent = values(frame)
    half = {feed: len(records) // 2 for feed, records in sent.items()}
    field.start(1)
    field.start(2)
    await field.send({feed: records[: half[feed]] for feed, records in sent.items()})
    await field.begun()
    field.kill(1)
    field.start(3)
    await field.send({feed: records[half[feed] :] for feed, records in sent.items()})
    total = sum(map(len, sent.values()))

    state = await field.settled(total)

    _agree(field, frame, sent, state, await field.alerts())
    field.stop(2)
    field.stop(3)


@pytest.mark.wide
async def test_everything_sent_twice_and_a_store_that_was_deleted(field: Field) -> None:
    """A file sent again, and a worker that comes back without its local store: every call still counts once."""
    frame = calls("small", days=45, seed=2)
    sent = values(frame)
    field.start(1)
    total = await field.send(sent)
    await field.begun(total)
    field.kill(1)
    for path in sorted((field.folder / "worker-1").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    field.start(1)
    total += await field.send({feed: records[-9000:] for feed, records in sent.items()})

    state = await field.settled(total)

    _agree(field, frame, sent, state, await field.alerts())
    field.stop(1)


@pytest.mark.kafka  # a minute: the default run has the others
async def test_a_feed_that_fell_silent_before_a_worker_began_holds_no_day_back(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """Whoever gets its partitions has read nothing of them, and still says that they are at rest where the group is."""
    field = await Field(bootstrap, prefix, tmp_path, feeds=[{"name": "alfa"}, {"name": "bravo"}]).make()
    frame = calls("small", days=14)
    day = (pl.col("started_at").to_physical() - frame["started_at"].to_physical().min()) // _DAY
    # Of bravo one call in five, up to the fifth day.
    bravo = (day < 5) & (pl.int_range(pl.len()) % 5 == 0)
    frame = frame.with_columns(feed=pl.when(bravo).then(pl.lit("bravo")).otherwise(pl.lit("alfa")))
    before, after = values(frame.filter(day < 5)), values(frame.filter(day >= 5))
    try:
        field.start(1)
        total = await field.send(before)
        await field.settled(total)
        field.stop(1)
        field.start(1)
        total += await field.send(after)
        state = await field.settled(total)
        field.stop(1)
    finally:
        field.end()
    grace = int(field.settings.time.grace.total_seconds()) * 1_000_000
    last = (frame["started_at"].to_physical().max() - grace) // _DAY - 1
    assert set(state.closed.values()) == {last}
