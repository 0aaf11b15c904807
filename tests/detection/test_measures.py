"""Each measure against what it must be where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.book import Book
from monitor.day.coverage import Coverage
from monitor.fleet.answering import answering
from monitor.fleet.dispersion import bounds, effective_numbers, spread
from monitor.fleet.evenness import evenness, of_a_week
from monitor.fleet.moment import Moment
from monitor.fleet.recycling import recycling, trials
from monitor.fleet.returning import longest_rest
from monitor.fleet.single_use import single_use
from monitor.fleet.survival import wilson
from monitor.judge import Judge
from monitor.policy import Churn, Policy
from monitor.rules.dialler import by_machine
from monitor.told import Told
from tests.detection.plain import FIRST, Caller, anybody, calls_of, in_turn, rotating, staying
from tests.detection.shapes import growing, holidays, part_time, ring
from tests.rules.traffic import Traffic, judged

POLICY = Policy.load("nl")
_ALL_WEEK = (1,) * 7


def moment_of(*callers: Caller, days: int = 100) -> Moment:
    """The moment at the end of some days of calls; organisations have the codes of their names."""
    book = Book(Judge(POLICY), Told(POLICY))
    coverage = []
    for place, caller in enumerate(callers):
        calls = calls_of(caller, place, 1)
        coverage.append(Coverage.of(calls))
        book.observe(calls)
    seen = Coverage.total(coverage)
    for day in range(FIRST, FIRST + days):
        book.close(day, seen)
    return Moment(book.judge._state, POLICY, book.judge.reference, FIRST + days - 1)


def caller(name: str, rate: float, numbers) -> Caller:
    return Caller(name, rate, numbers, anybody(10**6), range(100), _ALL_WEEK)


def test_calls_without_a_number_use_none_the_more() -> None:
    """Who withholds nine calls of ten makes as many from each number as who makes the others alone."""
    traffic = Traffic()
    for day in range(60):
        for who in ("shown", "mostly-withheld"):
            for number in range(20):
                traffic.call(day, who, number + (1_000 if who == "shown" else 0), 1)
        traffic.withhold(day, "mostly-withheld", 180)
    _, judge, _ = judged(traffic, 59)
    moment = judge.moment()
    found, code = spread(moment, POLICY.rules.number_carousel.dispersion), moment.state.codes
    assert (
        found.calls_a_number[code["mostly-withheld"]]
        == found.calls_a_number[code["shown"]]
        == pytest.approx(7)
    )


@pytest.mark.wide
def test_evenness_is_one_by_chance_none_in_turn_and_more_at_desks() -> None:
    """The index of dispersion of calls dealt by chance, one after the other, and by people."""
    moment = moment_of(
        caller("chance", 300, staying(10)),
        caller("seldom", 20, staying(10)),
        caller("turn", 300, in_turn(10)),
        caller("desks", 300, staying(10, 0.7)),
    )
    found, code = evenness(moment), moment.state.codes
    assert found.index[code["chance"]] == pytest.approx(1, abs=0.2)
    assert found.index[code["seldom"]] == pytest.approx(
        1, abs=0.2
    )  # though numbers without a call are not seen
    assert found.high[code["turn"]] < 0.3
    assert found.index[code["desks"]] > 2


@pytest.mark.wide
def test_evenness_of_a_week_tells_people_from_a_machine_where_a_day_is_too_short() -> None:
    """Of a call a number a day: by chance one, in turn none, and people, who are away for days, more."""
    moment = moment_of(
        caller("chance", 100, staying(100)),
        caller("turn", 100, in_turn(100)),
        caller("desks", 100, staying(100, 0.7)),
    )
    found, code = of_a_week(moment), moment.state.codes
    assert found.index[code["chance"]] == pytest.approx(1, abs=0.3)
    assert found.high[code["turn"]] < 0.5
    assert found.index[code["desks"]] > 2
    surely = by_machine(moment, POLICY.rules.number_carousel.dialler, evenness(moment, 7))(1)
    assert [bool(surely[code[name]]) for name in ("chance", "turn", "desks")] == [True, True, False]


def test_two_busy_days_among_quiet_ones_are_not_dealt_in_turn() -> None:
    """A day on which hardly any number calls twice looks even by itself, whatever other days are like."""
    random, traffic = np.random.default_rng(1), Traffic()
    for day in range(35):
        for number, calls in enumerate(random.poisson(40 if day in (20, 27) else 0.3, 100)):
            traffic.call(day, "acme", number, int(calls))
    moment = judged(traffic, 34)[1].moment()
    assert evenness(moment).index[moment.state.codes["acme"]] == pytest.approx(1, abs=0.15)


@pytest.mark.wide
@pytest.mark.parametrize(("day", "least", "most"), [(93, 0, 0), (97, 73, 73), (125, 40, 73)])
def test_a_rest_is_remembered_when_its_beginning_is_out_of_sight(day: int, least: int, most: int) -> None:
    """A number that came back after 73 days did so, also when the days before are more than a term ago."""
    traffic = Traffic()
    for then in range(day + 1):
        traffic.call(then, "acme", 1 if then not in range(21, 94) else 2, 20)
    _, judge, _ = judged(traffic, day)
    moment = judge.moment()
    assert least <= longest_rest(moment, np.ones(moment.organisations, bool), 14)[0] <= most


@pytest.mark.parametrize("calls", [5, 25, 500])
@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("numbers", [5, 40])
def test_the_interval_of_effective_numbers_holds_the_truth(numbers: int, slope: float, calls: int) -> None:
    """Of some calls a number, dealt by chance over numbers used alike or not, in nine of ten organisations at least."""
    share = np.arange(1, numbers + 1) ** -slope
    share /= share.sum()
    truth = np.exp(-(share * np.log(share)).sum())
    dealt = np.random.default_rng(5).multinomial(calls * numbers, share, size=400)
    group = np.repeat(np.arange(400), numbers)
    seen = effective_numbers(group, dealt.ravel(), 400)
    low, high = bounds(group, dealt.ravel(), seen)
    assert (low <= seen).all()
    assert (seen <= high).all()
    assert ((low <= truth) & (truth <= high)).mean() >= 0.9


@pytest.mark.parametrize(("mean", "alike"), [(0.5, 2), (0.5, 50), (0.75, 8), (0.9, 4)])
@pytest.mark.parametrize("numbers", [6, 30])
def test_the_interval_of_rests_holds_the_truth(numbers: int, mean: float, alike: float) -> None:
    """Of numbers that rest as much as each other or not, and are used as much or not, in nine of ten fleets at least."""
    random = np.random.default_rng(6)
    size = random.gamma(4, 25, (400, numbers))
    rests = size * random.beta(mean * alike, (1 - mean) * alike, (400, numbers))
    rested = rests.sum(axis=1) / size.sum(axis=1)
    whole, squares, products, of_rests = (x.sum(axis=1) for x in (size, size**2, size * rests, rests**2))
    enough = np.full(400, 3.0 * numbers)
    low, high = wilson(rested, trials(rested, whole, squares, products, of_rests, enough))
    assert ((low <= mean) & (mean <= high)).mean() >= 0.9


@pytest.mark.wide
@pytest.mark.parametrize("pool", [20, 300, 3000])
def test_the_least_pool_is_no_larger_than_the_pool(pool: int) -> None:
    """Of a pool that stays, the bound holds and is of use; of numbers used once, it has no end."""
    moment = moment_of(caller("stays", 40, staying(pool)), caller("goes", 40, rotating(20, 1)))
    found, code = single_use(moment, Churn()), moment.state.codes
    assert pool / 6 <= found.pool[code["stays"]] <= pool
    assert found.ratio[code["stays"]] < POLICY.rules.number_carousel.churn.once < found.ratio[code["goes"]]


@pytest.mark.wide
def test_rests_are_those_of_numbers_that_others_stood_in_for() -> None:
    """A ring rests as long as it was made to; seasons, holidays and growth are no rest of that kind."""
    season = Caller(
        "season", 100, staying(8), anybody(10**6), [d for d in range(100) if d % 40 < 20], _ALL_WEEK
    )
    moment = moment_of(
        caller("ring", 100, ring(6, 5, 15, 3)),
        caller("holidays", 100, holidays(10, 1)),
        caller("grows", 100, growing(4, 0.1)),
        season,
    )
    everybody = np.ones(moment.organisations, bool)
    found = recycling(moment, everybody, ~everybody, POLICY.rules.number_carousel.recycling)
    rested = {name: found.rested[code] for name, code in moment.state.codes.items()}
    assert rested["ring"] == pytest.approx(0.75, abs=0.1)
    at = moment.state.codes["ring"]
    assert 0.6 < found.low[at] <= found.rested[at] <= found.high[at] < 0.85
    assert max(rested["holidays"], rested["grows"], rested["season"]) < 0.4
    assert found.kept_up[moment.state.codes["ring"]] == pytest.approx(1, abs=0.1)


@pytest.mark.wide
def test_rests_of_days_are_none_of_part_time_staff() -> None:
    """Numbers that rest for two days count where it is asked for; those of people with free days of the week do not."""
    moment = moment_of(caller("ring", 200, ring(4, 1, 2)), caller("part-time", 200, part_time(20)))
    everybody, terms = np.ones(moment.organisations, bool), POLICY.rules.number_carousel.recycling
    short, whole = (recycling(moment, everybody, asked, terms) for asked in (everybody, ~everybody))
    code = moment.state.codes
    assert short.rested[code["ring"]] == pytest.approx(2 / 3, abs=0.1)
    assert whole.rested[code["ring"]] == whole.rested[code["part-time"]] == 0
    assert short.rested[code["part-time"]] < 0.1


def test_who_answers_is_known_from_twenty_calls_back_to_the_numbers_that_people_see() -> None:
    """Few calls say nothing; a service desk that is hardly shown does not speak for the numbers that are."""
    traffic = Traffic()
    for day in range(28):
        for who in ("few", "deaf", "desk", "open"):
            traffic.call(day, who, 1, 30)
            traffic.call(day, who, 2, 1)
        traffic.answer(day, "few", 1, day % 2, 0)
        traffic.answer(day, "deaf", 1, 3, 0)
        traffic.answer(day, "desk", 1, 4, 0)
        traffic.answer(day, "desk", 2, 400, 390)
        traffic.answer(day, "open", 1, 3, 2)
    _, judge, _ = judged(traffic, 27)
    found = answering(judge.moment(), POLICY.rules.number_carousel.calls_back)
    names = np.asarray(judge.moment().state.names)
    assert sorted(names[found.hidden()]) == ["deaf", "desk"]
    assert sorted(names[found.reachable]) == ["open"]


@pytest.mark.wide
def test_a_dialler_that_rotates_is_told_with_its_hand() -> None:
    """Numbers that each make exactly as many calls give a third reason, and the alert weighs more."""
    traffic = Traffic()
    for day in range(120):
        traffic.call(day, "old", 1, 50)
        for slot in range(6):
            traffic.call(day, "capped", 100 * slot + (day + slot) // 6 + 1000, 50)
    alerts, _, _ = judged(traffic, 119)
    first = next(alert for alert in alerts if alert.kind == "number_carousel")
    assert first.organisation == "capped"
    assert {reason.family for reason in first.reasons} == {"churn", "dispersion", "dialler"}
    assert first.severity == "high"
