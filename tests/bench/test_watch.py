"""A peer of the bench is believed only when what it keeps is right."""

from __future__ import annotations

import json
import sys

import pytest

from bench.peers.watch import Failed, run, truth
from bench.records import calls


def _peer(kept: dict[str, int], after: float = 0.0) -> list[str]:
    """A process that says that it has read and counted, and what it keeps."""
    code = (
        "import sys, time\n"
        f"say = lambda line: print(line, flush=True)\n"
        f"time.sleep(0.2); say('at 50 0'); time.sleep({after}); say('at 100 100')\n"
        f"sys.stdin.read(); say('kept ' + {json.dumps(json.dumps(kept))})"
    )
    return [sys.executable, "-c", code]


def test_a_peer_that_counts_right_has_its_figures() -> None:
    """What was read ahead of the first count is on the clock."""
    expected = truth(calls(100))
    found = run([_peer(expected, after=2.0)], {}, expected)
    assert found["calls_a_second"] < 50 < found["from_first_counted"]
    assert found["rss_mb"] > 0


@pytest.mark.parametrize("name", ["numbers", "calls", "answered", "first", "last", "rejected"])
def test_a_peer_that_counts_wrong_fails(name: str) -> None:
    """One too many of anything that is kept, and there are no figures."""
    expected = truth(calls(100))
    with pytest.raises(Failed, match="should keep"):
        run([_peer(expected | {name: expected[name] + 1})], {}, expected)


def test_a_peer_that_ends_says_why() -> None:
    """The error of a peer that can't run is in its row."""
    with pytest.raises(Failed, match="nothing works"):
        run([[sys.executable, "-c", "raise SystemExit('nothing works')"]], {}, {"calls": 1})


def test_the_processes_of_a_peer_are_summed() -> None:
    """Two processes that share the calls keep together what one would."""
    expected = truth(calls(200))
    half = {name: value // 2 for name, value in expected.items()}
    rest = {name: value - half[name] for name, value in expected.items()}
    assert run([_peer(half), _peer(rest)], {}, expected)["cpu_us"] >= 0
