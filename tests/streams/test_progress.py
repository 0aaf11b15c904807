"""While a recovery runs, `/metrics` says how much of the changelog is left."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

from faust.types import TP

from streams.progress import Progress
from streams.telemetry import Telemetry

_LEFT, _SHARE = "nummerwacht_recovery_left_keys", "nummerwacht_recovery_ratio"


class _Bench:
    """An app of which only the recovery is there: partitions 0 and 1, ends and offsets as Faust holds them."""

    def __init__(self) -> None:
        self.tps = [TP("changelog", partition) for partition in (0, 1)]
        self.recovery = SimpleNamespace(
            generation=None, active_tps=set(self.tps), active_highwaters=Counter(), active_offsets=Counter()
        )
        self.app = SimpleNamespace(tables=SimpleNamespace(recovery=self.recovery), consumer_generation_id=1)
        self.telemetry = Telemetry()
        self.progress = Progress(self.app, self.telemetry)

    def ends(self, *offsets: int) -> None:
        """The last offset of each changelog has become known."""
        self.recovery.active_highwaters = Counter(dict(zip(self.tps, offsets, strict=True)))

    def at(self, *offsets: int | None) -> tuple[list[float | None], list[float | None]]:
        """Keys left and share done by partition, when so far was read back."""
        for tp, offset in zip(self.tps, offsets, strict=True):
            self.recovery.active_offsets[tp] = offset
        return self.look()

    def look(self) -> tuple[list[float | None], list[float | None]]:
        self.progress.look()
        get = self.telemetry.registry.get_sample_value
        return tuple([get(name, {"partition": str(p)}) for p in (0, 1)] for name in (_LEFT, _SHARE))


def test_a_recovery_in_progress_shows_the_keys_that_are_left() -> None:
    """Of each partition what is left goes down to nothing, and the share of it goes up to 1."""
    bench = _Bench()
    assert bench.look() == ([None, None], [None, None])  # where the changelog ends is not known yet
    bench.ends(99, 49)
    assert bench.at(None, 9) == ([100, 40], [0, 0])
    assert bench.at(24, 9) == ([75, 40], [0.25, 0])
    assert bench.at(99, 49) == ([0, 0], [1, 1])


def test_a_recovery_that_is_done_between_two_looks_is_told_as_done() -> None:
    """Also when nothing was to be read back, or the changelog is empty."""
    bench = _Bench()
    bench.recovery.generation = 1
    assert bench.look() == ([0, 0], [1, 1])


def test_the_next_recovery_is_another_whole() -> None:
    """What a former recovery had to read does not count in the share."""
    bench = _Bench()
    bench.ends(99, 99)
    bench.at(None, None)
    bench.recovery.generation = 1
    bench.look()
    bench.recovery.generation = None
    bench.ends(109, 109)
    assert bench.at(99, 99) == ([10, 10], [0, 0])


def test_a_partition_that_goes_away_while_it_is_read_back_is_told_no_longer() -> None:
    """Its keys left would stand still for ever."""
    bench = _Bench()
    bench.ends(99, 99)
    bench.at(None, None)
    bench.recovery.active_tps.remove(bench.tps[0])
    assert bench.look() == ([None, 100], [None, 0])
