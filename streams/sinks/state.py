"""An alert state as sinks see it: the CloudEvent's bytes, and what is needed to deliver it once."""

from __future__ import annotations

import json
from dataclasses import dataclass


class Unreadable(ValueError):
    """A message on `alerts` that is no alert; the text says why, without quoting it."""


@dataclass(frozen=True, slots=True)
class State:
    """One state of an alert that is to be told.

    - `id`: the alert's id, the same in all its states
    - `sequence`: rises with each state of the alert; (id, sequence) is one state, wherever it is read
    - `value`: the CloudEvent, structured JSON, as it is on the topic
    - `partition`, `offset`: where on the topic it was read
    """

    id: str
    sequence: int
    value: bytes
    partition: int = 0
    offset: int = 0

    @property
    def key(self) -> str:
        """One word for (id, sequence), by which a receiver knows a state that it has already."""
        return f"{self.id}-{self.sequence}"

    @property
    def line(self) -> bytes:
        """The CloudEvent as one line, with its end. A line end within JSON is only white space."""
        return b" ".join(self.value.splitlines()) + b"\n"


def read(value: bytes | None, partition: int = 0, offset: int = 0) -> State:
    """The state in a message's value. Raises `Unreadable`."""
    if not value:
        raise Unreadable("empty")
    try:
        event = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json") from error
    if not isinstance(event, dict):
        raise Unreadable("not_an_object")
    identity, sequence = event.get("id"), event.get("sequence")
    # It becomes a header and a key: one that can't be would end the worker, and the next one, for good.
    if not isinstance(identity, str) or not identity or not (identity.isascii() and identity.isprintable()):
        raise Unreadable("no_id")
    try:
        return State(identity, int(sequence), value, partition, offset)
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable("no_sequence") from error
