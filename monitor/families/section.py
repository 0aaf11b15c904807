"""A part of a policy: what each of them is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of a policy: closed to unknown keys, and not to be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
