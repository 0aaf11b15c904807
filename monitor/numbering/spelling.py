"""Spelling: texts that are digits, with or without a plus, as whole numbers; what is left are the odd ones."""

from __future__ import annotations

import numpy as np
import polars as pl

#: Most digits of which a key is made: with the one put in front they stay below the bit of the plus.
_MOST = 17
_POWERS = np.array([10**digits for digits in range(_MOST + 1)], np.uint64)
_PLUS = np.uint64(63)


class Digits:
    """A column of texts, read as digits. Arrays have one value a text."""

    def __init__(self, texts: pl.Series) -> None:
        column = pl.col("text")
        # The cast takes a plus and digits and nothing else: no sign, blank, line end or digit of another script.
        read = pl.DataFrame({"text": texts.alias("text")}).select(
            column.cast(pl.UInt64, strict=False).fill_null(0).alias("value"),
            column.str.starts_with("+").fill_null(False).alias("plus"),
            (column.cast(pl.UInt64, strict=False).is_not_null() & (column.str.len_bytes() <= _MOST))
            .fill_null(False)
            .alias("are"),
            column.str.len_bytes().fill_null(0).alias("length"),
        )
        self.value = read["value"].to_numpy()
        self.plus = read["plus"].to_numpy()
        #: Whether a text is nothing but digits and perhaps a plus, and not too many.
        self.are = read["are"].to_numpy()
        self.count = np.minimum(read["length"].to_numpy() - self.plus, _MOST)

    def keys(self) -> np.ndarray:
        """A number that no two texts share, leading zeros and the plus included; 0 for odd texts."""
        keys = self.value + _POWERS[self.count]  # as if a 1 stood in front
        keys |= self.plus.astype(np.uint64) << _PLUS
        return np.where(self.are, keys, np.uint64(0))

    def international(self) -> np.ndarray:
        """Where a text is a plus and 7 to 15 digits that do not begin with 0."""
        count = self.count
        return (
            self.are
            & self.plus
            & (count >= 7)
            & (count <= 15)
            & (self.value >= _POWERS[np.maximum(count, 1) - 1])
        )


def long_run(texts: pl.Series, digits: int) -> bool:
    """Whether any text holds so many digits in a row; for a column in which few do, a third of what a pattern costs."""
    if (texts.str.len_bytes().max() or 0) < digits:
        return False
    letters = np.frombuffer(texts.str.join("\n").item().encode(), np.uint8)
    run = letters - np.uint8(ord("0")) < 10
    length = 1
    while length < digits:
        step = min(length, digits - length)
        run = run[:-step] & run[step:]
        length += step
    return bool(run.any())
