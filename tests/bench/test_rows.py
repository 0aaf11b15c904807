"""The table of `make bench`: which parts it has, and what its rows say."""

from __future__ import annotations

import pytest

import bench.__main__ as bench_main
from bench.__main__ import chosen, measured, size
from bench.parts import PARTS
from bench.row import Row


def test_all_parts_run_unless_some_are_left_out() -> None:
    """`BENCH_ONLY` names parts, `BENCH_PEERS=0` leaves out the other engines, and a part that there is not is a mistake."""
    assert chosen({}) == list(PARTS)
    assert chosen({"BENCH_PEERS": "0"}) == [name for name in PARTS if name != "peers"]
    assert chosen({"BENCH_ONLY": "live, files"}) == ["files", "live"]
    with pytest.raises(SystemExit, match="there is no speed; there are parse, files"):
        chosen({"BENCH_ONLY": "speed"})


def test_five_runs_are_the_default_and_peers_get_a_third_of_the_calls() -> None:
    """Sizes come from the environment."""
    default, said = size({}), size({"BENCH_RUNS": "1", "BENCH_CALLS": "600", "BENCH_PEERS_CALLS": "50"})
    assert (default.calls, default.runs, default.peers_calls) == (3_000_000, 5, 1_000_000)
    assert (said.calls, said.runs, said.peers_calls) == (600, 1, 50)


def test_a_row_says_whether_its_goal_is_met() -> None:
    """At least or at most; what could not be measured meets none, and a row without a goal says nothing of one."""
    assert Row("live", "speed", 0.61, goal=0.6).met is True
    assert Row("live", "memory", 1600, "MB", goal=1500, at_most=True).met is False
    assert Row("live", "speed", None, goal=0.6, error="no broker").met is False
    assert Row("parse", "speed", 3.0).met is None
    assert "at most 1,500: NOT MET" in Row("live", "memory", 1600, "MB", goal=1500, at_most=True).line()
    assert "ERROR: no broker" in Row("live", "speed", None, error="no broker").line()


def test_a_part_that_fails_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others' hour is not lost with it."""

    def fails(_: object) -> list[Row]:
        raise SystemExit("it takes root")

    monkeypatch.setitem(bench_main.PARTS, "workers", fails)
    (row,) = measured("workers", size({}))
    assert row.value is None
    assert "takes root" in row.error
