"""How a peer is measured: from the first call it read to the last it counted, its CPU, and whether it counted right."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from bench.live import cpu, peak_mb

_ROOT = Path(__file__).resolve().parents[2]
_LOOK_SECONDS = 0.05
#: A peer that counts nothing for so long never will: groups form and stores open in less than 30 s.
_STILL_SECONDS = 90.0
_END_SECONDS = 60.0


class Failed(RuntimeError):
    """A peer could not be run, or counted wrongly. It becomes a row of the table."""


@dataclass(slots=True)
class _Process:
    """One process of a peer, and what it said last."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    read: int = 0
    counted: int = 0
    kept: dict[str, int] | None = None
    popen: subprocess.Popen = field(init=False)
    _reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.command, env=os.environ | self.environment, cwd=_ROOT,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.popen.stdout:
            word, _, rest = line.partition(" ")
            if word == "at":
                self.read, self.counted = map(int, rest.split())
            elif word == "kept":
                self.kept = json.loads(rest)

    def ask(self) -> None:
        """Close its standard input: it says what it keeps and ends."""
        self.popen.stdin.close()

    def end(self) -> None:
        try:
            self.popen.wait(_END_SECONDS if self.kept is None else 10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self._reader.join(5)

    def said(self) -> str:
        return " ".join(self.log.read_text(errors="replace")[-600:].split())


def truth(frame: pl.DataFrame) -> dict[str, int]:
    """What a peer's sums must be, by polars."""
    used = frame.group_by("organisation", "presented_number").agg(
        calls=pl.len(),
        answered=pl.col("answered_at").count(),
        first=pl.col("started_at").min().dt.epoch("us"),
        last=pl.col("started_at").max().dt.epoch("us"),
    )
    # Sums of Python, since microseconds since 1970 of many numbers do not fit into 64 bits.
    return {"numbers": used.height, "rejected": 0} | {
        name: sum(used[name].to_list()) for name in ("calls", "answered", "first", "last")
    }


def run(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], expected: Mapping[str, int]
) -> dict[str, float]:
    """Run a peer of one or more processes over a topic, see `watched`. Raises `Failed`."""
    with tempfile.TemporaryDirectory() as folder:
        processes: list[_Process] = []
        try:
            for at, command in enumerate(commands):
                own = environment | {"PEER_FOLDER": f"{folder}/state-{at}"}
                processes.append(_Process(command, own, Path(folder) / f"{at}.log"))
            found = watched(
                [process.popen for process in processes],
                lambda: (
                    sum(process.read for process in processes),
                    sum(process.counted for process in processes),
                ),
                expected["calls"],
            )
            for process in processes:
                process.ask()
            for process in processes:
                process.end()
            _check(processes, expected)
            return found
        except _Ended as ended:
            raise Failed(f"{ended}: {' '.join(process.said() for process in processes)}") from None
        finally:
            for process in processes:
                process.popen.kill()
                process.popen.wait()


class _Ended(Failed):
    """A process is gone, or does nothing any more."""


def watched(
    processes: Sequence[subprocess.Popen], now: Callable[[], tuple[float, float]], wanted: int
) -> dict[str, float]:
    """Watch processes until all is counted. Raises `Failed`.

    now: calls read and counted. calls_a_second and cpu_us (µs of CPU a call, all threads, user and system) are from
    the last look at which nothing had been read to the first at which all was counted, so that nobody gains by reading
    ahead; from_first_counted is calls a second from the first call counted, as `bench.live` has it.
    """
    begun: tuple[float, float] | None = None
    first: tuple[float, float] | None = None
    moved, before = time.monotonic(), (0.0, 0.0)
    while True:
        for process in processes:
            if process.poll() is not None:
                raise _Ended(f"ended with {process.returncode}")
        read, counted = now()
        moment, used = time.perf_counter(), sum(cpu(process.pid) for process in processes)
        if (read, counted) != before:
            moved, before = time.monotonic(), (read, counted)
        if not read or begun is None:
            begun = (moment, used)
        if not counted or first is None:
            first = (moment, counted)
        if counted >= wanted:
            return {
                "calls_a_second": counted / (moment - begun[0]),
                "from_first_counted": (counted - first[1]) / (moment - first[0]),
                "cpu_us": (used - begun[1]) / counted * 1e6,
                "rss_mb": sum(peak_mb(process.pid) for process in processes),
            }
        if time.monotonic() - moved > _STILL_SECONDS:
            raise _Ended(f"stuck at {counted:,.0f} of {wanted:,} calls")
        time.sleep(_LOOK_SECONDS)


def _check(processes: Sequence[_Process], expected: Mapping[str, int]) -> None:
    """A fast peer that counts wrongly does not win."""
    for process in processes:
        if process.kept is None:
            raise Failed(f"did not say what it keeps: {process.said()}")
    sums = {name: sum(process.kept[name] for process in processes) for name in expected}
    if sums != dict(expected):
        raise Failed(f"keeps {sums}, should keep {dict(expected)}")
