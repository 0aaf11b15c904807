"""The core of the job in Faust as most would write it: a pydantic model, a topic by organisation, a table.

`faust -A bench.peers.faust_plain worker`; settings are Faust's defaults.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated, Literal

import faust
from pydantic import BaseModel, StringConstraints, ValidationError

from bench.peers import tell

Number = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{3,14}$")]


class Call(BaseModel):
    call_id: str
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    direction: Literal["outbound", "inbound"] = "outbound"
    presented_number: Number | None
    network_number: Number | None = None
    presentation: Literal["allowed", "restricted", "unavailable"] = "allowed"
    called_number: Number
    organisation: str
    account: str | None = None
    trunk: str | None = None
    bureau: str | None = None


app = faust.App(
    tell.told("app"),
    broker=f"kafka://{tell.told('bootstrap')}",
    datadir=tell.told("folder"),
    topic_partitions=int(os.environ["PEER_PARTITIONS"]),
    # The one setting that is not a default of Faust: one replica, since there is one broker.
    topic_replication_factor=1,
)
cdrs = app.topic(tell.told("topic"), value_type=bytes, value_serializer="raw")
by_organisation = app.topic(tell.told("second"), key_type=str, value_type=bytes, value_serializer="raw")
usage = app.Table("usage", default=dict)
read = counted = rejected = 0


@app.agent(cdrs)
async def parse(stream):
    global read, rejected
    async for value in stream:
        read += 1
        try:
            call = Call.model_validate_json(value)
        except ValidationError:
            rejected += 1
            continue
        await by_organisation.send(key=call.organisation, value=call.model_dump_json())


@app.agent(by_organisation)
async def count(stream):
    global counted
    async for value in stream:
        call = Call.model_validate_json(value)
        key = f"{call.organisation}|{call.presented_number}"
        used, started = usage[key], call.started_at.isoformat()
        usage[key] = {
            "calls": used.get("calls", 0) + 1,
            "answered": used.get("answered", 0) + (call.answered_at is not None),
            "first_use": min(used.get("first_use", started), started),
            "last_use": max(used.get("last_use", started), started),
        }
        counted += 1


def _micros(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def _end() -> None:
    state = [
        tell.Kept(used["calls"], used["answered"], _micros(used["first_use"]), _micros(used["last_use"]))
        for used in usage.values()
    ]
    tell.kept(state, rejected)
    os._exit(0)  # the count is done and told; Faust's own shutdown would wait for its group


tell.counts(lambda: (read, counted))
tell.when_asked(_end)
