"""Results that go to a file, whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A file to write results to; `-` is standard output.

    It is opened at once, so that a folder that can't be written to is told before the work and not
    after it, and gets its name at the end: what was there stays when the work breaks off.
    """
    if str(path) == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} for {path.name}")
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
