"""Results that go to a file, whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def written(path: Path, mode: str = "w") -> Iterator[IO]:
    """A file to write results to; `-` is standard output. mode: `w` for text, `wb` for bytes.

    It is opened at once, so that a folder that can't be written to is told before the work and not
    after it, and gets its name at the end: what was there stays when the work breaks off.

    Raises `IsADirectoryError` for a folder, `FileNotFoundError` for a file in one that is not there, each in a
    sentence, and other kinds of `OSError` in the system's words.
    """
    if str(path) == "-":
        out = sys.stdout.buffer if "b" in mode else sys.stdout
        yield out
        out.flush()
        return
    encoding = None if "b" in mode else "utf-8"
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file in it")
    if path.exists() and not path.is_file():
        # A device or a named pipe is written to; a file in its place would take it from everybody.
        with path.open(mode, encoding=encoding) as file:
            yield file
        return
    path = path.resolve()  # a link goes on to name what it named
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} for {path.name}")
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open(mode, encoding=encoding) as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
