"""A feed of every dialect, as a configuration would have it."""

from __future__ import annotations

import polars as pl

from monitor.feed import Feed
from monitor.simulate.dialects.asterisk import INBOUND_CONTEXT
from monitor.simulate.dialects.cgrates import INBOUND_CATEGORY

MAPPING = {
    "format": "json",
    "keep": {"kind": ["call"]},
    "call_id": "id",
    "started_at": {"field": "t.start", "format": "epoch_us"},
    "answered_at": {"field": "t.answer", "format": "epoch_us"},
    "ended_at": {"field": "t.end", "format": "epoch_us"},
    "direction": {"field": "dir", "values": {"O": "outbound", "T": "inbound"}},
    "presented_number": "parties.0.number",
    "called_number": "parties.1.number",
    "presentation": {"field": "cli", "values": {"1": "restricted", "2": "unavailable", "0": None}},
    "account": "customer",
    "trunk": "trunk",
}
OPTIONS = {
    "asterisk_csv": {"inbound_contexts": [INBOUND_CONTEXT]},
    "asterisk_json": {"inbound_contexts": [INBOUND_CONTEXT]},
    "cgrates_json": {"inbound_categories": [INBOUND_CATEGORY]},
    "freeswitch_json": {"inbound_contexts": ["public"]},
}


def feed(dialect: str, accounts: pl.DataFrame | None = None, **more: object) -> Feed:
    """The feed `alfa` of a dialect. accounts: rows of account and organisation, to attribute by."""
    rules = (
        [{"account": a, "organisation": o} for a, o in accounts.iter_rows()] if accounts is not None else []
    )
    said = {
        "name": "alfa",
        "dialect": dialect,
        "options": OPTIONS.get(dialect, {}),
        "attribution": rules,
        "mapping": MAPPING if dialect == "mapping" else None,
    }
    return Feed.model_validate(said | more)
