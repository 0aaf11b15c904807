"""What is counted by sorting numbers, held against the same by polars' own words."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import polars as pl
from hypothesis import given, settings

from monitor.call import CALLS
from monitor.columns.grouping import coded, groups
from monitor.day.contacts import SAMPLE, Contacts
from monitor.day.coverage import Coverage
from monitor.day.links import KINDS, Links
from monitor.day.usage import Usage
from tests.laws.test_merging import frames

_DAY, _HOUR = 86_400_000_000, 3_600_000_000
_OUT = pl.col("direction") == "outbound"
_ANSWERED = pl.col("answered_at").is_not_null()


def _days(calls: pl.DataFrame) -> pl.LazyFrame:
    return calls.lazy().with_columns(day=(pl.col("started_at").to_physical() // _DAY).cast(pl.Int32))


def _sorted(kind: type, frame: pl.LazyFrame) -> pl.DataFrame:
    return frame.collect().select(*kind.SCHEMA).cast(dict(kind.SCHEMA)).sort(kind.KEY)


def _usage(calls: pl.DataFrame) -> pl.DataFrame:
    weight = pl.col("weight")
    counted = _days(calls).group_by("organisation", pl.col("number").fill_null(0), "feed", "day")
    return _sorted(
        Usage,
        counted.agg(
            calls=(weight * _OUT).sum(),
            answered=(_ANSWERED & _OUT).sum(),
            withheld=(weight * (_OUT & (pl.col("presentation") == "restricted"))).sum(),
            unavailable=(weight * (_OUT & (pl.col("presentation") == "unavailable"))).sum(),
            inbound=(weight * ~_OUT).sum(),
            inbound_answered=(_ANSWERED & ~_OUT).sum(),
            defect=(pl.col("defect").to_physical() + 1).fill_null(0).max(),
        ),
    )


def _contacts(calls: pl.DataFrame) -> pl.DataFrame:
    known = _days(calls).filter(
        _OUT & (pl.col("weight") > 0) & pl.col("person").is_not_null() & pl.col("number").is_not_null()
    )
    # In plain Python: within groups polars 2.1, lazily, takes a wrong maximum of `sort().head()`.
    persons: dict[tuple[str, int], set[int]] = {}
    for organisation, day, person in known.select("organisation", "day", "person").collect().iter_rows():
        persons.setdefault((organisation, day), set()).add(person)
    last = pl.DataFrame(
        [(*key, sorted(theirs)[:SAMPLE][-1]) for key, theirs in persons.items()],
        {"organisation": pl.String, "day": pl.Int32, "last": pl.UInt64},
        orient="row",
    )
    sampled = known.join(last.lazy(), on=["organisation", "day"]).filter(pl.col("person") <= pl.col("last"))
    return _sorted(Contacts, sampled.group_by(*Contacts.KEY).agg(calls=pl.len()))


def _links(calls: pl.DataFrame) -> pl.DataFrame:
    theirs = (
        _days(calls)
        .filter(_OUT)
        .select("organisation", "day", "weight", *KINDS)
        .unpivot(on=list(KINDS), index=["organisation", "day", "weight"], variable_name="kind")
        .drop_nulls("value")
        .group_by("organisation", "kind", "value", "day")
        .agg(calls=pl.col("weight").sum())
        .filter(pl.col("calls") > 0)
    )
    return _sorted(Links, theirs)


def _coverage(calls: pl.DataFrame) -> pl.DataFrame:
    hour = (pl.col("started_at").to_physical() // _HOUR % 24).cast(pl.UInt32)
    seen = _days(calls).with_columns(hours=pl.lit(2, pl.UInt32).pow(hour).cast(pl.UInt32))
    called = pl.when(~_OUT).then("hours").otherwise(pl.lit(0, pl.UInt32))
    seen = seen.with_columns(called=called).with_columns(
        answered=pl.when(pl.col("answered_at").is_not_null()).then("called").otherwise(pl.lit(0, pl.UInt32))
    )
    return _sorted(
        Coverage, seen.group_by("feed", "day").agg(pl.col("hours", "called", "answered").bitwise_or())
    )


def _check(calls: pl.DataFrame) -> None:
    for kind, plain in ((Usage, _usage), (Contacts, _contacts), (Links, _links), (Coverage, _coverage)):
        assert kind.of(calls).frame.equals(plain(calls)), kind.__name__


@given(calls=frames(most=80), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_all_that_is_counted_equals_the_plain_way(calls: pl.DataFrame, seed: int) -> None:
    """Usage, contacts, links and coverage are the same sums however they are reached, weights of 0 included."""
    chance = np.random.default_rng(seed)
    names = pl.Series(["", "x", "ÿ", None])
    calls = calls.with_columns(
        weight=pl.Series(chance.integers(0, 2, calls.height), dtype=pl.UInt32),
        **{kind: names.gather(chance.integers(0, 4, calls.height)) for kind in KINDS},
    )
    _check(calls)


@given(seed=st.integers(0, 2**32), persons=st.integers(1, 4 * SAMPLE))
@settings(max_examples=25, deadline=None)
def test_crowded_days_keep_the_same_sample(seed: int, persons: int) -> None:
    """Where more people are called than are kept, those with the smallest pseudonyms are, with all their calls."""
    chance = np.random.default_rng(seed)
    size = 2_000
    known = np.unique(chance.integers(0, 2**64, persons, dtype=np.uint64))
    start = 1_767_225_600_000_000 + chance.integers(0, 3 * _DAY, size)
    calls = pl.DataFrame(
        {
            "id": np.arange(size, dtype=np.uint64),
            "started_at": start,
            "direction": np.where(chance.random(size) < 0.9, "outbound", "inbound"),
            "number": chance.integers(1, 10**15, 40, dtype=np.uint64)[chance.integers(0, 40, size)],
            "presentation": "allowed",
            "person": known[chance.integers(0, len(known), size)],
            "organisation": chance.choice(["a", "b", "c"], size, p=[0.9, 0.08, 0.02]),
            "feed": "f",
        }
    )
    calls = calls.select(
        pl.col(name).cast(dtype) if name in calls.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in CALLS.items()
    )
    _check(calls.with_columns(weight=pl.lit(1, pl.UInt32)))


_KEYS = st.lists(
    st.sampled_from([np.uint8, np.uint16, np.int32, np.uint32, np.int64, np.uint64]),
    min_size=1,
    max_size=5,
)


@given(kinds=_KEYS, size=st.integers(0, 300), seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_groups_are_those_of_a_plain_sort(kinds: list[type], size: int, seed: int) -> None:
    """Rows come in the order of all keys, whatever their widths and signs, and groups begin where a key changes."""
    chance = np.random.default_rng(seed)
    keys = []
    for kind in kinds:
        limits = np.iinfo(kind)
        spread = chance.integers(limits.min, limits.max, 6, dtype=kind, endpoint=True)
        keys.append(spread[chance.integers(0, len(spread), size)])
    found = groups(*keys)
    rows = list(zip(*(key[found.order].tolist() for key in keys), strict=True))
    assert sorted(found.order.tolist()) == list(range(size))
    assert rows == sorted(rows)
    assert found.starts.tolist() == [at for at in range(size) if at == 0 or rows[at] != rows[at - 1]]


@given(texts=st.lists(st.text(max_size=4), max_size=30), times=st.integers(1, 4), in_order=st.booleans())
def test_codes_sort_as_texts(texts: list[str], times: int, in_order: bool) -> None:
    """A text's code is its place among the distinct ones, in the order of their bytes, in runs or not."""
    distinct = sorted(set(texts), key=str.encode)
    texts = [text for text in (distinct if in_order else texts) for _ in range(times)]
    found = coded(pl.Series(texts, dtype=pl.String))
    assert found.texts.to_list() == distinct
    assert found.codes.tolist() == [distinct.index(text) for text in texts]
    unordered = coded(pl.Series(texts, dtype=pl.String), ordered=False)
    assert unordered.texts.gather(unordered.codes).to_list() == texts
    assert sorted(unordered.texts.to_list(), key=str.encode) == distinct
