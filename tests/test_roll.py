"""The roll: all numbers of whom is told of, as a replay knows them."""

from __future__ import annotations

import polars as pl
import pytest

from monitor.day.usage import NO_NUMBER, day_of, start_of
from monitor.fleet.moment import STATUSES
from monitor.replay import Outcome
from monitor.roll import roll
from tests.report.replayed import TOWN, replayed


@pytest.fixture
def outcome() -> Outcome:
    return replayed(TOWN)


def test_every_number_that_called_is_there_once(outcome: Outcome) -> None:
    """With all its calls, in order; calls without a number are those of none, and others' numbers are left out."""
    found = list(roll(outcome, ["turns"]))
    usage = outcome.usage.filter((pl.col("organisation") == "turns") & (pl.col("number") != NO_NUMBER))
    calls = usage.group_by("number").agg(pl.col("calls").sum()).filter(pl.col("calls") > 0).sort("number")
    assert [(entry.number, entry.calls) for entry in found] == list(calls.iter_rows())
    assert {entry.organisation for entry in found} == {"turns"}
    assert list(roll(outcome, ["nobody"])) == []


@pytest.mark.wide
def test_a_number_stands_as_it_does_at_the_end(outcome: Outcome) -> None:
    """Its status is that of the instant that was judged last: on a day that is not over nobody has been silent yet."""
    last = day_of(outcome.until)
    moment = outcome.judge.moment(whole=False)
    assert moment.seen == last - 1
    for entry in roll(outcome, ["turns"]):
        row = moment.state.find("turns", entry.number)
        assert entry.status == STATUSES[moment.status[row]]
        assert entry.first_use <= entry.last_use <= entry.last_call <= last
    whole = replayed(TOWN, until=start_of(last))
    moment = whole.judge.moment()
    assert moment.seen == last - 1
    for entry in roll(whole, ["turns"]):
        assert entry.status == STATUSES[moment.status[moment.state.find("turns", entry.number)]]


@pytest.mark.wide
def test_of_a_number_that_was_forgotten_only_its_calls_are_said(outcome: Outcome) -> None:
    """It is on the list all the same: what is not known of it is left open, and nothing is made up."""
    before = {entry.number: entry for entry in roll(outcome, ["turns"])}
    day = day_of(outcome.until) - 20
    outcome.judge.moment().state.tenures.forget(day)
    after = {entry.number: entry for entry in roll(outcome, ["turns"])}
    assert after.keys() == before.keys()
    gone = [entry for number, entry in after.items() if before[number].last_call < day]
    assert gone
    for entry in gone:
        known = before[entry.number]
        assert (entry.first_use, entry.last_call, entry.calls) == (
            known.first_use,
            known.last_call,
            known.calls,
        )
        assert (entry.first_use_known, entry.last_use, entry.status) == (None, None, None)
