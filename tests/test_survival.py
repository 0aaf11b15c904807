"""Survival against a well-kept library, and its interval against what it must hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fleet.survival import kaplan_meier, wilson

TERM = 90


@st.composite
def lives(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    """Ages, whether they ended, ages of entry and weights, of up to 60 numbers."""
    size = draw(st.integers(1, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    age = random.integers(1, 130, size)
    return age, random.random(size) < 0.6, random.integers(0, 100, size) % age, random.integers(1, 9, size)


def _lifelines(*ages: np.ndarray, **others: np.ndarray):
    """Their fit, of the environment of the wider suites alone."""
    from lifelines import KaplanMeierFitter

    return KaplanMeierFitter().fit(*ages, **others)


@pytest.mark.wide
@given(lives())
def test_the_curve_is_that_of_lifelines(life: tuple[np.ndarray, ...]) -> None:
    """With late entry, right censoring and whole weights, at every day of age."""
    age, ended, _, weight = life
    mine = kaplan_meier(np.zeros(len(age), int), 1, age, ended, TERM, weight=weight)
    theirs = _lifelines(age, ended, weights=weight)
    expected = theirs.survival_function_at_times(np.arange(TERM + 1)).to_numpy()
    np.testing.assert_allclose(mine.survival[0], expected, atol=1e-9)


@pytest.mark.wide
@given(lives())
def test_late_entry_is_that_of_lifelines(life: tuple[np.ndarray, ...]) -> None:
    """Numbers that were watched from an age on count from there."""
    age, ended, entered, _ = life
    # One that is watched throughout: where nobody is at risk, the library knows nothing and says so.
    age, ended, entered = np.append(age, 200), np.append(ended, False), np.append(entered, 0)
    mine = kaplan_meier(np.zeros(len(age), int), 1, age, ended, TERM, entered)
    watched = entered < TERM
    theirs = _lifelines(age[watched], ended[watched], entry=entered[watched])
    expected = theirs.survival_function_at_times(np.arange(TERM + 1)).to_numpy()
    np.testing.assert_allclose(mine.survival[0], expected, atol=1e-9)


@pytest.mark.wide
def test_greenwoods_variance_is_that_of_lifelines() -> None:
    """The interval's number of observations is the one that gives Greenwood's variance."""
    random = np.random.default_rng(5)
    age, ended = random.integers(1, 130, 200), random.random(200) < 0.4
    mine = kaplan_meier(np.zeros(200, int), 1, age, ended, TERM)
    theirs = _lifelines(age, ended)
    share = mine.at_term[0]
    low, high = theirs.confidence_interval_survival_function_.loc[:TERM].iloc[-1]
    assert mine.low[0] == pytest.approx(low, abs=0.02)
    assert mine.high[0] == pytest.approx(high, abs=0.02)
    assert mine.low[0] < share < mine.high[0]


@pytest.mark.parametrize("truth", [0.02, 0.3, 0.8, 0.98])
@pytest.mark.parametrize("size", [8, 40, 200])
def test_the_interval_holds_the_truth(truth: float, size: int) -> None:
    """In at least seventeen of twenty fleets the true survival is within the 95 % interval, in fleets of eight and at the extremes too, where one end more is a leap."""
    random = np.random.default_rng(size)
    fleets = 400
    group = np.repeat(np.arange(fleets), size)
    # A constant hazard over the term, and censoring at an even age between half the term and twice.
    age = np.ceil(random.exponential(-TERM / np.log(truth), fleets * size)).astype(int)
    censored = random.integers(TERM // 2, 2 * TERM, fleets * size)
    curve = kaplan_meier(group, fleets, np.minimum(age, censored), age <= censored, TERM)
    holds = (curve.low <= truth) & (truth <= curve.high)
    assert holds.mean() >= 0.85


@pytest.mark.parametrize("truth", [0.3, 0.7])
def test_numbers_that_came_last_week_say_nothing_of_old_ones(truth: float) -> None:
    """A fleet that has grown is no surer of how long numbers last: in hardly one of ten is the true survival outside the interval."""
    random = np.random.default_rng(3)
    fleets, old, young = 2000, 3, 20
    group = np.repeat(np.arange(fleets), old + young)
    age = np.ceil(random.exponential(-TERM / np.log(truth), (fleets, old + young))).astype(int)
    there = [random.integers(60, 120, (fleets, old)), random.integers(1, 8, (fleets, young))]
    censored = np.concatenate(there, axis=1)
    seen, ended = np.minimum(age, censored).ravel(), (age <= censored).ravel()
    curve = kaplan_meier(group, fleets, seen, ended, TERM)
    assert (curve.high < truth).mean() <= 0.05
    assert (curve.low > truth).mean() <= 0.1


def test_young_numbers_change_no_interval_of_which_all_or_none_ended() -> None:
    """Two that all ended, or none of which did, give the interval of two, however many are three days old."""
    young = np.full(20, 3)
    for ended in (True, False):
        age = np.array([91, 91]) if not ended else np.array([10, 20])
        alone = kaplan_meier(np.zeros(2, int), 1, age, np.full(2, ended), TERM)
        grown = kaplan_meier(
            np.zeros(22, int),
            1,
            np.append(age, young),
            np.append(np.full(2, ended), np.zeros(20, bool)),
            TERM,
        )
        assert grown.high[0] == pytest.approx(alone.high[0])
        assert grown.low[0] == pytest.approx(alone.low[0])


def test_a_fleet_of_which_all_ended_still_has_an_interval() -> None:
    """Where the usual intervals collapse, four of four leave room for a half."""
    curve = kaplan_meier(np.zeros(4, int), 1, np.ones(4, int), np.ones(4, bool), TERM)
    assert curve.at_term[0] == 0
    assert curve.low[0] == 0
    assert curve.high[0] == pytest.approx(0.49, abs=0.01)


def test_groups_do_not_mix() -> None:
    """Two fleets in one call have the curves that they have alone."""
    random = np.random.default_rng(1)
    age, ended, group = random.integers(1, 130, 90), random.random(90) < 0.5, random.integers(0, 2, 90)
    both = kaplan_meier(group, 2, age, ended, TERM)
    for place in (0, 1):
        mine = group == place
        alone = kaplan_meier(np.zeros(mine.sum(), int), 1, age[mine], ended[mine], TERM)
        np.testing.assert_allclose(both.survival[place], alone.survival[0])
        assert both.high[place] == pytest.approx(alone.high[0])


@given(st.floats(0, 1), st.floats(0, 1e6))
def test_wilsons_interval_holds_the_share(share: float, n: float) -> None:
    """It lies within 0 and 1 and around what was seen."""
    low, high = wilson(np.array([share]), np.array([n]))
    assert 0 <= low[0] <= share + 1e-9
    assert share - 1e-9 <= high[0] <= 1


def test_weights_that_cancel_leave_nobody_at_risk() -> None:
    """Sums of weights in another order leave a residue: of numbers that have all ended, the last age is that of the last of them."""
    random = np.random.default_rng(7)
    weight, age = random.random(50_000) * 1000, random.integers(1, 40, 50_000)
    curve = kaplan_meier(np.zeros(len(age), int), 1, age, np.ones(len(age), bool), TERM, weight=weight)
    assert curve.reached[0] == 39
    assert curve.low[0] == 0
