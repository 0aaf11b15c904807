"""Shown numbers that are remembered: what a spelling means is worked out once a process.

Most shown numbers are spelled in digits, and are found by these as one whole number (`lookup.py`); the
odd ones (SIP addresses, names, blanks) are remembered by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from monitor.call import DEFECTS, PRESENTATIONS
from monitor.lookup import Lookup
from monitor.spelling import Digits

#: Distinct spellings that are remembered a process: 1 M of them cost about 100 MB, odd ones twice that.
_REMEMBERED = 500_000

#: Works out (number or None, presentation, defect or None, too long) of each of some distinct spellings.
Meaning = Callable[[Sequence[str | None]], Sequence[tuple[int | None, str, str | None, bool]]]


class Remembered:
    """Meanings by spelling: as many as fit, then all anew."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._forget()

    def _forget(self) -> None:
        self._digits = Lookup()
        self._odd: dict[str | None, int] = {}
        self._size = 0
        self._number = np.zeros(0, np.uint64)  # 0: none
        self._presentation = np.zeros(0, np.uint8)
        self._defect = np.zeros(0, np.uint8)  # 0: none, else 1 + its place in `DEFECTS`
        self._long = np.zeros(0, bool)

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """One row a text: `number`, `presentation`, `defect`, `too_long`."""
        if self._size > _REMEMBERED:
            self._forget()
        digits = Digits(texts)
        keys = digits.keys()
        at = self._digits.find(keys)
        at[~digits.are] = -1
        if (at < 0).any():
            self._learn(texts, keys, at)
            at = self._digits.find(keys)
            if not digits.are.all():
                self._spelled(texts, np.flatnonzero(~digits.are), at)
        number = pl.Series("number", self._number[at])
        defect = pl.Series("defect", self._defect[at])
        return pl.DataFrame([number, defect]).select(
            pl.when(pl.col("number") > 0).then("number").alias("number"),
            pl.Series("presentation", self._presentation[at]).cat.to(PRESENTATIONS),
            pl.when(pl.col("defect") > 0).then(pl.col("defect") - 1).cat.to(DEFECTS).alias("defect"),
            pl.Series("too_long", self._long[at]),
        )

    def _learn(self, texts: pl.Series, keys: np.ndarray, at: np.ndarray) -> None:
        """Work out the spellings in digits that are not known yet."""
        rows = np.flatnonzero((at < 0) & (keys > 0))
        new, first = np.unique(keys[rows], return_index=True)
        if len(new):
            self._digits.add(new, self._work_out(texts.gather(rows[first]).to_list()))

    def _spelled(self, texts: pl.Series, rows: np.ndarray, at: np.ndarray) -> None:
        """The places of odd spellings."""
        odd = texts.gather(rows)
        distinct = odd.unique()
        spelled = distinct.to_list()
        new = [text for text in spelled if text not in self._odd]
        if new:
            self._odd |= zip(new, self._work_out(new).tolist(), strict=True)
        places = pl.Series([self._odd[text] for text in spelled], dtype=pl.Int32)
        table = pl.DataFrame({"text": distinct, "at": places})
        found = pl.DataFrame({"text": odd}).join(
            table, on="text", how="left", nulls_equal=True, maintain_order="left"
        )
        at[rows] = found["at"].to_numpy()

    def _work_out(self, texts: Sequence[str | None]) -> np.ndarray:
        """The places of meanings that are worked out now."""
        numbers, presentations, defects, long = zip(*self._meaning(texts), strict=True)
        shown, flaws = PRESENTATIONS.categories.to_list(), [None, *DEFECTS.categories]
        first, self._size = self._size, self._size + len(texts)
        if self._size > len(self._number):
            more = (0, 2 * self._size)
            self._number, self._presentation = np.pad(self._number, more), np.pad(self._presentation, more)
            self._defect, self._long = np.pad(self._defect, more), np.pad(self._long, more)
        made = slice(first, self._size)
        self._number[made] = [number or 0 for number in numbers]
        self._presentation[made] = [shown.index(each) for each in presentations]
        self._defect[made] = [flaws.index(each) for each in defects]
        self._long[made] = long
        return np.arange(first, self._size, dtype=np.int32)
