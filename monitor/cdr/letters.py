"""Letters: a long text looked at as numbers, in pieces that stay in the processor's cache.

A batch is tens of MB. A mask of all of it would be fetched from memory once more for each step, and be made of
pages that the system has to clear first, which costs more than the looking does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Bytes of a piece: a mask of it fits a core's own cache, which is 256 kB at least on any server.
PIECE = 1 << 17


def pieces(text: bytes, more: int = 0) -> Iterator[np.ndarray]:
    """The bytes of a text (uint8) piece by piece, each with so many bytes of the next one behind it."""
    letters = np.frombuffer(text, np.uint8)
    for at in range(0, len(letters), PIECE):
        yield letters[at : at + PIECE + more]


def occurrences(text: bytes, letter: int) -> int:
    """How often a letter is in a text. `bytes.count` is made for rare ones, and slower here."""
    return sum(int(np.count_nonzero(piece == letter)) for piece in pieces(text))
