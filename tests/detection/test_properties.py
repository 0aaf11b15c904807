"""What must hold of every fleet: honest additions never incriminate, order and size say nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.book import Book
from monitor.coverage import Coverage
from monitor.fleet.answering import answering
from monitor.fleet.dispersion import spread
from monitor.fleet.moment import Moment
from monitor.fleet.recontact import recontact
from monitor.fleet.turnover import turnover
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.rules.churn import churn
from monitor.told import Told
from tests.detection.plain import FIRST, Caller, anybody, calls_of, campaign, rotating, staying

POLICY = Policy.load("nl")
_DAYS = 75


def fleet(kind: str, pool: int, life: int, rate: int, seed: int) -> pl.DataFrame:
    """The calls of one organisation, honest or not."""
    numbers = staying(pool) if kind == "stays" else rotating(pool, life, 20, kind, seed)
    return calls_of(
        Caller("acme", rate, numbers, campaign(rate), range(0 if kind == "stays" else 20, _DAYS)), 0, seed
    )


def base(seed: int) -> pl.DataFrame:
    """Somebody else, so that the feed is seen on every day."""
    return calls_of(Caller("base", 30, staying(3), anybody(1000), range(_DAYS), (1,) * 7), 1, seed)


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


def grade(judge: Judge) -> int:
    """The grade of the churn family for the organisation."""
    moment = Moment(judge._state, POLICY, judge.reference, FIRST + _DAYS - 1)
    rule = POLICY.rules.number_carousel
    replies = answering(moment, rule.calls_back)
    family = churn(moment, rule.churn, turnover(moment, rule.churn), replies)
    return int(family.grade[judge._state.codes["acme"]])


fleets = st.tuples(
    st.sampled_from(["stays", "stagger", "together", "chance"]),
    st.integers(1, 8),
    st.integers(2, 30),
    st.sampled_from([6, 20, 80]),
    st.integers(0, 1000),
)


@given(fleets, st.sampled_from([1, 10, 60]), st.integers(0, 15))
@settings(max_examples=5, deadline=None)
def test_an_honest_number_never_raises_a_churn_reason(shape: tuple, rate: int, since: int) -> None:
    """A number that stays, from before births are known, makes no fleet look more like a carousel."""
    calls, other = fleet(*shape), base(shape[-1])
    honest = calls_of(
        Caller(
            "acme",
            rate,
            lambda day, many, chance: np.full(many, 900_000),
            anybody(10**6),
            range(since, _DAYS),
        ),
        0,
        7,
    ).with_columns(id=pl.col("id") + 10**12)
    assert grade(folded(calls, honest, other)) <= grade(folded(calls, other))


@given(fleets, st.integers(20, _DAYS - 1))
@settings(max_examples=4, deadline=None)
def test_an_honest_call_never_raises_a_churn_reason(shape: tuple, day: int) -> None:
    """One more call from the number that is used most and stays, on whichever day."""
    pool = max(2, shape[1])
    calls, other = fleet("stays", pool, *shape[2:]), base(shape[-1])
    on = calls.filter((pl.col("started_at").dt.date() - pl.date(2026, 1, 5)).dt.total_days() == day)
    if on.height:
        again = on.head(1).with_columns(id=pl.col("id") + 10**12)
        assert grade(folded(calls, again, other)) <= grade(folded(calls, other))


@given(fleets, st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_feeds_in_any_order_say_the_same(shape: tuple, seed: int) -> None:
    """Calls split over feeds and batches, and merged in any order, give the same alerts with the same evidence."""
    random = np.random.default_rng(seed)
    calls = pl.concat([fleet(*shape), base(shape[-1])])
    feeds = pl.Series("feed", random.choice(["a", "b", "c"], calls.height))
    calls = calls.with_columns(feeds)
    mixed = calls.sample(fraction=1, shuffle=True, seed=seed % 1000)
    cut = [mixed[at : at + 700] for at in range(0, mixed.height, 700)]
    assert _alerts(cut) == _alerts([calls])


def _alerts(parts: list[pl.DataFrame]) -> list:
    book = Book(Judge(POLICY), Told(POLICY))
    for part in parts:
        book.observe(part)
    coverage = Coverage.total(Coverage.of(part) for part in parts)
    return [alert for day in range(FIRST, FIRST + _DAYS) for alert in book.close(day, coverage)]


@pytest.mark.parametrize("kind", ["stays", "stagger", "together"])
@pytest.mark.parametrize("times", [8])
def test_volume_at_the_same_shape_flips_no_verdict(kind: str, times: int) -> None:
    """So many times the calls from the same numbers on the same days."""
    calls, other = fleet(kind, 4, 7, 60, 5), base(5)
    more = pl.concat([calls.with_columns(id=pl.col("id") + 10**12 * turn) for turn in range(times)])
    told = [{(a.kind, a.organisation) for a in _alerts([part, other])} for part in (calls, more)]
    assert told[0] == told[1]


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
