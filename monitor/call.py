"""The canonical call, as columns.

Two frames and nothing between them: what a dialect read (`RAW`, still in the switch's own
spelling) and what everybody else works on (`CALLS`, from which no called person can be read).
"""

from __future__ import annotations

import polars as pl

DIRECTIONS = pl.Enum(["outbound", "inbound"])
PRESENTATIONS = pl.Enum(["allowed", "restricted", "unavailable"])
#: Why a shown number is no good, see `numbering/plan.py`; null for a good one.
DEFECTS = pl.Enum(["not_dialable", "unallocated", "wrong_class"])

INSTANT = pl.Datetime("us", "UTC")
#: Of an instant as a whole number.
MICROSECONDS_A_MINUTE = 60_000_000
MICROSECONDS_AN_HOUR = 60 * MICROSECONDS_A_MINUTE
MICROSECONDS_A_DAY = 24 * MICROSECONDS_AN_HOUR

#: What a dialect returns: one row a *folded* call, in the switch's spelling of numbers.
RAW = pl.Schema(
    {
        "row": pl.UInt32,  # index of the source record within the batch of values
        "call_id": pl.String,  # the call's key in its dialect, never null
        "started_at": INSTANT,  # null: the record has no usable start
        "answered_at": INSTANT,
        "ended_at": INSTANT,
        "direction": pl.String,  # outbound or inbound, seen from the organisation
        "presented_number": pl.String,
        "network_number": pl.String,
        "presentation": pl.String,  # null: to be read from presented_number
        "called_number": pl.String,
        "organisation": pl.String,
        "account": pl.String,
        "trunk": pl.String,
        "bureau": pl.String,
    }
)

#: The canonical call after attribution and pseudonyms; what a slice on the topic `calls` holds.
CALLS = pl.Schema(
    {
        "id": pl.UInt64,  # stable 64-bit hash of (id space of the feed, call_id)
        "started_at": INSTANT,
        "answered_at": INSTANT,
        "ended_at": INSTANT,
        "direction": DIRECTIONS,
        # The organisation's own number: presented when outbound, called when inbound;
        # E.164 digits without the plus; null when it was withheld.
        "number": pl.UInt64,
        "network_number": pl.UInt64,
        "presentation": PRESENTATIONS,
        "defect": DEFECTS,
        "person": pl.UInt64,  # keyed pseudonym of the other party; null when there was none
        "organisation": pl.String,  # never null: `unknown` is a bucket of its own
        "bureau": pl.String,
        "account": pl.String,
        "trunk": pl.String,
        "feed": pl.String,
        # Whether the shown and the called number lie in one area; null unless both are geographic.
        "local": pl.Boolean,
    }
)

#: What could not be read, one row a record: the index of the value, a reason from a closed
#: list, and a detail that holds no personal data.
REJECTED = pl.Schema({"row": pl.UInt32, "reason": pl.String, "detail": pl.String})

UNKNOWN = "unknown"
#: Bytes of the longest name of an organisation, account, trunk or bureau. The longest in earnest, a SIP address or a firm's full
#: name, have some 250; a slice, a report and a note each hold some whole, and must fit into what a broker takes.
LONGEST_NAME = 1_000
