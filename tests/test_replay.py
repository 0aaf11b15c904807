"""What a replay says became of the records: each is somewhere, and nowhere twice."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

from monitor.feed import Feed
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.replay import Replay


def _record(call: str, hour: int, answered: bool = False) -> bytes:
    start = f"2026-01-05T{hour:02}:00:00Z"
    said = {
        "call_id": call,
        "started_at": start,
        "presented_number": "+31200000001",
        "called_number": "+31600000001",
        "organisation": "De Proef",
    }
    return json.dumps(said | ({"answered_at": start} if answered else {})).encode()


def test_what_became_of_the_records_adds_up() -> None:
    """A record that tells of a known call that it was answered is a repeat of it too, whatever batch it comes in."""
    replay = Replay(
        {"a": Feed(name="a")},
        Policy.load("nl"),
        Pseudonyms(bytes(32), "1"),
        now=datetime(2026, 2, 1, tzinfo=UTC),
        until=datetime(2026, 1, 5, 12, tzinfo=UTC),
    )
    for batch in ([_record("c1", 9), _record("c2", 9)], [_record("c1", 9, True)], [_record("c1", 9, True)]):
        replay.add("a", batch)
        replay._observe()  # as after a few hundred thousand calls
    replay.add("a", [_record("c3", 13), b"{", _record("c2", 9)])
    counts = replay.finish().counts

    assert asdict(counts) == {
        "records": 7,
        "rejected": {"not_json": 1},
        "folded": {},
        "repeats": 3,
        "after_until": 1,
        "calls": 2,
        "inbound": 0,
        "nobodys": 0,
        "nobodys_inbound": 0,
        "unknown_keys": 0,
        "unknown": {},
        "there": {},
    }
