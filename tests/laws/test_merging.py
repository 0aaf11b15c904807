"""The laws of everything that merges, on every such class there is."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

import monitor
from monitor.call import CALLS
from monitor.day.merging import Merging
from monitor.day.sheet import Sheet
from monitor.repeats import Repeats, merge

for module in pkgutil.iter_modules(monitor.__path__, "monitor."):
    importlib.import_module(module.name)

KINDS = sorted(Merging.__subclasses__(), key=lambda kind: kind.__name__)
START = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def frames(draw: st.DrawFn, most: int = 25) -> pl.DataFrame:
    """A few calls of few organisations, numbers and days, so that keys meet."""
    size = draw(st.integers(0, most))
    choice = np.random.default_rng(draw(st.integers(0, 2**32)))
    started = [START + timedelta(hours=int(h)) for h in choice.integers(0, 72, size)]
    withheld = choice.random(size) < 0.2
    return pl.DataFrame(
        {
            "id": choice.integers(0, 2**62, size).astype(np.uint64),
            "started_at": started,
            "answered_at": [
                s if a else None for s, a in zip(started, choice.random(size) < 0.5, strict=True)
            ],
            "ended_at": [None] * size,
            "direction": choice.choice(["outbound", "inbound"], size, p=[0.8, 0.2]),
            "number": [
                None if w else 31200000000 + int(n)
                for w, n in zip(withheld, choice.integers(0, 4, size), strict=True)
            ],
            "network_number": [None] * size,
            "presentation": ["restricted" if w else "allowed" for w in withheld],
            "defect": [None if d else "unallocated" for d in choice.random(size) < 0.9],
            "person": [None if p == 0 else int(p) * 2**40 for p in choice.integers(0, 300, size)],
            "organisation": choice.choice(["a", "b", "unknown"], size),
            "bureau": [None] * size,
            "account": choice.choice(["x", "y"], size),
            "trunk": ["ümlaut"] * size,
            "feed": choice.choice(["f", "g"], size),
            "local": [None if n < 0 else bool(n) for n in choice.integers(-1, 2, size)],
        },
        schema=dict(CALLS),
    )


def _of(kind: type[Merging], calls: pl.DataFrame) -> Merging:
    return kind.of(calls)


@pytest.mark.parametrize("kind", KINDS)
@given(a=frames(), b=frames(), c=frames())
@settings(max_examples=40, deadline=None)
def test_merging_is_addition(kind: type[Merging], a: pl.DataFrame, b: pl.DataFrame, c: pl.DataFrame) -> None:
    """Nothing changes by merging the empty one, nor by order or grouping, and the whole is the merge of its parts."""
    x, y, z = (_of(kind, frame) for frame in (a, b, c))
    assert x.merge(kind.empty()) == x == kind.empty().merge(x)
    assert x.merge(y) == y.merge(x)
    assert x.merge(y).merge(z) == x.merge(y.merge(z)) == kind.total([z, x, y])
    assert _of(kind, pl.concat([a, b, c])) == kind.total([x, y, z])


@pytest.mark.parametrize("kind", KINDS)
@given(calls=frames())
@settings(max_examples=40, deadline=None)
def test_bytes_give_back_what_was_written(kind: type[Merging], calls: pl.DataFrame) -> None:
    """What is kept reads as it was written."""
    made = _of(kind, calls)
    assert kind.decode(made.encode()) == made


@given(calls=frames())
@settings(max_examples=40, deadline=None)
def test_sheets_of_days_hold_all(calls: pl.DataFrame) -> None:
    """Calls cut by day hold together what they held in one, and read as they were written."""
    whole = Sheet(*(kind.of(calls) for kind in (type(part) for part in Sheet.empty())))
    days = Sheet.by_day(calls)
    assert Sheet.total(days.values()) == whole if days else not calls.height
    assert {day: Sheet.decode(sheet.encode()) for day, sheet in days.items()} == days


@given(calls=frames(most=60), cuts=st.lists(st.integers(0, 60), max_size=4), seed=st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_a_call_counts_once_in_any_order_and_batches(calls: pl.DataFrame, cuts: list[int], seed: int) -> None:
    """However calls are repeated, shuffled and cut into batches, each counts once, and is answered if a record says so."""
    again = calls.with_columns(answered_at=None).cast(dict(CALLS))
    stream = pl.concat([calls, again, calls.head(7)]).sample(fraction=1, shuffle=True, seed=seed)
    repeats = Repeats()
    edges = [0, *sorted(min(cut, stream.height) for cut in cuts), stream.height]
    parts = [stream[a:b] for a, b in itertools.pairwise(edges)]
    admitted = [repeats.admit(part) for part in parts]
    sheets = [sheet for counted, _, _ in admitted for sheet in Sheet.by_day(counted).values()]
    found = Sheet.total(sheets or [Sheet.empty()])
    assert found == Sheet.total(Sheet.by_day(calls).values() or [Sheet.empty()])
    new = sum(counted["weight"].sum() for counted, _, _ in admitted)
    assert new == calls.height
    assert new + sum(repeated for _, _, repeated in admitted) == stream.height
    kept = Repeats()
    for _, added, _ in admitted:
        for hour, ids in added.items():
            kept.add(hour, ids)
    assert {h: kept.ids(h).tolist() for h in kept._hours} == {
        h: repeats.ids(h).tolist() for h in repeats._hours
    }


#: Where ids lie that are looked at: the lowest, those of which a float has only some, and the highest.
BASES = [0, 2**53, 2**63, 2**64 - 64]


@given(st.lists(st.lists(st.integers(0, 40), max_size=10), max_size=4), st.sampled_from(BASES))
def test_sets_of_ids_merge_as_sets(parts: list[list[int]], base: int) -> None:
    """A union of ids holds each once, answered where one of them was, however near to each other they are."""
    lists = [[base + value for value in part] for part in parts]
    best: dict[int, int] = {}
    for value in itertools.chain(*lists):
        best[value >> 1] = max(best.get(value >> 1, 0), value)
    assert merge([np.array(sorted(part), np.uint64) for part in lists]).tolist() == sorted(best.values())


@given(calls=frames(most=30), base=st.sampled_from(BASES), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_calls_whose_ids_are_near_each_other_are_many(calls: pl.DataFrame, base: int, seed: int) -> None:
    """Calls of one hour with neighbouring ids are each counted once, one by one and again."""
    ids = [base + 2 * row for row in range(calls.height)]
    calls = calls.with_columns(id=pl.Series(ids, dtype=pl.UInt64), started_at=pl.lit(START)).cast(dict(CALLS))
    again = calls.sample(fraction=1, shuffle=True, seed=seed)
    repeats = Repeats()
    new = sum(
        int(repeats.admit(row)[0]["weight"].sum()) for row in [*calls.iter_slices(1), *again.iter_slices(1)]
    )
    assert new == calls.height
