"""The samples beside each dialect become what is wanted of them."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

import polars as pl
import pytest
import yaml

from monitor.canonical import canonicalise
from monitor.cdr import dialect, dialects
from monitor.cdr.reasons import LEFT_OUT
from monitor.feed import Feed
from monitor.privacy import Pseudonyms

PLACE = resources.files("monitor.cdr.samples")
SAMPLES = [
    (name, sample)
    for name in dialects()
    for sample in yaml.safe_load(PLACE.joinpath(f"{name}.yaml").read_text("utf-8"))
]


@pytest.mark.parametrize(
    ("name", "sample"), SAMPLES, ids=[f"{name}: {sample['says']}" for name, sample in SAMPLES]
)
def test_a_sample_becomes_what_is_wanted_of_it(name: str, sample: dict) -> None:
    """Calls, reasons and folded records are those that stand beside it."""
    feed = Feed(name="a", dialect=name, options=sample.get("options", {}), mapping=sample.get("mapping"))
    parsed = dialect(name).parse([record.encode() for record in sample["records"]], feed)
    made = canonicalise(parsed, feed, Pseudonyms(b"k" * 32, "1"), now=datetime(2026, 11, 1, tzinfo=UTC))

    calls = made.calls.with_columns(answered=pl.col("answered_at").is_not_null()).rows(named=True)
    wanted = sample.get("wanted", [])
    assert [{key: call[key] for key in want} for call, want in zip(calls, wanted, strict=True)] == wanted
    reasons = [*parsed.rejected["reason"], *made.rejected["reason"]]
    assert (reasons, parsed.folded) == (sample.get("rejected", []), sample.get("folded", {}))


def test_why_a_record_is_left_out_has_words() -> None:
    """Each reason that a sample shows, and no other."""
    assert {reason for _, sample in SAMPLES for reason in sample.get("folded", {})} == set(LEFT_OUT)
