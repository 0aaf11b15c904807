"""`freeswitch_json`: FreeSWITCH's mod_json_cdr, a document a leg.

A call has a leg from the caller (A) and one for each destination that was tried (B). Only the A leg
is the call: it knows who called and what was shown, and is there once. A queue (mod_callcenter) makes its legs to agents
by itself, with the number of whoever waits: they belong to the leg that waits. Values are percent-encoded
unless the module is told otherwise; a plus is a plus.

Seen from the switch a customer's outgoing A leg is `inbound`; here it is an outbound call, unless
its context is among the option `inbound_contexts`. Only users have a `user_context`: what comes from a
gateway has the context of its dialplan. A transfer within the dialplan, as from `public` to the one of
the users, puts another profile in front of `callflow`, so where a call began and whom it was for is
said by the last.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import unquote

import polars as pl
from pydantic import Field

from monitor.call import RAW
from monitor.cdr import nested
from monitor.cdr.block import Block
from monitor.cdr.dialect import Parsed
from monitor.cdr.inside import inside
from monitor.cdr.options import Options, options
from monitor.cdr.reasons import Reason
from monitor.cdr.times import epoch, local
from monitor.cdr.values import rejection
from monitor.feed import Feed


class FreeSwitch(Options):
    """Options of the feed."""

    inbound_contexts: frozenset[str] = Field(
        frozenset(),
        description="Contexts of calls that come in from the network: `user_context`, or the first of the dialplan.",
    )
    account_from: Literal["accountcode", "domain_name", "user_context"] = Field(
        "accountcode", description="The variable that holds the customer's account."
    )


OPTIONS = FreeSwitch
#: Variables that name the leg of the call, where it is another one.
_OTHERS = ("originating_leg_uuid", "call_uuid", "cc_member_session_uuid")
_VARIABLES = (
    *("uuid", *_OTHERS, "start_uepoch", "start_epoch", "start_stamp"),
    *("answer_uepoch", "answer_epoch", "end_uepoch", "end_epoch"),
    *(
        "origination_caller_id_number",
        "effective_caller_id_number",
        "outbound_caller_id_number",
        "sip_from_user",
    ),
    *(
        "sip_P-Asserted-Identity",
        "sip_Remote-Party-ID",
        "sip_Privacy",
        "sip_h_Privacy",
        "origination_privacy",
    ),
    *("accountcode", "domain_name", "user_context", "destination_number", "sip_req_user"),
    *("sip_gateway_name", "sip_gateway", "last_app", "last_arg"),
)
_PROFILE, _FIRST = "callflow.0.caller_profile", "callflow.-1.caller_profile"
#: What is asked of the profiles, and what it is called here.
_PROFILES = {
    f"{_PROFILE}.destination_number": "called",
    f"{_PROFILE}.caller_id_number": "caller",
    f"{_FIRST}.destination_number": "first_called",
    f"{_FIRST}.context": "context",
}
_PATHS = (*(f"variables.{name}" for name in _VARIABLES), *_PROFILES)
#: In the order in which they decide what the called person sees.
_PRESENTED = (
    "origination_caller_id_number",
    "effective_caller_id_number",
    "outbound_caller_id_number",
    "sip_from_user",
)
#: What asks for a number to be hidden, in a privacy header or a variable.
_PRIVATE = r"(?i)\b(id|user|header|session|full|hide_number|yes)\b"
_ESCAPES = [f"%{code:02X}" for code in range(32, 127)] + [f"%{code:02x}" for code in range(32, 127)]
_PLAIN = [chr(code) for code in range(32, 127)] * 2


def parse(values: Block, feed: Feed) -> Parsed:
    """One document a value."""
    return nested.parse(values, _PATHS, lambda frame: _calls(frame, feed))


def frame(frame: pl.DataFrame, feed: Feed) -> Parsed:
    """Documents have no columns."""
    return Parsed(rejected=rejection((row, Reason.WRONG_COLUMNS, "documents") for row in range(frame.height)))


def _calls(documents: pl.DataFrame, feed: Feed) -> Parsed:
    chosen = options(feed, FreeSwitch)
    names = {path: path.rsplit(".", 1)[1] for path in _PATHS if path.startswith("variables.")}
    legs = _decoded(documents.rename(names | _PROFILES))
    empty = pl.col("uuid").is_null() | (pl.col("uuid") == "")
    refused = rejection((row, Reason.MISSING_FIELD, "variables.uuid") for row in legs.filter(empty)["row"])
    legs = legs.filter(~empty)
    uuid = pl.col("uuid")
    of_other = [
        pl.col(name).is_not_null() & (pl.col(name) != "") & (pl.col(name) != uuid) for name in _OTHERS
    ]
    second = pl.any_horizontal(of_other)
    folded = legs.select(second.sum()).item()
    legs = legs.filter(~second)
    between = inside(legs, _shown(), _called(chosen))
    legs = legs.filter(~between)
    start = epoch(legs["start_uepoch"], 1_000_000).fill_null(epoch(legs["start_epoch"]))
    start = start.fill_null(local(legs["start_stamp"], feed.zone, ("%Y-%m-%d %H:%M:%S",)))
    calls = legs.with_columns(
        call_id=uuid,
        started_at=start,
        answered_at=epoch(legs["answer_uepoch"], 1_000_000).fill_null(epoch(legs["answer_epoch"])),
        ended_at=epoch(legs["end_uepoch"], 1_000_000).fill_null(epoch(legs["end_epoch"])),
        direction=pl.when(_inbound(chosen)).then(pl.lit("inbound")).otherwise(pl.lit("outbound")),
        presented_number=_shown(),
        network_number=_address("sip_P-Asserted-Identity").fill_null(_address("sip_Remote-Party-ID")),
        presentation=pl.when(_private()).then(pl.lit("restricted")),
        called_number=_called(chosen),
        organisation=pl.lit(None, pl.String),
        account=pl.col(chosen.account_from),
        trunk=_trunk(),
        bureau=pl.lit(None, pl.String),
    ).select(*RAW)
    # One document twice in a batch is a repeat: known by its id later, like one hours apart.
    return Parsed(calls.cast(dict(RAW)), refused, {"leg": folded, "inside": int(between.sum())})


def _inbound(chosen: FreeSwitch) -> pl.Expr:
    contexts = list(chosen.inbound_contexts)
    return pl.any_horizontal(
        pl.col(name).is_in(contexts).fill_null(False) for name in ("user_context", "context")
    )


def _shown() -> pl.Expr:
    return pl.coalesce(*(_filled(name) for name in _PRESENTED), _filled("caller"), pl.lit(""))


def _called(chosen: FreeSwitch) -> pl.Expr:
    """Whom a call was for: as dialled by a caller from the network, as sent to the network for a user."""
    last = [_filled(name) for name in ("called", "destination_number", "sip_req_user")]
    return pl.coalesce(pl.when(_inbound(chosen)).then(_filled("first_called")), *last)


def _trunk() -> pl.Expr:
    """The gateway that the leg went out or came in by; of one that was bridged to the network, the first it was sent to.

    The leg that was sent knows its gateway, but comes in a batch of its own, if it is written at all (`log-b-leg`). What
    was dialled stands behind the gateway's name, and is not kept.
    """
    sent = pl.col("last_arg").str.extract(r"sofia/gateway/(?:[^/:,|]+::)?([^/,|]+)/")
    bridged = pl.when(pl.col("last_app") == "bridge").then(sent)
    return pl.coalesce(_filled("sip_gateway_name"), _filled("sip_gateway"), bridged)


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name))


def _private() -> pl.Expr:
    said = [
        pl.col(name).str.contains(_PRIVATE)
        for name in ("sip_Privacy", "sip_h_Privacy", "origination_privacy")
    ]
    party = pl.col("sip_Remote-Party-ID").str.contains(r"(?i)privacy=(full|uri)")
    return pl.any_horizontal(*said, party).fill_null(False)


def _address(name: str) -> pl.Expr:
    """The user of the first SIP address in a header, which may be an array of them."""
    return pl.col(name).str.extract(r"(?i)(?:sips?|tel):([^@;>|]+)")


def _decoded(legs: pl.DataFrame) -> pl.DataFrame:
    """Percent-encoded texts as they were; text that holds no percent sign costs a look."""
    texts = [name for name in legs.columns if name != "row"]
    encoded = legs.select(pl.col(texts).str.contains("%", literal=True).any()).row(0)
    columns = []
    for name, some in zip(texts, encoded, strict=True):
        if not some:
            continue
        if legs[name].str.contains(r"%(?:[0189a-fA-F]|7[fF])").any():
            distinct = legs[name].unique()
            plain = pl.Series([None if text is None else unquote(text) for text in distinct], dtype=pl.String)
            columns.append(pl.col(name).replace_strict(distinct, plain, return_dtype=pl.String))
        else:
            columns.append(pl.col(name).str.replace_many(_ESCAPES, _PLAIN))
    return legs.with_columns(columns)
