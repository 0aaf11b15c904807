"""Results that go to a file, whole or not at all."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import typer


def apart(outputs: Mapping[str, Path | None], inputs: Iterable[Path] = ()) -> None:
    """See to it that no output is the file of another, nor one that is read: the later would take its place.

    outputs: by flag. Raises `typer.BadParameter`.
    """
    read = {_file(path): path for path in inputs}
    taken: dict[Path, str] = {}
    for flag, path in outputs.items():
        if path is None or (file := _file(path)) is None:
            continue
        if file in read:
            raise typer.BadParameter(f"{flag} {path} is a file that is read; give it another name")
        if file in taken:
            where = "standard output" if str(path) == "-" else path
            raise typer.BadParameter(f"{taken[file]} and {flag} can't both be {where}")
        taken[file] = flag


def _file(path: Path) -> Path | None:
    """What a path names in the end; None for a device or a pipe, which several may write to."""
    if str(path) == "-":
        return path
    return None if path.exists() and not path.is_file() else path.resolve()


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
            if path.exists():
                shutil.copymode(path, unfinished)  # who may read evidence is said by whoever made the file
            yield file
        unfinished.replace(path)
    except OSError as error:
        if error.filename == str(unfinished):
            error.filename = str(path)  # the name that was given
        raise
    finally:
        unfinished.unlink(missing_ok=True)
