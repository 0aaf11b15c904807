"""Local presence: one by chance whatever the areas, and as many as there are where the number follows the person."""

from __future__ import annotations

import io
import struct
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from monitor.call import CALLS
from monitor.day.coverage import Coverage
from monitor.day.nearby import Nearby, same_area
from monitor.day.sheet import Sheet
from monitor.fleet.local_presence import local_presence
from monitor.fleet.moment import Moment
from monitor.fleet.within_area import within_area
from monitor.judge import Judge
from monitor.numbering.area import areas_of
from monitor.policy import Policy
from monitor.simulate.numbers import AREAS
from monitor.watermark import Tick
from monitor.wire import decode, encode, headers
from tests.detection.plain import BEGIN, FIRST, Caller, anybody, calls_of, staying
from tests.rules.traffic import FIRST_NUMBER, Traffic
from tests.rules.traffic import judged as told

POLICY = Policy.load("nl")
_AREAS = np.asarray(AREAS, np.int64)


def called_from(shown: np.ndarray, called: np.ndarray) -> pl.DataFrame:
    """Calls of one day from and to the areas given by their places."""
    calls = calls_of(Caller("acme", 10, staying(1), anybody(9), range(1), (1,) * 7), 0, 1).head(1)
    numbers = pl.Series("number", (3100_0000000 + _AREAS[shown] * 10_000_000 + 7).astype(np.uint64))
    others = pl.Series("called", (3100_1000000 + _AREAS[called] * 10_000_000 + 7).astype(np.uint64))
    frame = pl.concat([calls] * len(shown)).with_columns(
        numbers, started_at=pl.lit(BEGIN + timedelta(hours=9))
    )
    return frame.with_columns(same_area("NL", frame["number"], others)).cast(dict(CALLS))


def measured(shown: np.ndarray, called: np.ndarray):
    nearby = Nearby.of(called_from(shown, called)).frame
    judge = Judge(POLICY)
    usage, contacts, links, coverage = _empty()
    judge.fold(FIRST, usage, contacts, links, coverage, nearby)
    return local_presence(Moment(judge._state, POLICY, judge.reference, FIRST), 28)


def _empty() -> list[pl.DataFrame]:
    usage, contacts, links, _ = Sheet.empty()
    return [usage.frame, contacts.frame, links.frame, Coverage.empty().frame]


@pytest.mark.parametrize("towns", [1, 5, 30])
def test_by_chance_the_sum_is_one_at_most(towns: int) -> None:
    """Whichever areas it calls from, and however its people are spread, when neither depends on the other."""
    random = np.random.default_rng(towns)
    people = random.dirichlet(np.full(30, 0.3))
    found = measured(random.integers(0, towns, 3000), random.choice(30, 3000, p=people))
    assert found.low[0] <= 1
    assert found.areas[0] == pytest.approx(people[:towns].sum(), abs=0.35)


def test_where_the_number_follows_the_person_it_is_the_number_of_areas() -> None:
    """Twelve areas, in which everybody sees a number of their own."""
    called = np.arange(3000) % 12
    found = measured(called, called)
    assert found.areas[0] == 12
    assert found.low[0] > 11


def test_mobiles_and_withheld_numbers_are_nowhere() -> None:
    """Only calls between two geographic numbers are counted."""
    numbers = pl.Series([31_20_1234567, 31_612345678, None, 31_88_1234567], dtype=pl.UInt64)
    home = pl.Series([31_612345678] + [31_20_7654321] * 3, dtype=pl.UInt64)
    assert same_area("NL", numbers, home).to_list() == [None] * 4
    assert areas_of("NL").of(np.array([31_182_123456, 31_20_1234567, 4_930_123456], np.uint64)).tolist() == [
        182,
        20,
        0,
    ]


def test_slices_and_sheets_of_the_version_before_are_read() -> None:
    """What was made before areas were known is read, and says nothing of them; what is made now, it can read too."""
    calls = called_from(np.zeros(3, int), np.zeros(3, int))
    old = io.BytesIO()
    calls.drop("local").write_ipc_stream(old)
    frame, _ = decode(old.getvalue(), headers(Tick()))
    assert frame["local"].null_count() == 3
    assert decode(encode(calls), headers(Tick()))[0]["local"].to_list() == [True] * 3

    (sheet,) = Sheet.by_day(calls).values()
    data = sheet.encode()
    first = 12 + sum(struct.unpack_from("<3I", data))
    assert Sheet.decode(data) == sheet
    assert Sheet.decode(data[:first]) == sheet._replace(nearby=Nearby.empty())


def test_within_an_area_a_branch_shows_one_number_and_several_are_seen_through() -> None:
    """Whoever is called, at home or on a mobile, and from however many areas: one where each has one number."""
    random, traffic = np.random.default_rng(4), Traffic()
    for day in range(28):
        for turn in range(60):
            person, areas = int(random.integers(150)), random.integers(0, 12, 2)
            traffic.meet(day, "branches", person, _number(areas[turn % 2], 0))
            traffic.meet(day, "several", person, _number(person % 12, random.integers(4)))
        traffic.call(day, "branches", 1, 60)
        traffic.call(day, "several", 2, 60)
    _, judge, _ = told(traffic, 27)
    moment = judge.moment()
    found, code = within_area(moment, np.ones(moment.organisations, bool), 28), moment.state.codes
    assert found.same[code["branches"]] == found.high[code["branches"]] == 1
    assert found.same[code["several"]] == pytest.approx(0.25, abs=0.05)
    assert found.high[code["several"]] < 0.35
    assert min(found.persons) > 100


def _number(area: int, place: int) -> int:
    """A number of an area, counted as `Traffic` counts them."""
    return int(3100_0000000 + _AREAS[area] * 10_000_000 + 100 + place - FIRST_NUMBER)
