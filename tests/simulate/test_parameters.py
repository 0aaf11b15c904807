"""What a scenario says is what its calls are like."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from monitor.simulate import Scenario, simulate

ONE = Scenario.model_validate(
    {"name": "one", "days": 60, "organisations": [{"name": "turns", "behaviour": "rotate", "rate": 200}]}
)


@pytest.mark.wide
@pytest.mark.parametrize("scale", [0.2, 5.0])
def test_more_calls_are_of_more_people_and_no_closer_to_each_other(scale):
    """However many calls there are, a person gets as many of them, within as many days."""
    (attempts, days), (wanted_attempts, wanted_days) = (
        _of_a_person(each) for each in (simulate(ONE, 3, scale=scale), simulate(ONE, 3))
    )
    assert attempts == pytest.approx(wanted_attempts, rel=0.05)
    assert days == pytest.approx(wanted_days, rel=0.1)


def test_a_number_beside_those_that_rotate_carries_its_part():
    """It is one number from the first day to the last, however the others are dealt."""
    anchored = {"name": "one", "behaviour": "rotate", "rate": 200, "fleet": {"anchor": 0.6, "pool": 3}}
    scenario = Scenario.model_validate({"name": "one", "days": 60, "organisations": [anchored]})
    calls = pl.concat(simulate(scenario, 3).chunks()).filter(pl.col("direction") == "outbound")
    shown = calls["presented_number"].value_counts(sort=True)
    first = calls.filter(pl.col("presented_number") == shown["presented_number"][0])
    assert shown["count"][0] / calls.height == pytest.approx(0.6, abs=0.02)
    assert (first["started_at"].max() - first["started_at"].min()).days >= 58


def _of_a_person(made) -> tuple[float, float]:
    """Calls to a person, and days from the first to the last."""
    calls = pl.concat(made.chunks()).filter(pl.col("direction") == "outbound")
    people = calls.group_by("called_number").agg(
        pl.len().alias("calls"), (pl.col("started_at").max() - pl.col("started_at").min()).alias("span")
    )
    again = people.filter(pl.col("calls") > 1)["span"].dt.total_hours().mean()
    return people["calls"].mean(), again / 24


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2030, 1, 1), date(2026, 1, 5)),
        (date(2026, 3, 6), date(2026, 1, 5)),
        (date(2026, 3, 5), date(2025, 12, 29)),
        (date(2024, 2, 1), date(2023, 11, 27)),
    ],
)
def test_a_scenario_whose_days_are_not_over_begins_some_weeks_earlier(today, first):
    """On the same day of the week, and no earlier than it must."""
    assert ONE.first_day(today) == first
