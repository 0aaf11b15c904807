"""`asterisk_json`: Asterisk's rows as JSON objects, as its Kafka modules and the manager interface send them.

Names are those of the database columns (`accountcode`, `src`) or of the manager's event
(`AccountCode`, `Source`); times have an offset, or none, or are seconds since 1970, 0 for never. The usual database
table has one time, `calldate`; there a call that was answered is known by its disposition.
"""

from __future__ import annotations

import polars as pl

from monitor.cdr import asterisk, nested
from monitor.cdr.block import Block
from monitor.cdr.dialect import Parsed
from monitor.cdr.reasons import Reason
from monitor.cdr.values import rejection, texts
from monitor.feed import Feed

OPTIONS = asterisk.Asterisk
#: Other names of a column.
_ALSO = {
    "accountcode": ("AccountCode", "account_code"),
    "src": ("Source", "source"),
    "dst": ("Destination", "destination"),
    "dcontext": ("DestinationContext", "destination_context"),
    "clid": ("CallerID", "caller_id"),
    "channel": ("Channel",),
    "dstchannel": ("DestinationChannel", "destination_channel"),
    "lastapp": ("LastApplication",),
    "lastdata": ("LastData",),
    "start": ("StartTime", "start_time", "calldate"),
    "answer": ("AnswerTime", "answer_time"),
    "end": ("EndTime", "end_time"),
    "duration": ("Duration",),
    "billsec": ("BillableSeconds",),
    "disposition": ("Disposition",),
    "amaflags": ("AMAFlags",),
    "uniqueid": ("UniqueID", "Uniqueid", "unique_id"),
    "userfield": ("UserField",),
    "peeraccount": ("PeerAccount",),
    "linkedid": ("LinkedID", "Linkedid", "linked_id"),
    "sequence": ("Sequence",),
}
_PATHS = tuple(name for column, others in _ALSO.items() for name in (column, *others))


def parse(values: Block, feed: Feed) -> Parsed:
    """One object a value."""
    return nested.parse(values, _PATHS, lambda frame: _calls(frame, feed))


def frame(frame: pl.DataFrame, feed: Feed) -> Parsed:
    """Columns by any of their names."""
    return _calls(frame.select(texts(frame, _PATHS)).with_row_index("row"), feed)


def _calls(rows: pl.DataFrame, feed: Feed) -> Parsed:
    rows = rows.select(
        "row", *(pl.coalesce(column, *others).alias(column) for column, others in _ALSO.items())
    )
    nameless = pl.all_horizontal(pl.col("linkedid", "uniqueid", "channel", "src", "dst").is_null())
    refused = rejection((row, Reason.MISSING_FIELD, "uniqueid") for row in rows.filter(nameless)["row"])
    return asterisk.calls(rows.filter(~nameless), feed).after(refused)
