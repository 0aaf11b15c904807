"""The shelf: a file that nobody else sees for the ids of calls that a replay need not have in memory."""

from __future__ import annotations

import tempfile

import numpy as np

_ID = np.dtype(np.uint64)


class FileShelf:
    """Ids by hour in a temporary file, in the folder that TMPDIR names; it is gone with the process.

    An hour that is put again takes its own place where it has not grown, and else one at the end; so the file is
    about 8 bytes a call for files that are read in order of time, and more where hours come again and again.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="nummerwacht-")  # noqa: SIM115 - open for as long as there are ids
        self._places: dict[int, tuple[int, int]] = {}  # by hour: where its ids begin, and how many they are
        self._end = 0

    def put(self, hour: int, ids: np.ndarray) -> None:
        at, size = self._places.get(hour, (self._end, -1))
        if ids.size > size:
            at, self._end = self._end, self._end + ids.nbytes
        self._places[hour] = (at, ids.size)
        self._file.seek(at)
        self._file.write(ids.tobytes())

    def get(self, hour: int) -> np.ndarray | None:
        if hour not in self._places:
            return None
        at, size = self._places[hour]
        self._file.seek(at)
        return np.frombuffer(self._file.read(size * _ID.itemsize), _ID)
