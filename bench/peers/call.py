"""A canonical call for the peers in Python: read and checked by msgspec, packed for the topic by organisation."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Annotated, Literal

import msgspec

Number = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9]\d{3,14}$")]


class Call(msgspec.Struct, gc=False):
    call_id: str
    started_at: datetime
    presented_number: Number | None
    called_number: Number
    organisation: str
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    direction: Literal["outbound", "inbound"] = "outbound"
    network_number: Number | None = None
    presentation: Literal["allowed", "restricted", "unavailable"] = "allowed"
    account: str | None = None
    trunk: str | None = None
    bureau: str | None = None


#: Bytes to a Call. Raises `msgspec.MsgspecError` (`DecodeError`, `ValidationError`).
read = msgspec.json.Decoder(Call).decode
#: A call on the topic by organisation: its start in µs since 1970 and whether it was answered; then its number.
use = struct.Struct(">q?")
#: Usage as it is kept: calls, answered, first, last.
usage = struct.Struct(">qqqq")


def packed(call: Call) -> bytes:
    """The use of a number by this call."""
    # A float of seconds is good to a quarter of a microsecond until 2100.
    micros = round(call.started_at.timestamp() * 1e6)
    return use.pack(micros, call.answered_at is not None) + (call.presented_number or "").encode()
