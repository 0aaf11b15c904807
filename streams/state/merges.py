"""How contents of a bucket of the ledger (`ledger.py`) become one: each is what some flush added."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from monitor.day.sheet import Sheet
from monitor.repeats import merge


def ids(contents: Sequence[bytes]) -> np.ndarray:
    """The call ids of an hour: u64, sorted, each once."""
    return merge([np.frombuffer(content, np.uint64) for content in contents])


def merged_ids(contents: Sequence[bytes]) -> bytes:
    return ids(contents).tobytes()


def merged_sheets(contents: Sequence[bytes]) -> bytes:
    return Sheet.total(map(Sheet.decode, contents)).encode()


def merged_week(contents: Sequence[bytes]) -> bytes:
    """The days of a week as one, without what is of no use when nothing can be added to them."""
    return Sheet.total(map(Sheet.decode, contents)).thin().encode()
