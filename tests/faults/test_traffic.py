"""The rough traffic is as rough as it says."""

from __future__ import annotations

import json

from tests.faults.traffic import AGAIN, rough

_PARTITIONS = 3


def test_records_are_sent_again_in_every_way() -> None:
    """Next to the first one or far from it, on the same partition and on another."""
    traffic = rough(1, _PARTITIONS, days=20)
    apart: dict[tuple[bool, bool], int] = {}
    again = 0
    for feed, records in traffic.sends.items():
        places: list[list[str]] = [[] for _ in range(_PARTITIONS)]
        first: dict[str, tuple[int, int]] = {}
        for value, partition in zip(records, traffic.to[feed], strict=True):
            if not value or not value.endswith(b"}") or b"started_at" not in value:
                continue
            identity = json.loads(value)["call_id"]
            at = len(places[partition])
            places[partition].append(identity)
            if identity in first:
                there, before = first[identity]
                way = partition == there, partition == there and at - before == 1
                apart[way] = apart.get(way, 0) + 1
                again += 1
            first[identity] = partition, at
    assert 0.08 < again / traffic.calls.height < 0.12
    # Of five ways one is next to the first, two are further on, and two elsewhere.
    shares = {way: count / again * len(AGAIN) for way, count in apart.items()}
    assert {way: round(share) for way, share in shares.items()} == {
        (True, True): 1,
        (True, False): 2,
        (False, False): 2,
    }
