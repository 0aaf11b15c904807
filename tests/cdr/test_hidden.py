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

ORGANISATION, PERSON = "31201234567", "31612345678"
CALL = {"call_id": "1", "started_at": "2026-10-01T10:00:00Z", "organisation": "example"}
OUTBOUND = {"direction": "outbound", "presented_number": ORGANISATION, "network_number": ORGANISATION}
INBOUND = {"direction": "inbound", "presented_number": PERSON, "network_number": PERSON}


@pytest.mark.parametrize(
    "numbers",
    [
        OUTBOUND | {"called_number": PERSON},
        INBOUND | {"called_number": ORGANISATION},
        INBOUND | {"called_number": ORGANISATION, "presentation": "restricted"},
    ],
    ids=["called", "calls", "calls and withholds"],
)
def test_no_column_of_a_call_shows_the_person(numbers: dict) -> None:
    """Neither a called nor a calling person's number can be read from a canonical call, while the organisation's can."""
    record = CALL | {name: f"+{value}" if value.isdigit() else value for name, value in numbers.items()}
    feed = Feed(name="alfa")
    parsed = dialect("canonical").parse([json.dumps(record).encode()] * 2, feed)
    calls = canonicalise(
        parsed, feed, Pseudonyms(b"k" * 32, "1"), now=datetime(2026, 11, 1, tzinfo=UTC)
    ).calls
    assert calls.height == 2
    assert calls["number"].to_list() == [int(ORGANISATION)] * 2
    assert not calls.select(pl.all().cast(pl.String).str.contains(PERSON[2:]).any()).sum_horizontal().item()


def test_a_batch_keeps_what_the_network_says_of_organisations_alone() -> None:
    """In one batch an organisation's network number is kept and a person's is not."""
    records = [
        CALL | {"call_id": str(at)} | way | {"called_number": called}
        for at, (way, called) in enumerate([(OUTBOUND, PERSON), (INBOUND, ORGANISATION), (OUTBOUND, PERSON)])
    ]
    for record in records:
        for name in ("presented_number", "network_number", "called_number"):
            record[name] = f"+{record[name]}"
    feed = Feed(name="alfa")
    parsed = dialect("canonical").parse([json.dumps(record).encode() for record in records], feed)
    calls = canonicalise(
        parsed, feed, Pseudonyms(b"k" * 32, "1"), now=datetime(2026, 11, 1, tzinfo=UTC)
    ).calls
    assert calls["network_number"].to_list() == [int(ORGANISATION), None, int(ORGANISATION)]
