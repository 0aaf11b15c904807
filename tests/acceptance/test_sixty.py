"""The run by which the whole is judged: 150 days, sixty organisations, a million calls, by stream and by replay."""

from __future__ import annotations

from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

import bench.detection
from monitor.alert import data
from monitor.simulate import Scenario
from monitor.simulate.scenario import Delivery
from tests.field.field import Field
from tests.field.oracle import counted
from tests.field.traffic import calls, replayed, told, until, values

SIXTY = Path(bench.detection.__file__).parent / "sixty.yaml"


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_every_behaviour_through_the_stream_as_through_a_replay(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """Every behaviour and look-alike, with whole hours sent twice: counts and alerts of two workers are a replay's."""
    # Nothing comes days late: a stream has told of its day by then, and says so when it changes what it told.
    sixty = Scenario.load(str(SIXTY)).model_copy(update={"delivery": Delivery(hours_again=0.001)})
    frame = calls(sixty)
    assert frame["call_id"].n_unique() >= 1_000_000
    assert frame["organisation"].n_unique() >= 60
    sent = values(frame)
    del frame
    field = await Field(bootstrap, prefix, tmp_path, feeds=[{"name": name} for name in sixty.feeds]).make()
    try:
        field.start(1)
        field.start(2)

        state = await field.settled(await field.send(sent))

        outcome = replayed(field, sent)
        assert_frame_equal(counted(state.usage), counted(outcome.usage))
        wanted = {(alert.id, alert.sequence): data(alert) for alert in until(outcome.alerts, state)}
        assert told(await field.alerts()) == wanted
        assert {alert["kind"] for alert in wanted.values()} >= {
            "number_carousel", "short_tenure", "anonymous_calls", "invalid_number", "unreachable_number",
        }  # fmt: skip
    finally:
        field.end()
