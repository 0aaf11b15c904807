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


@pytest.mark.parametrize("named", ["account", "trunk", "bureau"])
@pytest.mark.parametrize("spelled", [f"Local/0{PERSON[2:]}@out", f"+{PERSON}", f"sip:{PERSON}@gateway"])
def test_a_text_that_names_the_person_is_not_kept(named: str, spelled: str) -> None:
    """A gateway or an account that was made of the called number is blank, and beside it one that was not is there."""
    calls = canonical(CALLED | {named: spelled}, CALLED | {named: f"sip:{ORGANISATION}@gateway"})
    assert calls[named].to_list() == [None, f"sip:{ORGANISATION}@gateway"]


def test_whose_call_it_is_is_told_before_a_text_is_blanked() -> None:
    """A customer that calls its own number is still that customer."""
    feed = Feed.model_validate(
        {"name": "alfa", "attribution": [{"account": ORGANISATION, "organisation": "bakker"}]}
    )
    record = {"call_id": "1", "started_at": "2026-10-01T10:00:00Z", "account": ORGANISATION}
    record |= OUTBOUND | {"called_number": f"+{ORGANISATION}"}
    parsed = dialect("canonical").parse([json.dumps(record).encode()], feed)
    calls = canonicalise(
        parsed, feed, Pseudonyms(b"k" * 32, "1"), now=datetime(2026, 11, 1, tzinfo=UTC)
    ).calls
    assert calls.select("organisation", "account").rows() == [("bakker", None)]


def test_without_ids_a_row_is_known_by_its_channel_and_not_by_whom_it_called() -> None:
    """Whoever holds the hash of a key must not find the called number by trying them all."""
    feed = Feed(name="a", dialect="asterisk_csv")
    line = (
        b'"1001","201","%b","users","<+31200000001>","SIP/201-1","SIP/north-2","Dial","","2026-03-02 11:00:00","",'
        b'"2026-03-02 11:00:20",20,0,"BUSY","DOCUMENTATION"'
    )
    made = [dialect("asterisk_csv").parse([line % dst], feed).calls for dst in (b"0600000001", b"0600000002")]
    assert [PERSON[2:] in key for key in pl.concat(made)["call_id"]] == [False, False]
    assert pl.concat(made)["call_id"].n_unique() == 1


@pytest.mark.parametrize(
    ("shown", "said", "meant"),
    [
        (None, None, "restricted"),
        (None, "allowed", "unavailable"),
        ("", "allowed", "unavailable"),
        (None, "restricted", "restricted"),
        ("anonymous", "allowed", "restricted"),
    ],
)
def test_a_number_that_is_said_to_be_shown_and_is_not_there_was_not_withheld(
    shown: str | None, said: str | None, meant: str
) -> None:
    """Without a number a call is withheld unless its record says that it was not: a lost column is no law broken."""
    record = CALLED | {"presented_number": shown, "presentation": said}
    calls = canonical(record, CALLED)
    assert calls["presentation"].to_list() == [meant, "allowed"]
