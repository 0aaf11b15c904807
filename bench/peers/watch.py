"""How a peer is measured: from the first call it counted to the last, its CPU, and whether it counted right."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from bench.live import peak_mb

_TICKS = os.sysconf("SC_CLK_TCK")
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
    counted: int = 0
    kept: dict[str, int] | None = None
    popen: subprocess.Popen = field(init=False)
    _reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.command, env=os.environ | self.environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.popen.stdout:
            word, _, rest = line.partition(" ")
            if word == "counted":
                self.counted = int(rest)
            elif word == "kept":
                self.kept = json.loads(rest)

    def cpu(self) -> float:
        """Seconds of CPU, all threads, in user and system."""
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

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
    """Run a peer of one or more processes over a topic. Raises `Failed`.

    calls_a_second: from the last look at which nothing was counted yet to the first at which all was;
    second_half: the same over the second half of the calls, when it has warmed up; cpu_us: µs of CPU a call.
    """
    with tempfile.TemporaryDirectory() as folder:
        processes: list[_Process] = []
        try:
            for at, command in enumerate(commands):
                own = environment | {"PEER_FOLDER": f"{folder}/state-{at}"}
                processes.append(_Process(command, own, Path(folder) / f"{at}.log"))
            found = _watched(processes, expected["calls"])
            for process in processes:
                process.ask()
            for process in processes:
                process.end()
            _check(processes, expected)
            return found
        finally:
            for process in processes:
                process.popen.kill()
                process.popen.wait()


def _watched(processes: Sequence[_Process], wanted: int) -> dict[str, float]:
    first: tuple[float, int, float] | None = None
    half: tuple[float, int] | None = None
    moved, before = time.monotonic(), 0
    while True:
        for process in processes:
            if process.popen.poll() is not None:
                raise Failed(f"ended with {process.popen.returncode}: {process.said()}")
        now, done = time.perf_counter(), sum(process.counted for process in processes)
        cpu = sum(process.cpu() for process in processes)
        if done != before:
            moved, before = time.monotonic(), done
        if not done or first is None:
            first = (now, done, cpu)
        if half is None and done >= wanted / 2:
            half = (now, done)
        if done >= wanted:
            calls = done - first[1]
            return {
                "calls_a_second": calls / (now - first[0]),
                "second_half": (done - half[1]) / (now - half[0]) if now > half[0] else 0.0,
                "cpu_us": (cpu - first[2]) / calls * 1e6,
                "rss_mb": sum(peak_mb(process.popen.pid) for process in processes),
            }
        if time.monotonic() - moved > _STILL_SECONDS:
            raise Failed(f"stuck at {done:,} of {wanted:,} calls: {processes[0].said()}")
        time.sleep(_LOOK_SECONDS)


def _check(processes: Sequence[_Process], expected: Mapping[str, int]) -> None:
    """A fast peer that counts wrongly does not win."""
    for process in processes:
        if process.kept is None:
            raise Failed(f"did not say what it keeps: {process.said()}")
    sums = {name: sum(process.kept[name] for process in processes) for name in expected}
    if sums != dict(expected):
        raise Failed(f"keeps {sums}, should keep {dict(expected)}")
