"""Of the people in a call only a pseudonym is left."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from monitor.canonical import canonicalise
from monitor.cdr import dialect
from monitor.feed import Feed
from monitor.privacy import Pseudonyms

ORGANISATION, PERSON = "31201234567", "31600000001"
OUTBOUND = {
    "direction": "outbound",
    "presented_number": f"+{ORGANISATION}",
    "network_number": f"+{ORGANISATION}",
}
INBOUND = {"direction": "inbound", "presented_number": f"+{PERSON}", "network_number": f"+{PERSON}"}
CALLED = OUTBOUND | {"called_number": f"+{PERSON}"}
CALLS = INBOUND | {"called_number": f"+{ORGANISATION}"}


def canonical(*records: dict[str, str]) -> pl.DataFrame:
    """The canonical calls of one batch."""
    every = {"started_at": "2026-10-01T10:00:00Z", "organisation": "example"}
    values = [json.dumps(every | {"call_id": str(at)} | record).encode() for at, record in enumerate(records)]
    feed, now = Feed(name="alfa"), datetime(2026, 11, 1, tzinfo=UTC)
    return canonicalise(
        dialect("canonical").parse(values, feed), feed, Pseudonyms(b"k" * 32, "1"), now=now
    ).calls


@pytest.mark.parametrize(
    "record",
    [CALLED, CALLS, CALLS | {"presentation": "restricted"}],
    ids=["called", "calls", "calls and withholds"],
)
def test_no_column_of_a_call_shows_the_person(record: dict[str, str]) -> None:
    """Neither a called nor a calling person's number can be read from a canonical call, while the organisation's can."""
    calls = canonical(record, record)
    assert calls["number"].to_list() == [int(ORGANISATION)] * 2
    assert not calls.select(pl.all().cast(pl.String).str.contains(PERSON[2:]).any()).sum_horizontal().item()


def test_a_batch_keeps_what_the_network_says_of_organisations_alone() -> None:
    """In one batch an organisation's network number is kept and a person's is not."""
    calls = canonical(CALLED, CALLS, CALLED)
    assert calls["network_number"].to_list() == [int(ORGANISATION), None, int(ORGANISATION)]
