"""How long a call lasted, where a record says it in a way of its own."""

from __future__ import annotations

import json

import pytest

from monitor.cdr import dialect
from monitor.feed import Feed

OWN = {"call_id": "id", "started_at": "at", "duration": {"field": "talk", "format": "epoch"}}
OWN |= {"presented_number": "from", "called_number": "to"}
BEGIN = "2026-03-02T10:00:00Z"


@pytest.mark.parametrize("talk", ["NaN", "nan", "-1", "", "soon", None])
def test_a_talk_that_is_no_amount_is_none(talk: str | None) -> None:
    """The call is there, and nobody answered it."""
    feed = Feed(name="a", dialect="mapping", mapping=OWN)
    record = {"id": "1", "at": BEGIN, "talk": talk, "from": "+31200000001", "to": "+31600000001"}
    parsed = dialect("mapping").parse([json.dumps(record).encode()], feed)
    assert parsed.calls["answered_at"].to_list() == [None]


@pytest.mark.parametrize(
    ("usage", "seconds"),
    [
        ("1m2.5s", 62.5),
        ("62500000000", 62.5),
        (62500000000, 62.5),
        (".5s", 0.5),
        ("1.5.5s", 0),
        ("NaN", 0),
        ("s", 0),
    ],
)
def test_a_usage_is_read_or_is_none(usage: str | int, seconds: float) -> None:
    """One that can't be read costs its length, and not the call."""
    record = {
        "CGRID": "1",
        "SetupTime": BEGIN,
        "AnswerTime": BEGIN,
        "Usage": usage,
        "Destination": "0600000001",
    }
    parsed = dialect("cgrates_json").parse(
        [json.dumps(record).encode()], Feed(name="a", dialect="cgrates_json")
    )
    assert not parsed.rejected.height
    call = parsed.calls.row(0, named=True)
    assert (call["ended_at"] - call["started_at"]).total_seconds() == seconds
    assert (call["answered_at"] is not None) == (seconds > 0)
