"""What is told to a webhook is held against what it is promised, and more than that is found."""

from __future__ import annotations

import json
import urllib.request

from streams.sinks.runner import MOST
from tests.faults.hook import WINDOW, Delivery, Heard, Hook, heard


def _event(sequence: int, status: str = "open") -> dict:
    return {"id": "a", "sequence": str(sequence), "data": {"status": status}}


def _told(at: float, sequence: int, status: str = "open") -> Delivery:
    return Delivery(at, f"a-{sequence}", json.dumps(_event(sequence, status)).encode())


ALERTS = {("a", sequence): _event(sequence) for sequence in range(1, MOST + 3)}


def test_a_state_that_is_told_again_needs_a_death_in_between() -> None:
    """Only who died just after the first delivery tells again, and not more than a flush."""
    twice = [_told(10, 1), _told(20, 1)]
    assert heard(twice, ALERTS, [11]) == Heard(1, 0, 0, 0)
    for upsets in ([], [9], [21], [10 + WINDOW + 1]):
        found = heard(twice, ALERTS, upsets)
        assert found == Heard(0, 1, 0, 0)
        assert not found.right()
    every = range(1, MOST + 3)
    flush = [*(_told(10, at) for at in every), *(_told(20, at) for at in every)]
    assert heard(flush, ALERTS, [11]) == Heard(MOST, 2, 0, 0)


def test_a_state_is_what_is_on_the_topic_and_comes_in_its_turn() -> None:
    """Another content, a key that nobody knows, and an order that goes back are each found."""
    assert heard([_told(1, 1), _told(2, 2)], ALERTS, []).right()
    assert heard([_told(1, 1, "resolved")], ALERTS, []) == Heard(0, 0, 1, 0)
    assert heard([_told(1, MOST + 3)], ALERTS, []) == Heard(0, 0, 1, 0)
    assert heard([_told(1, 2), _told(2, 1)], ALERTS, []) == Heard(0, 0, 0, 1)


def test_it_keeps_what_is_posted() -> None:
    """Each POST is kept with its key and its body."""
    with Hook() as hook:
        request = urllib.request.Request(hook.settings["url"], b"{}", {"webhook-id": "a-1"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 204
        assert [(each.key, each.body) for each in hook.deliveries] == [("a-1", b"{}")]
