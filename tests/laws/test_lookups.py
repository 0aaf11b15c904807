"""What is looked up all at once, held against dictionaries and plain words."""

from __future__ import annotations

import re

import hypothesis.strategies as st
import numpy as np
import polars as pl
from hypothesis import given, settings

from monitor.columns.lookup import Lookup
from monitor.day.contacts import SAMPLE
from monitor.numbering.spelling import Digits, long_run
from monitor.remembered.met import Met


@given(
    parts=st.lists(st.lists(st.integers(1, 2**64 - 1), max_size=400), max_size=6),
    near=st.integers(1, 2**63),
    more=st.lists(st.integers(1, 2**64 - 1), max_size=20),
)
@settings(max_examples=100, deadline=None)
def test_a_lookup_is_a_dictionary(parts: list[list[int]], near: int, more: list[int]) -> None:
    """Keys are found at their places however many came before, in however many parts; others are not found."""
    lookup, known = Lookup(), {}
    for part in [*parts, range(near, near + 1500)]:
        new = [key for key in dict.fromkeys(part) if key not in known]
        known |= {key: len(known) + at for at, key in enumerate(new)}
        lookup.add(np.array(new, np.uint64), np.array([known[key] for key in new], np.int32))
    asked = [*known, *more, near - 1 or 1, near + 1500]
    assert len(lookup) == len(known)
    assert lookup.find(np.array(asked, np.uint64)).tolist() == [known.get(key, -1) for key in asked]


_TEXTS = st.one_of(
    st.none(),
    st.from_regex(r"[+]?[0-9]{0,20}", fullmatch=True),
    st.sampled_from(
        ["-0", "-1", "+-1", " 1", "1 ", "1\n", "1.0", "1e3", "0x1", "1_0", "٠١", "+", "++1", "1+"]
    ),
    st.text(max_size=5),
)


@given(st.lists(_TEXTS, max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_two_spellings_share_a_key(texts: list[str | None]) -> None:
    """Digits with or without a plus, leading zeros kept apart; whatever else a text is has no key."""
    keys = Digits(pl.Series(texts, dtype=pl.String)).keys().tolist()
    of: dict[int, str] = {}
    for text, key in zip(texts, keys, strict=True):
        digits = (text or "").removeprefix("+")
        assert (key > 0) == (digits.isascii() and digits.isdigit() and len(text) <= 17), text
        assert not key or of.setdefault(key, text) == text


@given(seed=st.integers(0, 2**32), size=st.integers(0, 900), parts=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_who_was_met_is_a_sample_of_whom_nothing_is_missing(seed: int, size: int, parts: int) -> None:
    """Of each organisation those with the smallest pseudonyms, and all their calls, in however many parts a day comes."""
    chance = np.random.default_rng(seed)
    persons = chance.integers(0, 2**64, 2 * SAMPLE, dtype=np.uint64)
    rows = pl.DataFrame(
        {
            "organisation": chance.choice(4, size, p=[0.1, 0.6, 0.2, 0.1]),
            "person": persons[chance.integers(0, len(persons), size)],
            "number": chance.integers(1, 4, size),
            "calls": chance.integers(1, 3, size),
        },
        schema=Met.SCHEMA,
    )
    met = Met()
    for part in range(parts):
        met.add(7, rows[part::parts])
    found = met.persons(pl.Series([0, 1, 3], dtype=pl.Int32), 6, 7)
    sample = rows.group_by("organisation").agg(pl.col("person").unique().sort().head(SAMPLE))
    kept = rows.filter(pl.col("organisation") != 2).join(
        sample.explode("person"), on=["organisation", "person"], how="semi"
    )
    wanted = kept.group_by("organisation", "person", "number").agg(pl.col("calls").sum())
    assert found.equals(wanted.sort("organisation", "person", "number"))


@given(texts=st.lists(st.none() | st.text("019a+٣\n", max_size=14), max_size=8), digits=st.integers(1, 9))
@settings(max_examples=300, deadline=None)
def test_a_long_run_of_digits_is_in_one_text(texts: list[str | None], digits: int) -> None:
    """Digits at the end of one text and at the begin of the next are no run."""
    wanted = any(text and re.search(rf"[0-9]{{{digits}}}", text) for text in texts)
    assert long_run(pl.Series(texts, dtype=pl.String), digits) == wanted
