"""Shown numbers that are remembered: what a spelling means is worked out once a process.

Most shown numbers are spelled in digits, and are found by these as one whole number (`lookup.py`); the
odd ones (SIP addresses, names, blanks) are remembered by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from monitor.call import DEFECTS, PRESENTATIONS
from monitor.columns.lookup import Lookup
from monitor.numbering.spelling import Digits

#: Distinct spellings that are remembered a process: 1 M of them cost about 100 MB, odd ones twice that.
_REMEMBERED = 500_000

#: One spelling's meaning: (number or None, presentation, defect or None, too long).
Meaning = tuple[int | None, str, str | None, bool]
_SHOWN, _FLAWS = PRESENTATIONS.categories.to_list(), [None, *DEFECTS.categories]
_ALLOWED = _SHOWN.index("allowed")


class Remembered:
    """Meanings by spelling: as many as fit, then all anew. For one batch at a time."""

    def __init__(
        self, meaning: Callable[[str | None], Meaning], sound: Callable[[pl.Series], np.ndarray]
    ) -> None:
        """meaning: works one spelling out. sound: which of many are a plus and a number without any defect."""
        self._meaning = meaning
        self._sound = sound
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
        at = self._places(texts, digits, keys)
        return pl.DataFrame({"number": self._number[at], "defect": self._defect[at]}).select(
            pl.when(pl.col("number") > 0).then("number").alias("number"),
            pl.Series("presentation", self._presentation[at]).cat.to(PRESENTATIONS),
            pl.when(pl.col("defect") > 0).then(pl.col("defect") - 1).cat.to(DEFECTS).alias("defect"),
            pl.Series("too_long", self._long[at]),
        )

    def _places(self, texts: pl.Series, digits: Digits, keys: np.ndarray) -> np.ndarray:
        """The place of each spelling's meaning, which is worked out where it is not known."""
        at = self._digits.find(keys)
        at[~digits.are] = -1
        if (at < 0).any():
            self._learn(texts, digits, keys, at)
            at = self._digits.find(keys)
            if not digits.are.all():
                self._spelled(texts, np.flatnonzero(~digits.are), at)
        return at

    def _learn(self, texts: pl.Series, digits: Digits, keys: np.ndarray, at: np.ndarray) -> None:
        """Work out the spellings in digits that are not known yet: the sound ones all at once."""
        rows = np.flatnonzero((at < 0) & (keys > 0))
        new, first = np.unique(keys[rows], return_index=True)
        rows = rows[first]
        if not len(rows):
            return
        spelled = texts.gather(rows)
        sound = self._sound(spelled)
        made = self._room(len(rows))
        self._number[made] = digits.value[rows]
        self._presentation[made] = _ALLOWED
        odd = np.flatnonzero(~sound)
        self._put(made.start + odd, spelled.gather(odd).to_list())
        self._digits.add(new, np.arange(made.start, made.stop, dtype=np.int32))

    def _spelled(self, texts: pl.Series, rows: np.ndarray, at: np.ndarray) -> None:
        """The places of odd spellings."""
        odd = texts.gather(rows)
        distinct = odd.unique()
        spelled = distinct.to_list()
        new = [text for text in spelled if text not in self._odd]
        if new:
            made = self._room(len(new))
            self._put(np.arange(made.start, made.stop), new)
            self._odd |= zip(new, range(made.start, made.stop), strict=True)
        places = pl.Series([self._odd[text] for text in spelled], dtype=pl.Int32)
        table = pl.DataFrame({"text": distinct, "at": places})
        found = pl.DataFrame({"text": odd}).join(
            table, on="text", how="left", nulls_equal=True, maintain_order="left"
        )
        at[rows] = found["at"].to_numpy()

    def _room(self, size: int) -> slice:
        """Places for so many meanings."""
        first, self._size = self._size, self._size + size
        if self._size > len(self._number):
            more = (0, 2 * self._size)
            self._number, self._presentation = np.pad(self._number, more), np.pad(self._presentation, more)
            self._defect, self._long = np.pad(self._defect, more), np.pad(self._long, more)
        return slice(first, self._size)

    def _put(self, places: np.ndarray, texts: Sequence[str | None]) -> None:
        """Work out spellings one by one."""
        for place, text in zip(places.tolist(), texts, strict=True):
            number, presentation, defect, long = self._meaning(text)
            self._number[place], self._presentation[place] = number or 0, _SHOWN.index(presentation)
            self._defect[place], self._long[place] = _FLAWS.index(defect), long
