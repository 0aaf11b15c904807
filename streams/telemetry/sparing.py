"""What libraries say again and again is said now and then.

While a broker is away its clients say so many times a second, each of them, and what else happens is
lost in it. Of lines of one wording a few pass in every so many seconds, with how many were left out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

#: Lines of one wording that pass in so many seconds: enough to see each of the few connections once.
_LINES, _SECONDS = 3, 10.0
#: Wordings that are remembered; libraries have fewer, unless one writes its values into them.
_WORDINGS = 1_000


@dataclass(slots=True)
class _Said:
    since: float
    lines: int = 0
    left_out: int = 0


class Sparing(logging.Filter):
    """Passes all that Nummerwacht itself says, and of a library a few lines of each wording."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._wordings: dict[tuple[str, int, str], _Said] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, "said"):
            return True
        now = self._clock()
        if len(self._wordings) >= _WORDINGS:
            self._wordings.clear()
        said = self._wordings.setdefault((record.name, record.levelno, str(record.msg)), _Said(now))
        if now - said.since >= _SECONDS:
            said.since, said.lines = now, 0
        if said.lines >= _LINES:
            said.left_out += 1
            return False
        said.lines += 1
        if said.left_out:
            record.msg = f"{record.getMessage()} (and {said.left_out} more lines like it)"
            record.args, said.left_out = (), 0
        return True
