"""Chance that can be repeated: one stream for each (seed, organisation, purpose).

A stream depends on nothing but its own key, so an organisation makes the same calls whoever else is
in the scenario, and a block of days can be made without the days before it.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def stream(seed: int, *key: str | int) -> np.random.Generator:
    """The generator of a key."""
    return np.random.Generator(np.random.PCG64DXSM([seed, fingerprint(*key)]))


def fingerprint(*key: str | int) -> int:
    """A 64-bit number of a key: the same on every machine and in every run."""
    text = "\x1f".join(map(str, key))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def scatter(values: np.ndarray) -> np.ndarray:
    """Spread numbers over all 64 bits, one to one (the finaliser of SplitMix64; Steele et al., 2014)."""
    mixed = values.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def share(values: np.ndarray) -> np.ndarray:
    """A number in [0, 1) that belongs to each value for ever."""
    return (scatter(values) >> np.uint64(11)) / float(1 << 53)
