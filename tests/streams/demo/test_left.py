"""Leaving the demo: whoever has seen enough is not told that it failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.wide
def test_a_demo_that_is_left_before_it_began_ends_at_once_and_well(tmp_path: Path) -> None:
    """Ctrl-C while the worker starts ends with 0 and says that nothing was sent."""
    with _demo(tmp_path) as demo:
        _until(demo, "starting a broker")
        said = _ended(demo)
    assert "stopped before any call was sent" in said


@pytest.mark.wide
def test_whoever_asks_twice_waits_for_no_count_and_no_dossier(tmp_path: Path) -> None:
    """The second Ctrl-C ends it at once, says how far it was, and is no failure."""
    with _demo(tmp_path) as demo:
        _until(demo, "dossier: ")
        time.sleep(5)  # some calls are sent
        demo.send_signal(signal.SIGINT)
        _until(demo, "once more: at once")
        said = _ended(demo)
    assert "left at once, with" in said
    assert not (tmp_path / "nummerwacht-data" / "demo" / "dossier.html").exists()


@pytest.mark.wide
def test_a_dossier_can_be_left_out(tmp_path: Path) -> None:
    """Ctrl-C while it is made ends with what was seen, and without it."""
    with _demo(tmp_path) as demo:
        _until(demo, "dossier: ")
        time.sleep(30)  # enough that a dossier of it takes seconds
        demo.send_signal(signal.SIGINT)
        _until(demo, "writing the dossier")
        said = _ended(demo)
    assert "accounted for" in said
    assert "dossier: left out" in said


@contextmanager
def _demo(folder: Path) -> Iterator[subprocess.Popen]:
    demo = subprocess.Popen(
        [sys.executable, "-m", "streams", "demo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield demo
    finally:
        demo.kill()


def _ended(demo: subprocess.Popen) -> str:
    """Ctrl-C, and what it says from there to its end, which is no failure."""
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0
    return said


def _until(demo: subprocess.Popen, said: str) -> None:
    """Read on until it has said something. Raises `AssertionError` where it ends before."""
    for line in demo.stdout:
        if said in line:
            return
    raise AssertionError(f"the demo ended without a word of {said!r}")
