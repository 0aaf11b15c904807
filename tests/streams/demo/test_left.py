"""Leaving the demo: whoever has seen enough is not told that it failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.wide
def test_a_demo_that_is_left_before_it_began_ends_at_once_and_well(tmp_path: Path) -> None:
    """Ctrl-C while the worker starts ends with 0 and says that nothing was sent."""
    demo = _demo(tmp_path)
    try:
        _until(demo, "starting a broker")
        demo.send_signal(signal.SIGINT)
        said, _ = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert "stopped before any call was sent" in said
    assert demo.returncode == 0


@pytest.mark.wide
def test_whoever_asks_twice_waits_for_no_count_and_no_dossier(tmp_path: Path) -> None:
    """The second Ctrl-C ends it at once, says how far it was, and is no failure."""
    demo = _demo(tmp_path)
    try:
        _until(demo, "dossier: ")
        time.sleep(5)  # some calls are sent
        demo.send_signal(signal.SIGINT)
        _until(demo, "once more: at once")
        demo.send_signal(signal.SIGINT)
        said, _ = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert "left at once, with" in said
    assert not (tmp_path / "nummerwacht-data" / "demo" / "dossier.html").exists()
    assert demo.returncode == 0


@pytest.mark.wide
def test_a_dossier_can_be_left_out(tmp_path: Path) -> None:
    """Ctrl-C while it is made ends with what was seen, and without it."""
    demo = _demo(tmp_path)
    try:
        _until(demo, "dossier: ")
        time.sleep(30)  # enough that a dossier of it takes seconds
        demo.send_signal(signal.SIGINT)
        _until(demo, "writing the dossier")
        demo.send_signal(signal.SIGINT)
        said, _ = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert "accounted for" in said
    assert "dossier: left out" in said
    assert demo.returncode == 0


def _demo(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "streams", "demo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _until(demo: subprocess.Popen, said: str) -> None:
    """Read on until it has said something. Raises `AssertionError` where it ends before."""
    for line in demo.stdout:
        if said in line:
            return
    raise AssertionError(f"the demo ended without a word of {said!r}")
