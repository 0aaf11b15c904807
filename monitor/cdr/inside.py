"""Calls that never leave the exchange: one extension that calls another, or a service of the exchange.

A context does not tell them everywhere: where it says what a user may dial, a colleague and the network are in the
same one. An extension that is shown to a colleague is a number that nobody can call back, and no fault of anybody's.
"""

from __future__ import annotations

import polars as pl

#: Digits of the longest extension. Numbers that can be called back have more.
_MOST = 6
#: A number that is all zeros stands for one that is withheld.
_EXTENSION = rf"^[1-9][0-9]{{0,{_MOST - 1}}}$"
#: What is dialled for one: with a star or hash for a service, or a letter for a part of the dialplan.
_DIALLED = rf"^(?:[*#]?[0-9]{{1,{_MOST}}}#?|[a-z])$"
#: A number of the network as people and dialplans dial it, whatever is dialled before it.
_NUMBER = rf"^\+?[0-9]{{{_MOST + 1},}}$"


def outside(called: pl.Expr) -> pl.Expr:
    """Whether it is a number of the network that was dialled: no extension, service or part of a dialplan."""
    return called.str.contains(_NUMBER).fill_null(False)


def inside(records: pl.DataFrame, shown: pl.Expr, called: pl.Expr) -> pl.Series:
    """Whether both parties are extensions; shown, called: what says of a record who they are."""
    within = records.select(
        (called.str.len_bytes() <= _MOST + 2).fill_null(False).alias("inside")
    ).to_series()
    # Few called numbers are so short, and only their records are looked at any closer.
    rows = within.arg_true()
    if not len(rows):
        return within
    both = called.str.contains(_DIALLED) & shown.str.contains(_EXTENSION)
    closer = records.filter(within).select(both.fill_null(False)).to_series()
    return within.scatter(rows, closer)
