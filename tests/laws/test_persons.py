"""What is measured of the persons that were sampled is what plain Python says of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from types import SimpleNamespace
from unittest.mock import patch

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from monitor.fleet.circle import circle
from monitor.fleet.passing import _chance
from monitor.fleet.recontact import seen
from monitor.remembered import met as remembered
from monitor.remembered.met import DAYS, Met

#: Few persons, so that neighbouring organisations call the same, and the last one that there is.
PERSONS = [0, 1, 2, 3, 2**63, 2**64 - 1]
GROUPS = 3
LAST = 3  # the last day

calls = st.lists(
    st.tuples(
        st.integers(1, LAST),  # day
        st.integers(0, GROUPS - 1),
        st.sampled_from(PERSONS),
        st.integers(1, 3),  # number
        st.integers(1, 4),
    ),
    max_size=60,
)
asked = st.sets(st.integers(0, GROUPS - 1))
histories = given(
    calls=calls,
    asked=asked,
    span=st.tuples(st.integers(0, LAST), st.integers(0, LAST)),
    most=st.integers(1, 4),
)


def kept(
    calls: list[tuple], asked: set[int], span: tuple[int, int], most: int
) -> tuple[pl.DataFrame, Counter]:
    """The rows that are read of a history, and those that should be."""
    met, days = Met(), defaultdict(list)
    for day, *call in calls:
        days[day].append(call)
    with patch.object(remembered, "SAMPLE", most):
        for day, theirs in days.items():
            for part in (theirs[::2], theirs[1::2]):
                met.add(day, pl.DataFrame(part, Met.SCHEMA, orient="row"))
        found = met.persons(pl.Series(sorted(asked), dtype=pl.Int32), *span)
    limits = dict.fromkeys(range(GROUPS), PERSONS[-1])
    for day, theirs in days.items():
        for organisation in limits:
            persons = sorted({person for whose, person, *_ in theirs if whose == organisation})
            if span[0] < day <= span[1] and len(persons) >= most:
                limits[organisation] = min(limits[organisation], persons[most - 1])
    wanted = Counter()
    for day, organisation, person, number, many in calls:
        if span[0] < day <= span[1] and organisation in asked and person <= limits[organisation]:
            wanted[organisation, person, number] += many
    return found, wanted


@histories
@settings(deadline=None)
def test_of_who_is_read_no_call_is_missing(calls, asked, span, most):
    """In the order of organisation, person and number, up to the last person of the fullest day."""
    found, wanted = kept(calls, asked, span, most)
    assert found.schema == Met.SCHEMA
    assert found.rows() == [(*key, wanted[key]) for key in sorted(wanted)]


@histories
@settings(deadline=None)
def test_who_is_called_again_sees_a_number_again_as_often_as_is_said(calls, asked, span, most):
    """Each person who was called more than once counts once, by their pairs of calls."""
    found, wanted = kept(calls, asked, span, most)
    shares: dict[int, list[float]] = defaultdict(list)
    persons = {(organisation, person) for organisation, person, _ in wanted}
    for organisation, person in persons:
        shown = [many for (whose, who, _), many in wanted.items() if (whose, who) == (organisation, person)]
        if (total := sum(shown)) > 1:
            shares[organisation].append(sum(n * (n - 1) for n in shown) / (total * (total - 1)))
    measured = seen(found, GROUPS)
    for organisation in range(GROUPS):
        theirs = shares[organisation]
        assert measured.persons[organisation] == sum(whose == organisation for whose, _ in persons)
        assert measured.again[organisation] == len(theirs)
        assert measured.same[organisation] == pytest.approx(sum(theirs) / len(theirs) if theirs else 1)


@histories
@settings(deadline=None)
def test_the_chance_of_one_number_is_that_of_two_calls_drawn(calls, asked, span, most):
    """Whoever was called: by the share of each number."""
    found, wanted = kept(calls, asked, span, most)
    shown = defaultdict(Counter)
    for (organisation, _, number), many in wanted.items():
        shown[organisation][number] += many
    chance = _chance(found, GROUPS)
    for organisation in range(GROUPS):
        numbers = shown[organisation]
        said = sum((many / numbers.total()) ** 2 for many in numbers.values()) if numbers else 0
        assert chance[organisation] == pytest.approx(said)


@given(calls=calls, asked=asked, often=st.integers(1, 6), in_all=st.integers(0, 40))
@settings(deadline=None)
def test_a_circle_is_counted_by_its_persons(calls, asked, often, in_all):
    """How many there are, how many were called often, and whether most of all calls were to them."""
    met, day = Met(), LAST
    for at in range(1, day + 1):
        rows = [call for when, *call in calls if when == at]
        met.add(at, pl.DataFrame(rows, Met.SCHEMA, orient="row"))
    moment = SimpleNamespace(
        day=day,
        organisations=GROUPS,
        state=SimpleNamespace(met=met),
        calls=lambda days: np.full(GROUPS, in_all * (days == DAYS)),
    )
    mask = np.isin(np.arange(GROUPS), sorted(asked))
    found = circle(moment, mask, often)
    for organisation in range(GROUPS):
        called = Counter()
        for _, whose, person, _, many in calls:
            if whose == organisation and organisation in asked:
                called[person] += many
        regulars = sum(many >= often for many in called.values())
        assert (found.persons[organisation], found.often[organisation]) == (len(called), regulars)
        assert found.most[organisation] == (2 * called.total() > in_all)
        assert found.regular(2)[organisation] == (len(called) >= 2 and 2 * regulars > len(called))
