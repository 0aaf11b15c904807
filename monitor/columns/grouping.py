"""Groups: rows with equal keys, found by sorting whole numbers.

All that is kept is sums by key, in the order of the keys. Hashing the keys and sorting the result costs
several times what sorting the rows by *one* 64-bit number does, and several keys nearly always fit
into one: texts as the places of the distinct ones, numbers as differences from the least. What does
not fit is put as the place among the distinct values, which needs no more bits than there are rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

_BITS = 64


class Coded(NamedTuple):
    """A column of texts: row i has the text `texts[codes[i]]`, and codes sort as the texts do."""

    codes: np.ndarray  # unsigned
    texts: pl.Series  # distinct, in order

    def at(self, rows: np.ndarray) -> pl.Series:
        """The texts of some rows."""
        return self.texts[self.codes[rows]]  # `gather` is a query, which costs more than it does


class Groups(NamedTuple):
    """The rows in the order of their keys, and where in that order each group begins."""

    order: np.ndarray
    starts: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """A row of each group."""
        return self.order[self.starts]

    def reduce(self, merge: np.ufunc, values: np.ndarray) -> np.ndarray:
        """Each group's values as one, by `np.add`, `np.maximum` or such, in the type of the values."""
        if len(self.starts) == len(self.order):
            return values[self.order]
        if not values.any():  # as of most counts: nobody withheld a number, nobody called back
            return np.zeros(len(self.starts), values.dtype)
        return merge.reduceat(values[self.order], self.starts, dtype=values.dtype)


def coded(texts: pl.Series, *, ordered: bool = True) -> Coded:
    """Texts as codes; nulls are not allowed. ordered: False where codes need not sort as the texts do."""
    if not len(texts):
        return Coded(np.zeros(0, np.uint8), texts.cast(pl.String))
    if texts.dtype != pl.String:
        texts = texts.cast(pl.String)
    if len(texts) == 1:
        return Coded(np.zeros(1, np.uint8), texts)
    begins = np.append(True, (texts[1:] != texts[:-1]).to_numpy())
    heads = texts.filter(begins)
    if 2 * len(heads) > len(texts):
        return _coded(texts, ordered)
    # Equal texts one after the other, as in whatever is kept: each run is looked at once.
    found = (
        Coded(np.arange(len(heads), dtype=np.uint32), heads) if heads.is_sorted() else _coded(heads, ordered)
    )
    return Coded(found.codes[np.cumsum(begins) - 1], found.texts)


def _coded(texts: pl.Series, ordered: bool) -> Coded:
    # Categories of their own: those that are shared by a process are never forgotten.
    places = texts.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy()
    first = np.empty(int(places.max()) + 1, np.int64)
    first[places[::-1]] = np.arange(len(places) - 1, -1, -1)
    distinct = texts[first]
    if not ordered:
        return Coded(places, distinct)
    order = distinct.arg_sort()
    rank = np.empty(len(order), np.uint32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.uint32)
    return Coded(rank[places], distinct[order])


def groups(*keys: np.ndarray) -> Groups:
    """Group rows by whole numbers, the first key the most significant."""
    rows = len(keys[0])
    if not rows:
        return Groups(np.zeros(0, np.int64), np.zeros(0, np.int64))
    columns = [_from_zero(key) for key in keys]
    if len(keys) > 2 and sum(_width(column) for column in columns) > _BITS:
        # Rows that differ before the last key (as persons do) need it no more.
        found = groups(*columns[:-1])
        return found if len(found.starts) == rows else _refined(found, columns[-1])
    packed, bits = _packed(columns)
    place = (rows - 1).bit_length()
    if bits + place <= _BITS:
        # The row's own number behind the key: sorting numbers is a third of the price of sorting places.
        packed <<= np.uint64(place)
        packed |= np.arange(rows, dtype=np.uint64)
        packed.sort()
        order = (packed & np.uint64((1 << place) - 1)).astype(np.int64)
        packed >>= np.uint64(place)
    else:
        order = np.argsort(packed)
        packed = packed[order]
    return Groups(order, np.flatnonzero(_new(packed)))


def starts_of(*keys: np.ndarray) -> np.ndarray:
    """Where each group begins, of rows that are in the order of their keys already."""
    rows = len(keys[0])
    if not rows:
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.any([_new(key) for key in keys], axis=0))


def _refined(found: Groups, key: np.ndarray) -> Groups:
    """The groups cut by one more key."""
    new = np.zeros(len(found.order), bool)
    new[found.starts] = True
    alone = new & np.append(new[1:], True)
    shared = np.flatnonzero(~alone)
    rows = found.order[shared]
    inside = groups(np.cumsum(new[shared], dtype=np.uint32), key[rows])
    order = found.order.copy()
    order[shared] = rows[inside.order]
    new[shared[inside.starts]] = True
    return Groups(order, np.flatnonzero(new))


def _new(ordered: np.ndarray) -> np.ndarray:
    """Where a value is another than the one before."""
    new = np.empty(len(ordered), bool)
    new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def _width(column: np.ndarray) -> int:
    return int(column.max()).bit_length()


def _packed(columns: list[np.ndarray]) -> tuple[np.ndarray, int]:
    """The keys as one number that sorts as they do, and the bits that it needs."""
    columns, widths = list(columns), [_width(column) for column in columns]
    while sum(widths) > _BITS:
        widest = int(np.argmax(widths))
        columns[widest] = _dense(columns[widest])
        widths[widest] = _width(columns[widest])
    packed = columns[0].astype(np.uint64)  # a copy: it is written to
    for column, width in zip(columns[1:], widths[1:], strict=True):
        if width:
            packed <<= np.uint64(width)
            packed |= column
    return packed, sum(widths)


def _from_zero(key: np.ndarray) -> np.ndarray:
    """Differences from the least, unsigned; wraps as it must for signed ones."""
    least = key.min()
    if key.dtype.kind == "u":
        return key - least if least else key
    return key.astype(np.int64).view(np.uint64) - np.int64(least).view(np.uint64)


def _dense(key: np.ndarray) -> np.ndarray:
    """The place of each value among the distinct ones."""
    order = np.argsort(key)
    ordered = key[order]
    places = np.empty(len(key), np.uint32)
    places[order] = np.cumsum(_new(ordered), dtype=np.uint32)
    places -= np.uint32(1)
    return places
