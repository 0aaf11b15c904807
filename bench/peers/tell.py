"""What a peer says while it runs: how many calls it has read and counted, and in the end what it keeps.

Ten times a second a line `at READ COUNTED`; once its standard input is closed, a line `kept {...}` with sums over
the state itself. It needs nothing but Python, since each peer runs in an environment of its own.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

_SECONDS = 0.1
_SPEAKING = threading.Lock()


class Kept(NamedTuple):
    """What is kept of one (organisation, number); times in µs since 1970."""

    calls: int
    answered: int
    first: int
    last: int


def _say(*words: object) -> None:
    # Not `sys.stdout`, which Faust turns into its log; a line is one write, since two threads speak.
    with _SPEAKING:
        sys.__stdout__.write(" ".join(map(str, words)) + "\n")
        sys.__stdout__.flush()


def counts(now: Callable[[], tuple[int, int]]) -> None:
    """Say ten times a second how many calls are read and counted; from a thread, so that no call pays for it."""

    def run() -> None:
        while True:
            time.sleep(_SECONDS)
            _say("at", *now())

    threading.Thread(target=run, daemon=True).start()


def when_asked(then: Callable[[], None]) -> None:
    """Do this once standard input is closed, from a thread."""

    def run() -> None:
        sys.stdin.buffer.read()
        then()

    threading.Thread(target=run, daemon=True).start()


def kept(state: Iterable[Kept], rejected: int) -> None:
    """Say what is in the state."""
    entries = list(state)
    sums = {
        "numbers": len(entries),
        "calls": sum(entry.calls for entry in entries),
        "answered": sum(entry.answered for entry in entries),
        "first": sum(entry.first for entry in entries),
        "last": sum(entry.last for entry in entries),
        "rejected": rejected,
    }
    _say("kept", json.dumps(sums))


def told(name: str) -> str:
    """A setting of this run: bootstrap, topic, second, app, folder."""
    return os.environ[f"PEER_{name.upper()}"]
