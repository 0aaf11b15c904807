"""Calls as the records of a switch: one file a dialect, each with what makes it hard to read."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from monitor.simulate.dialects.canonical import canonical_lines

#: Records of a chunk of calls, in its order.
DIALECTS: dict[str, Callable[[pl.DataFrame], list[bytes]]] = {
    "canonical": canonical_lines,
}
