"""A block: the values of many records in one buffer, as they lie in a file or in what a broker sent.

A batch of records is read as a whole, so an object a record would be made only to be joined again.
A block is a sequence of values to whoever wants them one by one, and one text to whoever doesn't.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

_LINE_END, _BLANK = b"\n"[0], b" "[0]
#: What values lie in.
Buffer = bytes | memoryview
#: Bytes between two values up to which they are blanked; what lies beyond is left out, as the batch that was
#: cut off at the end of what a broker sent.
_FAR = 1024
#: Values that lie together, on average, at least: for fewer it is cheaper to cut each out.
_RUN = 8


class Block(Sequence[bytes | None]):
    """Values (bytes, or None) by their place in a buffer; slices and selections share it."""

    __slots__ = ("_buffers", "_ends", "_starts", "_text")

    def __init__(self, buffer: Buffer | tuple[Buffer, ...], starts: np.ndarray, ends: np.ndarray) -> None:
        """starts, ends: int64, in rising order; an end before its start is a value that is None.

        buffer: several count as one, and are joined only when it is asked for.
        """
        self._buffers = buffer if isinstance(buffer, tuple) else (buffer,)
        self._starts, self._ends = starts, ends
        self._text: bytes | None = None  # spread

    @property
    def _buffer(self) -> Buffer:
        if len(self._buffers) > 1:
            self._buffers = (b"".join(self._buffers),)
        return self._buffers[0]

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
        buffers = tuple(buffer for block in blocks for buffer in block._buffers) or (b"",)
        shifts = np.cumsum([0, *(sum(map(len, block._buffers)) for block in blocks)])
        # An end of -1 stays before its start, since both are shifted.
        starts = [block._starts + shift for block, shift in zip(blocks, shifts, strict=False)]
        ends = [block._ends + shift for block, shift in zip(blocks, shifts, strict=False)]
        none = [np.empty(0, np.int64)]
        return cls(buffers, np.concatenate(none + starts), np.concatenate(none + ends))

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
        return None if end < start else bytes(self._buffer[start:end])

    def __iter__(self) -> Iterator[bytes | None]:
        buffer = self._buffer
        for start, end in zip(self._starts.tolist(), self._ends.tolist(), strict=True):
            yield None if end < start else bytes(buffer[start:end])

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
        far = np.flatnonzero(gaps > _FAR)
        # Values that touch have no room for a line end, and of those that lie far apart each is a run of its own.
        if gaps.size and (gaps.min() < 1 or gaps.sum() - gaps[far].sum() > self._ends[-1] // 2):
            return self.joined()
        if len(far) > len(self) // _RUN:
            return self.joined()
        # The only copy of all that was read: a `BytesIO` can be written to, and then be taken as bytes.
        text = io.BytesIO()
        for first, last in zip([0, *(far + 1).tolist()], [*far.tolist(), len(self) - 1], strict=True):
            text.write(b"\n" * bool(first))
            self._copy(text, int(self._starts[first]), int(self._ends[last]))
        left = gaps.copy()
        left[far] = 1
        place = np.cumsum(self._ends - self._starts)[:-1] + np.cumsum(left) - left
        with text.getbuffer() as view:
            letters = np.frombuffer(view, np.uint8)
            letters[place] = _LINE_END
            while len(place):
                more = left > 1
                place, left = (place, left) if more.all() else (place[more], left[more])
                place, left = place + 1, left - 1
                letters[place] = _BLANK
            del letters  # or the view could not be given back
        return text.getvalue()

    def _copy(self, text: io.BytesIO, begin: int, end: int) -> None:
        """Write what lies from one place to another, in whichever buffers."""
        at = 0
        for buffer in self._buffers:
            if at < end and begin < at + len(buffer):
                text.write(memoryview(buffer)[max(0, begin - at) : end - at])
            at += len(buffer)
