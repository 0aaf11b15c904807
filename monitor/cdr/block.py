"""A block: the values of many records in one buffer, as they lie in a file or in what a broker sent.

A batch of records is read as a whole, so an object a record would be made only to be joined again.
A block is a sequence of values to whoever wants them one by one, and one text to whoever doesn't.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

_LINE_END, _BLANK = b"\n"[0], b" "[0]


class Block(Sequence[bytes | None]):
    """Values (bytes, or None) by their place in a buffer; slices and selections share it."""

    __slots__ = ("_buffer", "_ends", "_starts", "_text")

    def __init__(self, buffer: bytes, starts: np.ndarray, ends: np.ndarray) -> None:
        """starts, ends: int64, in rising order; an end before its start is a value that is None."""
        self._buffer, self._starts, self._ends = buffer, starts, ends
        self._text: bytes | None = None  # spread

    @classmethod
    def of(cls, values: Sequence[bytes | None]) -> Block:
        """A block of values; a block is itself."""
        if isinstance(values, Block):
            return values
        ends = np.cumsum([len(value or b"") for value in values], dtype=np.int64)
        starts = np.concatenate([[0], ends[:-1]]) if len(values) else ends
        none = [row for row, value in enumerate(values) if value is None]
        ends[none] = -1
        return cls(b"".join(value for value in values if value), starts, ends)

    @classmethod
    def lines(cls, text: bytes) -> Block:
        """The lines of a text, without their ends; blank ones are values too."""
        cuts = np.flatnonzero(np.frombuffer(text, np.uint8) == _LINE_END)
        if not text.endswith(b"\n") and text:
            cuts = np.append(cuts, len(text))
        return cls(text, np.concatenate([[0], cuts[:-1] + 1]) if len(cuts) else cuts, cuts)

    @classmethod
    def total(cls, blocks: Sequence[Block]) -> Block:
        """Several blocks as one."""
        if len(blocks) == 1:
            return blocks[0]
        shifts = np.cumsum([0, *(len(block._buffer) for block in blocks)])
        # An end of -1 stays before its start, since both are shifted.
        starts = [block._starts + shift for block, shift in zip(blocks, shifts, strict=False)]
        ends = [block._ends + shift for block, shift in zip(blocks, shifts, strict=False)]
        none = [np.empty(0, np.int64)]
        buffer = b"".join(block._buffer for block in blocks)
        return cls(buffer, np.concatenate(none + starts), np.concatenate(none + ends))

    # -- one by one

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, at: int) -> bytes | None: ...
    @overload
    def __getitem__(self, at: slice) -> Block: ...
    def __getitem__(self, at: int | slice) -> bytes | Block | None:
        if isinstance(at, slice):
            return Block(self._buffer, self._starts[at], self._ends[at])
        start, end = int(self._starts[at]), int(self._ends[at])
        return None if end < start else self._buffer[start:end]

    def __iter__(self) -> Iterator[bytes | None]:
        buffer = self._buffer
        for start, end in zip(self._starts.tolist(), self._ends.tolist(), strict=True):
            yield None if end < start else buffer[start:end]

    def take(self, rows: np.ndarray) -> Block:
        """The values of some rows."""
        return Block(self._buffer, self._starts[rows], self._ends[rows])

    # -- as a whole

    def starts(self) -> np.ndarray:
        """Where each value begins in the buffer (int64)."""
        return self._starts

    def lengths(self) -> np.ndarray:
        """Bytes of each value (int64); -1 for None."""
        return np.where(self._ends < self._starts, -1, self._ends - self._starts)

    def holds(self, text: bytes) -> bool:
        """Whether a text is in a value, or across the end of one."""
        return text in self.spread()

    def joined(self) -> bytes:
        """The values, none of which is None, with a line end between them."""
        return b"\n".join(self)

    def spread(self) -> bytes:
        """The same for readers that skip blanks, as JSON's do: what lies between two values in the
        buffer becomes a line end and blanks. Costs a fifth of cutting each value out.
        """
        if self._text is None:
            self._text = self._spread() if len(self) else b""
        return self._text

    def _spread(self) -> bytes:
        gaps = self._starts[1:] - self._ends[:-1]
        between = int(gaps.sum())
        # Values that lie far apart or touch, as after a selection or `of`, are cut out.
        if gaps.size and (gaps.min() < 1 or between > len(self._buffer) // 2):
            return self.joined()
        begin = int(self._starts[0])
        text = np.frombuffer(self._buffer, np.uint8)[begin : int(self._ends[-1])].copy()
        first = self._ends[:-1] - begin
        if between == len(gaps):  # one byte between all, as in a file of lines
            text[first] = _LINE_END
            return text.tobytes()
        inside = np.arange(between) - np.repeat(np.cumsum(gaps) - gaps, gaps)
        text[np.repeat(first, gaps) + inside] = _BLANK
        text[first] = _LINE_END
        return text.tobytes()
