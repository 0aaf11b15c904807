"""Notes: records of a ledger by name, whole each time, such as what was told of an organisation.

Of a name that one counts which the newest owner in the chain wrote last. One that fits into a record is put under the same key
again and again. One that is larger is put as chunks, under keys that no other writing of it has: a crash or a zombie in the
midst of it leaves the one before, which is not deleted before it is known that the later one is whole and ours.
"""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator, Mapping

_OWNER = struct.Struct(">III")
_SHORT = struct.Struct(
    ">BQ"
)  # version, the head before the flush that wrote it; before version 4 the version alone
_CHUNK = struct.Struct(">QH")  # that head, and which chunk
_LONG = struct.Struct(">BH")  # version, chunks

_Writing = tuple[tuple[int, ...], int]  # owner, and the head before the flush


class Notes:
    """The notes of one ledger. Keys of further use are kept here, contents only in `found`."""

    def __init__(self, version: int, chunk: int) -> None:
        """chunk: bytes of a value."""
        self._version, self._chunk = version, chunk
        self.found: dict[bytes, bytes] = {}  # by name
        self.owners: dict[bytes, tuple[int, ...]] = {}  # who wrote it
        self._heard: dict[bytes, dict[_Writing, tuple[list[bytes], bytes]]] = {}
        self._chunks: dict[tuple[bytes, _Writing], dict[int, tuple[bytes, bytes]]] = {}
        self._long: dict[bytes, list[bytes]] = {}  # the keys of those that count and are in chunks
        self._writing: dict[bytes, list[bytes]] = {}
        self._replaced: list[
            tuple[int, list[bytes]]
        ] = []  # keys, and the head of the flush after which they are void

    # -- what is there

    def hear(self, key: bytes, value: bytes) -> None:
        """Take a key that was kept; of those of notes nothing is lost."""
        letter, owner = key[:1], key[1:]
        if letter == b"n":
            name = key[1 + _OWNER.size :]
            at, begin = (_SHORT.unpack_from(value)[1], _SHORT.size) if value[0] > 3 else (0, 1)
            self._heard.setdefault(name, {})[_OWNER.unpack_from(owner), at] = [key], value[begin:]
        elif letter == b"m":
            at, n = _CHUNK.unpack_from(key, 1 + _OWNER.size)
            name = key[1 + _OWNER.size + _CHUNK.size :]
            self._chunks.setdefault((name, (_OWNER.unpack_from(owner), at)), {})[n] = key, value

    def settle(self, owners: Container[tuple[int, ...]]) -> list[bytes]:
        """Of what was heard, keep that which counts; the keys of the rest. owners: those in the chain."""
        stale: list[bytes] = []
        for (name, writing), have in self._chunks.items():
            keys = [have[n][0] for n in sorted(have)]
            if len(have) == _LONG.unpack_from(have[min(have)][1])[1]:
                note = b"".join(have[n][1][_LONG.size :] for n in sorted(have))
                self._heard.setdefault(name, {})[writing] = keys, note
            else:
                stale += keys
        for name, writings in self._heard.items():
            latest = max((each for each in writings if each[0] in owners), default=None)
            stale += [key for each, (keys, _) in writings.items() if each != latest for key in keys]
            if latest is not None:
                keys, self.found[name] = writings[latest]
                self.owners[name] = latest[0]
                if keys[0].startswith(b"m"):
                    self._long[name] = keys
        self._heard.clear()
        self._chunks.clear()
        return stale

    # -- what is written

    def write(self, owner: bytes, at: int, notes: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
        """What to put for notes. owner: packed. at: the head before the flush, so that no two writings are alike."""
        self._writing = {}
        for name, note in notes.items():
            if len(note) <= self._chunk:
                self._writing[name] = []
                yield b"n" + owner + name, _SHORT.pack(self._version, at) + note
                continue
            cuts = range(0, len(note), self._chunk)
            self._writing[name] = [b"m" + owner + _CHUNK.pack(at, n) + name for n in range(len(cuts))]
            for key, cut in zip(self._writing[name], cuts, strict=True):
                yield key, _LONG.pack(self._version, len(cuts)) + note[cut : cut + self._chunk]

    def done(self, head: int) -> None:
        """What was written last counts, and the head is there now: chunks of before are void."""
        for name, keys in self._writing.items():
            if (void := self._long.pop(name, None)) is not None:
                self._replaced.append((head, void))
            if keys:
                self._long[name] = keys
        self._writing = {}

    def clean(self, committed: int) -> list[bytes]:
        """The keys of chunks that were replaced by a flush that is committed. Before that a later owner may have taken the
        replacing ones for torn, and deleted some: these are what it goes by.
        """
        void = [key for head, keys in self._replaced if head <= committed for key in keys]
        self._replaced = [each for each in self._replaced if each[0] > committed]
        return void
