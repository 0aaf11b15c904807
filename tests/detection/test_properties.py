"""What must hold of every fleet: honest additions never incriminate, order says nothing. Of size, see `test_volume.py`.

The fleets of a seed are drawn around the thresholds, from a number that stays for months to one that lasts days, and are
judged together: organisations do not touch each other's measures, and one fold of many costs little more than one of one.
`make test-wide` runs them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
import pytest

from monitor.book import Book
from monitor.day.coverage import Coverage
from monitor.fleet.answering import answering
from monitor.fleet.churn import survival
from monitor.fleet.dispersion import spread
from monitor.fleet.moment import Moment
from monitor.fleet.rate import rate
from monitor.fleet.recontact import recontact
from monitor.fleet.turnover import turnover
from monitor.fleet.wholesale import wholesale
from monitor.judge import Judge
from monitor.rules.churn import churn, replaced_beside
from monitor.rules.family import STRONG
from monitor.told import Told
from tests.detection.fleets import (
    DAYS,
    POLICY,
    SEEDS,
    START,
    Shape,
    again,
    alerts,
    base,
    fleet,
    named,
    shapes,
)
from tests.detection.plain import (
    BEGIN,
    FIRST,
    Caller,
    Numbers,
    anybody,
    calls_of,
)

pytestmark = pytest.mark.wide

#: One number, none of the fleet's.
_STAYS = 900_000


def folded(*calls: pl.DataFrame) -> Judge:
    """A judge that has seen the calls, in this order."""
    book = Book(Judge(POLICY), Told(POLICY))
    for part in calls:
        book.observe(part)
    coverage = Coverage.total(Coverage.of(part) for part in calls)
    for day in range(FIRST, FIRST + DAYS):
        sheet = book._open.pop(day)
        total = type(sheet[0]).total(sheet)
        seen = coverage.frame.filter(pl.col("day") == day)
        usage, contacts, links, nearby = (part.frame for part in total)
        book.judge.fold(day, usage, contacts, links, seen, nearby)
    return book.judge


@dataclass(frozen=True, slots=True)
class Found:
    """What the churn family says of an organisation: `grade`, and what that rests on."""

    grade: int
    deaths: int
    turnovers: float
    survival: float  # upper bounds of the share that lasts: the lower, the worse
    at_this_rate: float


def measured(judge: Judge) -> dict[str, Found]:
    """By organisation."""
    moment = Moment(judge._state, POLICY, judge.reference, FIRST + DAYS - 1)
    rule = POLICY.rules.number_carousel
    found = turnover(moment, rule.churn)
    sets, slack = wholesale(moment, rule.churn, found), rule.telling.slack
    beside = replaced_beside(moment, rule.churn, found)
    heard, new = (answering(moment, rule.calls_back, numbers) for numbers in (None, found.fresh))
    nobody = np.zeros(len(found.deaths), dtype=bool)  # is excused: the law is of what churn itself says
    grade = churn(moment, rule.churn, found, heard, new, sets, beside, slack, nobody, nobody).grade
    columns = (
        grade,
        found.deaths,
        found.short_turnovers,
        survival(moment, rule.churn, found).of_fewer(found.alone).high,
        rate(moment, rule.churn, found).high,
    )
    return {
        name: Found(*(column[code].item() for column in columns)) for name, code in judge._state.codes.items()
    }


@cache
def additions(seed: int) -> tuple[list[Shape], dict[str, Found]]:
    """The fleets of a seed, and what is found of each as it is and with something honest added to it.

    beside: a number that stays, with calls of its own pace and days. half: one that makes a call whenever the fleet
    makes one. call: `beside`, and one more call of that number.
    """
    chance = np.random.default_rng(seed)
    drawn, parts = shapes(seed), [base(seed)]
    for shape in drawn:
        calls = shape.calls()
        numbers: Numbers = lambda day, many, chance: np.full(many, _STAYS)  # noqa: E731
        week = (1,) * 7 if chance.random() < 0.3 else (1, 1, 1, 1, 1, 0, 0)
        honest = calls_of(
            Caller(
                shape.name, float(chance.choice([1, 10, 60])), numbers, anybody(10**6),
                range(chance.integers(16), DAYS), week, callback=shape.callback, answered=0.9,
            ),
            shape.place, 7,
        )  # fmt: skip
        since = pl.col("started_at") >= pl.lit(BEGIN) + pl.duration(days=int(chance.integers(START, DAYS)))
        outbound = pl.col("direction") == "outbound"
        one = honest.filter(since & outbound).head(1)
        every = calls.filter(outbound)
        number = honest["number"][0]
        variants = {
            "": calls,
            "beside": pl.concat([calls, again(honest, 1)]),
            "half": pl.concat(
                [calls, again(every, 2, number=pl.lit(number, pl.UInt64), person=pl.col("person").hash(2))]
            ),
            "call": pl.concat([calls, again(honest, 1), again(one, 3)]),
        }
        parts += [
            again(named(variant, f"{shape.name}{name}"), 10 + place)
            for place, (name, variant) in enumerate(variants.items())
        ]
    return drawn, measured(folded(*parts))


def worse(seed: int, before: str, after: str, by: str = "grade") -> list[tuple[Shape, Found, Found]]:
    """The fleets of which a measure is higher after an addition than before it."""
    drawn, found = additions(seed)
    pairs = [(each, found[each.name + before], found[each.name + after]) for each in drawn]
    return [pair for pair in pairs if getattr(pair[2], by) > getattr(pair[1], by)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fleets_that_are_drawn_lie_on_both_sides_of_the_threshold(seed: int) -> None:
    """Of the fleets below some are strong, and of those that are not some lose numbers to others."""
    drawn, found = additions(seed)
    sides = Counter((found[each.name].grade == STRONG, found[each.name].deaths > 0) for each in drawn)
    assert sides[True, True] >= 3
    assert sides[False, True] >= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_number_never_raises_a_churn_reason(seed: int) -> None:
    """A number that stays, from before births are known, makes no fleet a carousel, whatever its pace and days."""
    assert worse(seed, "", "beside") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_number_of_a_steady_share_moves_no_measure_for_the_worse(seed: int) -> None:
    """Where it makes a fixed share of the calls, no number more counts as ended, and no bound falls.

    Of one with a pace of its own that does not hold: what an ended number would have made since is asked of all calls, so
    one that ended close to the threshold counts as ended or not by how many calls happened to be made since.
    """
    assert worse(seed, "", "half", "grade") == []
    assert worse(seed, "", "half", "deaths") == []
    _, found = additions(seed)
    for each in shapes(seed):
        plain, half = found[each.name], found[f"{each.name}half"]
        assert half.turnovers <= plain.turnovers + 1e-9, each
        assert half.survival >= plain.survival - 1e-9, each
        assert half.at_this_rate >= plain.at_this_rate - 1e-9, each


@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_call_never_raises_a_churn_reason(seed: int) -> None:
    """One more call from a number that stays beside a fleet, on whichever day, changes its bounds by less than a hundredth.

    By the rate nothing is known before one whole step was seen: there the bound leaves 1, but is nowhere near a threshold.
    """
    assert worse(seed, "beside", "call") == []
    drawn, found = additions(seed)
    for each in drawn:
        before, after = found[f"{each.name}beside"], found[f"{each.name}call"]
        assert after.survival >= before.survival - 0.01, each
        assert after.at_this_rate >= min(before.at_this_rate, 0.95) - 0.01, each


@pytest.mark.parametrize("seed", SEEDS)
def test_feeds_in_any_order_say_the_same(seed: int) -> None:
    """Calls split over feeds and batches, and merged in any order, give the same alerts with the same evidence."""
    chance = np.random.default_rng(seed)
    calls = pl.concat([base(seed), *(shape.calls() for shape in shapes(seed, (6, 20)))])
    calls = calls.with_columns(feed=pl.Series(chance.choice(["a", "b", "c"], calls.height)))
    mixed = calls.sample(fraction=1, shuffle=True, seed=seed)
    cut = [mixed[at : at + 3000] for at in range(0, mixed.height, 3000)]
    told = alerts(cut)
    assert told == alerts([calls])
    assert len({alert.organisation for alert in told}) >= 5


def test_late_calls_give_the_same_measures_as_calls_in_time() -> None:
    """Calls of some days that come a week after them change what is known to what it would have been."""
    calls, other = fleet("stagger", 5, 7, 60, 3), base(3)
    late = (pl.col("id") % 10 == 0) & pl.col("started_at").dt.weekday().is_in([2, 3])
    in_time = folded(calls, other)
    book = Book(Judge(POLICY), Told(POLICY))
    for part in (calls.filter(~late), other):
        book.observe(part)
    coverage = Coverage.total(Coverage.of(part) for part in (calls, other))
    rest = calls.filter(late).with_columns(day=(pl.col("started_at").to_physical() // 86_400_000_000))
    said = []
    for day in range(FIRST, FIRST + DAYS):
        said += book.close(day, coverage)
        came = rest.filter(pl.col("day") == day - 7).drop("day")
        if came.height:
            book.observe(came)
    book.observe(rest.filter(pl.col("day") > FIRST + DAYS - 8).drop("day"))
    measures = [_measures(judge) for judge in (in_time, book.judge)]
    for ours, theirs in zip(*measures, strict=True):
        np.testing.assert_allclose(ours, theirs)
    assert any(alert.evidence.late_calls for alert in said)


def _measures(judge: Judge) -> list[np.ndarray]:
    moment = Moment(judge._state, POLICY, judge.reference, FIRST + DAYS - 1)
    code = judge._state.codes["acme"]
    rule = POLICY.rules.number_carousel
    found, wide = turnover(moment, rule.churn), spread(moment, rule.dispersion)
    people = recontact(moment, np.ones(moment.organisations, bool))
    columns = (
        found.turnovers,
        found.deaths,
        wide.effective,
        wide.a_week,
        people.same,
        people.persons,
        people.again,
    )
    return [column[code] for column in columns]


@pytest.mark.parametrize("pool", [3, 12])
def test_the_sampled_share_is_that_of_all_persons(pool: int) -> None:
    """What the sketch says of re-contact lies within its interval of the exact share over all persons called."""
    inside = 0
    for seed in range(4):
        calls = fleet("stays", pool, 1, 400, seed)
        judge = folded(calls, base(seed))
        moment = Moment(judge._state, POLICY, judge.reference, FIRST + DAYS - 1)
        code = judge._state.codes["acme"]
        found = recontact(moment, np.ones(moment.organisations, bool))
        exact = _exact(calls)
        inside += found.low[code] <= exact <= found.high[code]
        assert abs(found.same[code] - exact) < 3 / np.sqrt(found.again[code])
    assert inside >= 3


def _exact(calls: pl.DataFrame) -> float:
    """Of every person called more than once in the last four weeks, the mean share of pairs with one number."""
    days = pl.col("started_at").to_physical() // 86_400_000_000
    window = calls.filter((days > FIRST + DAYS - 1 - 28) & (pl.col("direction") == "outbound"))
    numbers = window.group_by("person", "number").agg(pl.len().cast(pl.Float64).alias("n"))
    people = numbers.group_by("person").agg(pl.col("n").sum(), same=(pl.col("n") * (pl.col("n") - 1)).sum())
    return (
        people.filter(pl.col("n") > 1)
        .select((pl.col("same") / (pl.col("n") * (pl.col("n") - 1))).mean())
        .item()
    )


@pytest.mark.parametrize("closed", [25, 33])
def test_a_book_that_is_rebuilt_tells_what_it_would_have_told(closed: int) -> None:
    """What was kept of days, and the notes of what was told, are enough to go on from any day."""
    calls = [fleet("stagger", 5, 7, 60, 3), base(3)]
    coverage = Coverage.total(Coverage.of(part) for part in calls)
    kept: dict[int, list] = {}
    book = Book(Judge(POLICY), Told(POLICY))
    for part in calls:
        for day, sheet in book.observe(part).sheets.items():
            kept.setdefault(day, []).append(sheet)
    for day in range(FIRST, FIRST + closed + 1):
        book.close(day, coverage)
    again = Book(Judge(POLICY), Told(POLICY))
    for organisation, note in book.told.changes().items():
        again.told.restore(organisation, note)
    again.rebuild(FIRST + closed, FIRST, kept, coverage)
    rest = range(FIRST + closed + 1, FIRST + DAYS)
    goes_on, taken_over = (
        [alert for day in rest for alert in one.close(day, coverage)] for one in (book, again)
    )
    assert goes_on == taken_over
    assert goes_on
