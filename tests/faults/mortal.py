"""A worker that dies at a step of its work, as by kill -9: `python -m tests.faults.mortal STEP TIMES worker CONFIG`.

It dies when the step is reached for the TIMES-th time. So what a kill at a random moment hits once in
a thousand times is hit every time.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps

import faust

import streams.keeper
from streams.around_faust.recovery import SteadyConsumer, SteadyRecovery
from streams.cli import main
from streams.fetching.fetch import Fetch
from streams.ingest import Ingest
from streams.state.tables import LedgerTable

_left = 0


def _die() -> None:
    global _left
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


def _step(
    owner: type, name: str, *, after: bool = False, where: Callable[..., bool] = lambda *_: True
) -> Callable[[], None]:
    """A step: before or after a method, when its arguments are such."""

    def arm() -> None:
        method = getattr(owner, name)

        @wraps(method)
        async def dying(self: object, *arguments: object) -> object:
            here = where(self, *arguments)
            if here and not after:
                _die()
            found = await method(self, *arguments)
            if here and after:
                _die()
            return found

        @wraps(method)
        def dying_now(self: object, *arguments: object) -> object:
            here = where(self, *arguments)
            if here and not after:
                _die()
            found = method(self, *arguments)
            if here and after:
                _die()
            return found

        setattr(owner, name, dying if inspect.iscoroutinefunction(method) else dying_now)

    return arm


def _half_of_a_flush() -> None:
    append = LedgerTable._append

    async def half(self: LedgerTable, partition: int, puts: list) -> list[int]:
        if len(puts) > 1:
            await append(self, partition, puts[: len(puts) // 2])
            _die()
        return await append(self, partition, puts)

    LedgerTable._append = half


def _contents(_table: object, _partition: int, puts: list, *_: object) -> bool:
    return puts[0][0][:1] == b"s"


def _counts(_table: object, _partition: int, puts: list, *_: object) -> bool:
    return len(puts) == 1 and puts[0][0][:1] == b"o"


def _base(_table: object, _partition: int, puts: list, *_: object) -> bool:
    return puts[0][0][:1] == b"b"


STEPS: dict[str, Callable[[], None]] = {
    "half of a flush is sent": _half_of_a_flush,
    "a flush is sent and does not count yet": _step(LedgerTable, "_append", after=True, where=_contents),
    "a flush counts and is not in the store": _step(LedgerTable, "_append", after=True, where=_counts),
    "a flush is in the store and not committed": _step(LedgerTable, "_store", after=True, where=_counts),
    "a base is written over its segments": _step(LedgerTable, "_append", after=True, where=_base),
    "slices are to be committed": _step(SteadyConsumer, "_commit"),
    "slices were committed": _step(SteadyConsumer, "_commit", after=True),
    "records were produced and not committed": _step(Ingest, "send", after=True),
    "records are to be committed": _step(Fetch, "commit", where=lambda fetch: bool(fetch._done)),
    "state is half read back": _step(
        faust.Table, "apply_changelog_batch", after=True, where=lambda _, batch, *__: bool(batch)
    ),
    "state is read back": _step(SteadyRecovery, "on_recovery_completed"),
    "partitions are taken": _step(SteadyRecovery, "on_partitions_revoked", where=lambda _, gone: bool(gone)),
    "partitions are given": _step(SteadyRecovery, "on_rebalance"),
}


if __name__ == "__main__":
    # Bases are written over a few segments already, so that a short run writes some.
    streams.keeper.MOST_SEGMENTS = 3
    step, _left = sys.argv[1], int(sys.argv[2])
    del sys.argv[1:3]
    STEPS[step]()
    main()
