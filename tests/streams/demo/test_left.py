"""Leaving the demo: whoever has seen enough is not told that it failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.wide
def test_a_demo_that_is_left_before_it_began_ends_at_once_and_well(tmp_path: Path) -> None:
    """Ctrl-C while the worker starts ends with 0 and says that nothing was sent."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "streams", "demo"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert "starting a broker" in demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        said, _ = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert "stopped before any call was sent" in said
    assert demo.returncode == 0
