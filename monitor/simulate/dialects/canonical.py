"""The canonical call: one JSON object a record."""

from __future__ import annotations

import io

import polars as pl

from monitor.simulate.columns import canonical


def canonical_lines(frame: pl.DataFrame) -> list[bytes]:
    """One JSON object a call, without line ends."""
    buffer = io.BytesIO()
    canonical(frame).write_ndjson(buffer)
    return buffer.getvalue().splitlines()
