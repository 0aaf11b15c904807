"""What must hold of every fleet: honest additions never incriminate, order and size say nothing.

The fleets of a seed are drawn around the thresholds, from a number that stays for months to one that lasts days, and are
judged together: organisations do not touch each other's measures, and one fold of many costs little more than one of one.
`make test-slow` draws more of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from monitor.book import Book
from monitor.coverage import Coverage
from monitor.fleet.answering import answering
from monitor.fleet.churn import survival
from monitor.fleet.dispersion import spread
from monitor.fleet.moment import Moment
from monitor.fleet.rate import rate
from monitor.fleet.recontact import recontact
from monitor.fleet.turnover import turnover
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.rules.churn import churn
from monitor.rules.family import STRONG
from monitor.told import Told
from tests.detection.plain import (
    BEGIN,
    FIRST,
    Caller,
    Numbers,
    anybody,
    calls_of,
    campaign,
    rotating,
    staying,
)

POLICY = Policy.load("nl")
_DAYS = 75
_START = 20  # of those that rotate: births are known by then
_FLEETS = 30
#: Days before the end of a history within which what another volume shows may still be on its way.
_EDGE = 14
#: One number, none of the fleet's.
_STAYS = 900_000
_SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 9))]


@dataclass(frozen=True, slots=True)
class Shape:
    """A fleet that was drawn."""

    place: int
    kind: str
    pool: int
    life: int
    rate: float
    callback: float
    answered: float
    seed: int

    @property
    def name(self) -> str:
        return f"fleet-{self.place}"

    def calls(self, days: int = _DAYS) -> pl.DataFrame:
        """Its calls as one organisation."""
        stays = self.kind == "stays"
        numbers = (
            staying(self.pool) if stays else rotating(self.pool, self.life, _START, self.kind, self.seed)
        )
        return calls_of(
            Caller(
                self.name, self.rate, numbers, campaign(self.rate), range(0 if stays else _START, days),
                callback=self.callback, answered=self.answered,
            ),
            self.place, self.seed,
        )  # fmt: skip


def shapes(seed: int, rates: Iterable[float] = (6, 20, 60), many: int = _FLEETS) -> list[Shape]:
    """Fleets around the thresholds; of ten one stays."""
    chance = np.random.default_rng(seed)
    return [
        Shape(
            place,
            str(chance.choice(["stays", "stagger", "together", "chance"], p=[0.1, 0.3, 0.2, 0.4])),
            int(chance.integers(1, 13)),
            int(chance.integers(3, 60)),
            float(chance.choice(list(rates))),
            float(chance.choice([0, 0.3])),
            float(chance.choice([0, 0.9])),
            int(chance.integers(10_000)),
        )
        for place in range(many)
    ]


def fleet(kind: str, pool: int, life: int, rate: int, seed: int) -> pl.DataFrame:
    """The calls of one organisation, honest or not."""
    return named(Shape(0, kind, pool, life, rate, 0, 1, seed).calls(), "acme")


def named(calls: pl.DataFrame, name: str) -> pl.DataFrame:
    """The same calls, as those of another."""
    return calls.with_columns(organisation=pl.lit(name))


def again(calls: pl.DataFrame, turn: int, **columns: pl.Expr) -> pl.DataFrame:
    """The same calls once more, as others."""
    return calls.with_columns(id=pl.col("id").hash(turn), **columns)


def base(seed: int, days: int = _DAYS) -> pl.DataFrame:
    """Somebody else, so that the feed is seen on every day."""
    return calls_of(Caller("base", 30, staying(3), anybody(1000), range(days), (1,) * 7), 500, seed)


def folded(*calls: pl.DataFrame) -> Judge:
    """A judge that has seen the calls, in this order."""
    book = Book(Judge(POLICY), Told(POLICY))
    for part in calls:
        book.observe(part)
    coverage = Coverage.total(Coverage.of(part) for part in calls)
    for day in range(FIRST, FIRST + _DAYS):
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
    moment = Moment(judge._state, POLICY, judge.reference, FIRST + _DAYS - 1)
    rule = POLICY.rules.number_carousel
    found = turnover(moment, rule.churn)
    grade = churn(moment, rule.churn, found, answering(moment, rule.calls_back)).grade
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
                range(chance.integers(16), _DAYS), week, callback=shape.callback, answered=0.9,
            ),
            shape.place, 7,
        )  # fmt: skip
        since = pl.col("started_at") >= pl.lit(BEGIN) + pl.duration(days=int(chance.integers(_START, _DAYS)))
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


@pytest.mark.parametrize("seed", _SEEDS)
def test_the_fleets_that_are_drawn_lie_on_both_sides_of_the_threshold(seed: int) -> None:
    """Of the fleets below some are strong, and of those that are not some lose numbers to others."""
    drawn, found = additions(seed)
    sides = Counter((found[each.name].grade == STRONG, found[each.name].deaths > 0) for each in drawn)
    assert sides[True, True] >= 3
    assert sides[False, True] >= 3


@pytest.mark.parametrize("seed", _SEEDS)
def test_an_honest_number_never_raises_a_churn_reason(seed: int) -> None:
    """A number that stays, from before births are known, makes no fleet a carousel, whatever its pace and days."""
    assert worse(seed, "", "beside") == []


@pytest.mark.parametrize("seed", _SEEDS)
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


@pytest.mark.parametrize("seed", _SEEDS)
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


@pytest.mark.parametrize("seed", _SEEDS)
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


def alerts(parts: list[pl.DataFrame], days: int = _DAYS) -> list:
    book = Book(Judge(POLICY), Told(POLICY))
    for part in parts:
        book.observe(part)
    coverage = Coverage.total(Coverage.of(part) for part in parts)
    return [alert for day in range(FIRST, FIRST + days) for alert in book.close(day, coverage)]


#: A third, as it is, thrice.
_VOLUMES = (1 / 3, 1, 3)
#: Calls a day of a number at the least of these volumes below which nothing is claimed of that.
_HEARD = 1.5
#: The kinds of alert that say how long numbers last.
_LIVES = {"number_carousel", "short_tenure"}
#: Days by which an alert may open later with more calls: they are drawn anew, and with them the days on which numbers fall silent.
_LATER = 5


@pytest.mark.parametrize("seed", _SEEDS)
def test_volume_at_the_same_shape_flips_no_verdict(seed: int) -> None:
    """The same lives of numbers with a third and with thrice the calls: the same kinds of alerts, within days of each other.

    With more calls none opens more than some days later. With fewer none is new, and those of lives (carousel, short
    tenure) are there if numbers still make enough calls to be missed when they end; who calls back is too few to tell.
    Calls are drawn anew, and with them the days on which a number falls silent: of fleets that are drawn around the
    threshold one in 26 may fall to either side by that. Of one that stays nothing is told of lives at any volume.
    """
    days = 105
    drawn = shapes(seed, (20, 30), 26)
    parts = [base(seed, days)]
    for shape in drawn:
        for turn, times in enumerate(_VOLUMES):
            calls = named(replace(shape, rate=shape.rate * times).calls(days), f"{shape.name}x{turn}")
            number, person = pl.col("number") + (turn + 1) * 10**9, pl.col("person").hash(turn)
            parts.append(again(calls, 3 * shape.place + turn, number=number, person=person))
    opened: dict[str, dict[str, int]] = {}
    for alert in alerts(parts, days):
        if alert.status == "open":
            opened.setdefault(alert.organisation, {}).setdefault(alert.kind, (alert.opened_at - BEGIN).days)
    flipped = []
    for shape in drawn:
        few, some, many = (opened.get(f"{shape.name}x{turn}", {}) for turn in range(3))
        heard = shape.rate * _VOLUMES[0] >= _HEARD * shape.pool
        lives = {kind: day for kind, day in some.items() if kind in _LIVES}
        lost = {**_missing(some, many), **_missing(many, some), **_missing(few, some)}
        lost |= _missing(lives, few) if heard else {}
        late = {kind: day for kind, day in many.items() if day > some.get(kind, day) + _LATER}
        if lost or late:
            flipped.append((shape, few, some, many))
        if shape.kind == "stays":
            assert not {*few, *some, *many} & _LIVES, shape
    assert len(flipped) <= 1, flipped
    assert sum("number_carousel" in opened.get(f"{shape.name}x1", {}) for shape in drawn) >= 8


def _missing(of: dict[str, int], there: dict[str, int], until: int = 105 - _EDGE) -> dict[str, int]:
    """What was opened in time and is not there."""
    return {kind: day for kind, day in of.items() if day < until and kind not in there}


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
    for day in range(FIRST, FIRST + _DAYS):
        said += book.close(day, coverage)
        came = rest.filter(pl.col("day") == day - 7).drop("day")
        if came.height:
            book.observe(came)
    book.observe(rest.filter(pl.col("day") > FIRST + _DAYS - 8).drop("day"))
    measures = [_measures(judge) for judge in (in_time, book.judge)]
    for ours, theirs in zip(*measures, strict=True):
        np.testing.assert_allclose(ours, theirs)
    assert any(alert.evidence.late_calls for alert in said)


def _measures(judge: Judge) -> list[np.ndarray]:
    moment = Moment(judge._state, POLICY, judge.reference, FIRST + _DAYS - 1)
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
        moment = Moment(judge._state, POLICY, judge.reference, FIRST + _DAYS - 1)
        code = judge._state.codes["acme"]
        found = recontact(moment, np.ones(moment.organisations, bool))
        exact = _exact(calls)
        inside += found.low[code] <= exact <= found.high[code]
        assert abs(found.same[code] - exact) < 3 / np.sqrt(found.again[code])
    assert inside >= 3


def _exact(calls: pl.DataFrame) -> float:
    """Of every person called more than once in the last four weeks, the mean share of pairs with one number."""
    days = pl.col("started_at").to_physical() // 86_400_000_000
    window = calls.filter((days > FIRST + _DAYS - 1 - 28) & (pl.col("direction") == "outbound"))
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
    rest = range(FIRST + closed + 1, FIRST + _DAYS)
    goes_on, taken_over = (
        [alert for day in rest for alert in one.close(day, coverage)] for one in (book, again)
    )
    assert goes_on == taken_over
    assert goes_on
