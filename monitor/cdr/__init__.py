"""Dialects: how switches write call-detail records, one file each; raw values in, columns out.

A dialect reads a batch of values (one record each, unless the feed says otherwise) and gives one row
a *folded* call (`RAW`), in the switch's own spelling of numbers. All records of one call that are not
dropped here as part of another have the same `call_id` and `started_at`, wherever in the stream they
come: so whatever this batch could not see is folded later, by id. What they say besides is taken from
the first that comes; halves of an Asterisk call may differ in it (`streams/README.md`).
"""

from __future__ import annotations

from monitor.cdr.dialect import Dialect, Parsed
from monitor.cdr.reasons import Reason
from monitor.cdr.values import dialect
from monitor.dialects import UnknownDialect, dialects

__all__ = ["Dialect", "Parsed", "Reason", "UnknownDialect", "dialect", "dialects"]
