"""A lookup: from whole numbers to places in other columns, a whole column of them at a time.

A dictionary costs Python for every key; a join builds its table anew for every batch. This one is
kept between batches and asked by numpy: a hash table with open addressing (Knuth, 6.4), in which all
keys are looked for at once, and those that hit another's slot once more in the next.
"""

from __future__ import annotations

import numpy as np

#: The golden ratio of 2**64 (Knuth, 6.4), for multiplicative hashing: the upper bits of the product are spread.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LEAST = 10  # bits of the smallest table
#: Slots a key: with four, a key that is there is found at the first look 7 times in 8.
_ROOM = 4


class Lookup:
    """Keys (uint64, not 0) to places (int32). 48 to 96 bytes a key."""

    __slots__ = ("_bits", "_keys", "_places", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._clear(_LEAST)

    def __len__(self) -> int:
        return self._size

    def _clear(self, bits: int) -> None:
        self._bits = bits
        self._keys = np.zeros(1 << bits, np.uint64)
        self._places = np.zeros(1 << bits, np.int32)

    def _slots(self, keys: np.ndarray) -> np.ndarray:
        return ((keys * GOLDEN) >> np.uint64(64 - self._bits)).astype(np.int64)

    def find(self, keys: np.ndarray) -> np.ndarray:
        """The place of each key; -1 of one that is not there."""
        slots = self._slots(keys)
        there = self._keys[slots]
        places = np.where(there == keys, self._places[slots], np.int32(-1))
        rest = np.flatnonzero((there != keys) & (there != 0))
        while len(rest):
            slots[rest] = (slots[rest] + 1) & (len(self._keys) - 1)
            there = self._keys[slots[rest]]
            found = there == keys[rest]
            places[rest[found]] = self._places[slots[rest[found]]]
            rest = rest[~found & (there != 0)]
        return places

    def add(self, keys: np.ndarray, places: np.ndarray) -> None:
        """Add keys, distinct and not there yet."""
        size = self._size + len(keys)
        if size * _ROOM > len(self._keys):
            taken = self._keys != 0
            keys = np.concatenate([self._keys[taken], keys])
            places = np.concatenate([self._places[taken], places])
            self._clear((size * _ROOM).bit_length())
        self._size = size
        slots = self._slots(keys)
        while len(keys):
            free = self._keys[slots] == 0
            self._keys[slots[free]] = keys[free]  # of several that want one slot, the last has it
            mine = self._keys[slots] == keys
            self._places[slots[mine]] = places[mine]
            keys, places, slots = keys[~mine], places[~mine], (slots[~mine] + 1) & (len(self._keys) - 1)
