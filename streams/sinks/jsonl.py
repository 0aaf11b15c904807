"""A file of alerts, one CloudEvent a line, appended and never rewritten."""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from streams.sinks.sink import Flushed, Retry, Sink, Taken
from streams.sinks.state import State, Unreadable, read

#: Seconds between two tries at a disk that is full, at most: somebody has to make room.
_LONGEST = 300.0


class JsonlSink(Sink):
    """Appends alert states to a file that is on the disk when `flush` returns.

    - the file itself is the memory: a state that it has is never written again, crash or not
    - a line that a crash left half written is cut off when the file is opened
    - one writer a file, held by a lock; several workers write several files
    - a full disk loses nothing: it is tried again until there is room
    - others may append lines of their own: they are passed by, and never cut
    """

    def __init__(self, name: str, path: Path, *, retry: Retry | None = None) -> None:
        super().__init__(name, retry or Retry(longest=_LONGEST))
        self._path = path
        self._has: dict[str, int] = {}

    async def open(self) -> None:
        """Raises `Taken`, and `OSError` when the file cannot be written."""
        await asyncio.to_thread(self._open)

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self._path, "a+b", buffering=0)  # noqa: SIM115 -- open until `close`
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise Taken(f"{self._path} is written by another worker") from error
        except OSError as error:
            # To wait for such a file would be for ever, and to write without a lock would mix the lines of two workers.
            self._file.close()
            text = f"can't be locked ({error.strerror}); a file of alerts needs a file system that has locks (flock)"
            raise OSError(error.errno, text, str(self._path)) from error
        end = 0
        # Opened once more to be read: what is written is not buffered, and would be read byte by byte.
        with open(self._path, "rb") as lines:
            for line in lines:
                if not line.endswith(b"\n") and line.startswith(b"{"):
                    break  # a state of ours that was torn; whatever else has no end yet is somebody's note
                end += len(line)
                self._remember(line)
        self._file.truncate(end)

    def _remember(self, line: bytes) -> None:
        try:
            state = read(line)
        except Unreadable:
            return  # somebody's note between the lines is theirs
        self._has[state.id] = max(state.sequence, self._has.get(state.id, state.sequence))

    def add(self, state: State) -> bool:
        if state.sequence <= self._has.get(state.id, state.sequence - 1):
            return False
        return super().add(state)

    async def flush(self) -> Flushed:
        if not self.held:
            return Flushed()
        try:
            await asyncio.to_thread(self._append, b"".join(state.line for state in self.held))
        except OSError as error:
            return Flushed(failure=f"errno_{error.errno}")
        delivered = self.give_up()
        self._has |= {state.id: state.sequence for state in delivered}
        return Flushed(delivered)

    def _append(self, lines: bytes) -> None:
        # Asked each time: others may have written notes of theirs behind our lines, or begun the file anew (`copytruncate`).
        begin = os.fstat(self._file.fileno()).st_size
        text = lines if self._at_line_end(begin) else b"\n" + lines
        left = memoryview(text)
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            self._undo(begin, len(text) - len(left))
            raise

    def _at_line_end(self, size: int) -> bool:
        """Whether nobody's half line would be before ours: one that somebody is writing, or that could not be undone."""
        return not size or os.pread(self._file.fileno(), 1, size - 1) == b"\n"

    def _undo(self, begin: int, written: int) -> None:
        """A full disk leaves no half line, unless somebody wrote behind it: what is theirs is not cut off."""
        with suppress(OSError):
            if os.fstat(self._file.fileno()).st_size == begin + written:
                self._file.truncate(begin)

    async def close(self) -> None:
        self._file.close()
