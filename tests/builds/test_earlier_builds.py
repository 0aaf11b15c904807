"""What workers of earlier builds left behind (`*.zst`, made by `stored.py`), found by one of this build.

A file is of the build of the day that its name says: 2026-11-27 kept state of version 4 and sent slices of version 1; 2026-11-30 is state 5, slices 2.
Whoever makes a new version of what is kept, or crosses a topic, adds one of the build before.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.builds.stored import DAYS, PARTITIONS, SCENARIO, Stored
from tests.field.field import Field
from tests.field.oracle import counted, expected
from tests.field.traffic import calls, told, values

_FILES = sorted(Path(__file__).parent.glob("*.zst"))
#: Days of calls that come after the upgrade, as many as it takes until an alert that was open ends; and of whom.
_MORE, _ENDS = 25, "nameless"


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
async def test_an_upgraded_worker_goes_on_where_the_build_before_was_killed(
    file: Path, bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """State, slices that nobody had counted, and what was told are read: each call counts once, and no alert opens anew."""
    stored = Stored.read(file)
    field = await Field(bootstrap, prefix, tmp_path, partitions=PARTITIONS, feed_partitions=PARTITIONS).make()
    total = await stored.put(field)
    start = date.fromisoformat(stored.begun) + timedelta(DAYS)
    frame = calls(SCENARIO, seed=2, start=start, days=_MORE)
    frame = frame.filter((pl.col("organisation") != _ENDS) | (pl.col("direction") == "inbound"))
    field.start(1)
    try:
        total += await field.send(values(frame))
        state = await field.settled(total)
        field.stop(1)
    finally:
        field.end()

    assert_frame_equal(counted(state.usage), counted(pl.concat([stored.counts, expected(frame)])))
    before, now = told(stored.alerts()), told(await field.alerts())
    assert before.items() <= now.items()
    opened = Counter(
        (each["organisation"], each["kind"], each["number"])
        for each in now.values()
        if each["status"] == "open"
    )
    assert set(opened.values()) == {1}
    last: dict[str, int] = {}
    for id, sequence in sorted(now):
        assert sequence == last.get(id, -1) + 1
        last[id] = sequence
    ended = [
        each["status"]
        for (id, sequence), each in now.items()
        if each["organisation"] == _ENDS and sequence == last[id]
    ]
    assert ended == ["resolved"]
