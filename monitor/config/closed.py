"""A closed form: what files and feeds say, and what is told, has no keys but those that are known."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Closed(BaseModel):
    """A form that is closed to unknown keys, and not to be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
