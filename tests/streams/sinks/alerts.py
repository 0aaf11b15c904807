"""Alert states as the topic `alerts` holds them."""

from __future__ import annotations

import json

from streams.sinks import State
from streams.sinks.state import read


def message(id: str, sequence: int = 1, **data: object) -> bytes:
    """A CloudEvent as it is on the topic, with no more than every alert has."""
    event = {
        "specversion": "1.0",
        "id": id,
        "sequence": str(sequence),
        "source": "nummerwacht",
        "type": "nl.nummerwacht.alert.v1",
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event).encode()


def state(id: str, sequence: int = 1) -> State:
    return read(message(id, sequence))
