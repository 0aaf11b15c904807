"""What may go wrong where bytes of others are read."""

from __future__ import annotations

import polars as pl

#: Any error. A panic of polars, which torn bytes may bring about, is no `Exception`, and would pass by whoever waits for one.
ANY_ERROR = (Exception, pl.exceptions.PanicException)
