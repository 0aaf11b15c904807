"""Numbers that are forgotten: when, depends on the day and not on who looks back from where."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from monitor.judge import Judge
from monitor.policy import Policy
from monitor.remembered.ties import WEEKS, Ties
from monitor.tenure import WEEK
from tests.rules.traffic import FIRST_NUMBER, START, Traffic

NL = Policy.load("nl")
_RESTS, _MONTH = 60, 30


def first_use(began: int, back: int) -> int:
    """Of a number that stops calling on a day and is back on another, when it was first used; folded from a day on."""
    judge = Judge(NL)
    for day in range(began, back + 1):
        traffic = Traffic()
        traffic.watch([day])
        for number in (1, 2) if day < _RESTS or day == back else (2,):
            traffic.call(day, "acme", number, 5)
        judge.fold(START + day, *traffic.frames(day))
    tenures = judge.moment().state.tenures
    return int(tenures.first[tenures.number == FIRST_NUMBER + 1][0]) - START


@pytest.mark.wide
@pytest.mark.parametrize("away", range(1, _MONTH, 7))
def test_a_number_is_forgotten_on_the_same_day_wherever_folding_began(away: int) -> None:
    """After a restart, which folds from a later day on, a number that comes back is as old as it was without it."""
    back = _RESTS + NL.tenure.memory + away
    forgotten = {first_use(began, back) == back for began in (50, 43, 37, 30)}
    assert len(forgotten) == 1


@pytest.mark.parametrize(("away", "known"), [(-1, True), (_MONTH + 1, False)])
def test_a_number_is_remembered_for_as_long_as_the_policy_says_and_at_most_a_month_more(
    away: int, known: bool
) -> None:
    """A season that returns within it finds its numbers known."""
    back = _RESTS + NL.tenure.memory + away
    assert (first_use(50, back) < back) is known


def test_lines_of_calls_are_forgotten_with_the_weeks_in_which_they_were_used() -> None:
    """A feed whose trunks have a new name each day does not make a worker grow; of what is kept, all is as it was."""
    ties, acme = Ties(), np.zeros(1, np.int32)
    ties.grow(1)
    days = WEEK * (WEEKS + 1) * 4
    for day in range(days):
        ties.advance(day)
        used = [("trunk", f"session-{day}"), ("trunk", "north")]
        rows = [(kind, value, 1) for kind, value in used]
        links = pl.DataFrame(rows, {"kind": pl.String, "value": pl.String, "calls": pl.UInt32}, orient="row")
        ties.add(day, np.zeros(links.height, np.int32), links)
        assert len(ties.lines) <= 3 * WEEK * (WEEKS + 2)
    (lines,) = ties.of(acme)[0].values()
    assert lines["trunk:north"] == days - WEEK * (days // WEEK - 1 - WEEKS)
    assert all(int(line.rpartition("-")[2]) >= days - lines["trunk:north"] for line in lines if "-" in line)
