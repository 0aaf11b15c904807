"""The columns of a chunk of simulated calls."""

from __future__ import annotations

import polars as pl

from monitor.call import INSTANT

#: The canonical call, numbers as text, and `feed`: the operator on whose topic the record belongs.
COLUMNS = pl.Schema(
    {
        "call_id": pl.String,
        "started_at": INSTANT,
        "answered_at": INSTANT,
        "ended_at": INSTANT,
        "direction": pl.String,
        "presented_number": pl.String,
        "network_number": pl.String,
        "presentation": pl.String,
        "called_number": pl.String,
        "organisation": pl.String,
        "account": pl.String,
        "trunk": pl.String,
        "bureau": pl.String,
        "feed": pl.String,
    }
)


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of a canonical record; the feed is where it is sent, not what it says."""
    return frame.drop("feed", strict=False)


def beside(*parts: pl.DataFrame) -> pl.DataFrame:
    """The records of each call beside each other, as a switch sends them when the call ends: those of the first part first.

    parts: with the row of the chunk that each record is of in a column `_row`, which goes.
    """
    return pl.concat(parts).sort("_row", maintain_order=True).drop("_row")


def shown() -> pl.Expr:
    """What stands where the number would be: the number, or a word by which switches say that there is none."""
    return (
        pl.when(pl.col("presentation") == "allowed")
        .then("presented_number")
        .when(pl.col("presentation") == "restricted")
        .then(pl.lit("anonymous"))
        .otherwise(pl.lit("unavailable"))
    )
