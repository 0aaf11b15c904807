"""The run by which the whole is judged: 150 days, sixty organisations, a million calls, by stream and by replay."""

from __future__ import annotations

from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

import bench.detection
from monitor.alert import data
from monitor.simulate import Scenario
from tests.field.field import Field
from tests.field.oracle import counted
from tests.field.traffic import calls, replayed, told, until, values

SIXTY = Path(bench.detection.__file__).parent / "sixty.yaml"


@pytest.mark.wide
@pytest.mark.timeout(1200)
async def test_every_behaviour_through_the_stream_as_through_a_replay(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """Every behaviour and look-alike, with records late and twice: counts and alerts of two workers are a replay's."""
    # As the scenario delivers, but that what is late is so within the grace: of a day of which a stream has told, it says
    # so when a later record changes what it told, and a replay has no such day.
    late = {"late_days": 0.3, "late_most": 0.9}
    sixty = Scenario.load(str(SIXTY))
    sixty = sixty.model_copy(update={"delivery": sixty.delivery.model_copy(update=late)})
    assert sixty.delivery.late >= 0.002
    assert sixty.delivery.again >= 0.002
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
