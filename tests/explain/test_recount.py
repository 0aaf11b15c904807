"""Who recounts the calls by a sentence comes to its figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import polars as pl
import pytest

from monitor.alert import Alert
from monitor.day.contacts import SAMPLE
from monitor.explain import explain
from monitor.privacy import Pseudonyms
from monitor.replay import Outcome
from monitor.simulate import Scenario, simulate
from tests.report.replayed import POLICY, replayed

#: One that goes through numbers, so many calls that its people are sampled; and one whose people are looked at for fewer days at first.
TOWN = Scenario.model_validate(
    {
        "name": "recounted",
        "days": 42,
        "organisations": [
            {"name": "turns", "behaviour": "rotate", "rate": 90, "fleet": {"pool": 4, "life": 1}},
            {"name": "turn", "behaviour": "round_robin", "rate": 260, "fleet": {"pool": 90}},
        ],
    }
)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return replayed(TOWN)


@pytest.fixture(scope="module")
def calls() -> pl.DataFrame:
    """Outbound calls, each once, with the day in UTC."""
    frame = pl.concat(simulate(TOWN, 1).chunks(timedelta(days=25))).unique("call_id", maintain_order=True)
    return frame.filter(pl.col("direction") == "outbound").with_columns(day=pl.col("started_at").dt.date())


def figure(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))


def told(outcome: Outcome, pattern: str) -> Iterator[tuple[Alert, list[float]]]:
    """The alerts whose words have such a sentence, with its figures."""
    for alert in outcome.alerts:
        if alert.status != "resolved" and (found := re.search(pattern, explain(alert, POLICY)["nl"])):
            yield alert, [figure(each) for each in found.groups()]


def until(calls: pl.DataFrame, alert: Alert, days: float) -> pl.DataFrame:
    """The calls of who an alert is about in so many days, the last of which is the one at whose close, or within which, it was told."""
    last = (alert.as_of - timedelta(microseconds=1)).date()
    begun = pl.col("day") > last - timedelta(days=days)
    theirs = pl.col("organisation") == alert.organisation
    return calls.filter(theirs & begun & (pl.col("started_at") < alert.as_of))


def sampled(calls: pl.DataFrame) -> pl.DataFrame:
    """Those to the people of the sample, by their pseudonyms (`day/contacts.py`)."""
    people = calls["called_number"].unique()
    pseudonyms = Pseudonyms(bytes(32), "t").of(people.str.strip_prefix("+").cast(pl.UInt64))
    known = calls.join(pl.DataFrame({"called_number": people, "person": pseudonyms}), "called_number")
    days = (day["person"].unique().sort() for _, day in known.group_by("day"))
    return known.filter(pl.col("person") <= min(day[:SAMPLE][-1] for day in days))


def test_two_calls_to_one_person_show_the_same_number_as_often_as_is_said(
    outcome: Outcome, calls: pl.DataFrame
) -> None:
    """Of all pairs of calls to each person, not of each call and the one before; in as many days, of as many people."""
    over = set()
    pattern = r"persoon in de laatste (\d+) dagen tonen in ([\d,]+)% .* steekproef van ([\d.]+) mensen die in die tijd meer"
    for alert, (days, share, people) in told(outcome, pattern):
        called = sampled(until(calls, alert, days).drop_nulls("presented_number")).with_row_index("at")
        pairs = called.join(called, "person").filter(pl.col("at") < pl.col("at_right"))
        each = pairs.group_by("person").agg(
            (pl.col("presented_number") == pl.col("presented_number_right")).mean().alias("same")
        )
        assert each.height == people
        assert each["same"].mean() * 100 == pytest.approx(share, abs=0.051)
        over.add(days)
    assert 28 in over
    assert over & {9, 14}


def test_calls_a_day_are_of_the_days_on_which_was_called_in_four_weeks(
    outcome: Outcome, calls: pl.DataFrame
) -> None:
    """The spread is of more weeks, and of the days of these on which a feed was watched."""
    pattern = (
        r"\(([\d.]+) per dag waarop is gebeld, in de laatste vier weken\) .* "
        r"De verdeling is die van ([\d.]+) oproepen in (\d+) dagen\."
    )
    found = 0
    for alert, (a_day, many, days) in told(outcome, pattern):
        lately, all_ = until(calls, alert, 28), until(calls, alert, days)
        assert round(lately.height / lately["day"].n_unique()) == a_day
        assert all_["presented_number"].count() == many
        found += 1
    assert found
