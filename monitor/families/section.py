"""A part of a policy: what each of them is."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A part of a policy: closed to unknown keys, and not to be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Graded(Section):
    """One whose measure supports others from one value on (`supports`), and is strong from another (`strong`)."""

    @model_validator(mode="after")
    def _in_turn(self) -> Self:
        supports, strong = (getattr(self, name) for name in ("supports", "strong"))
        if strong < supports:
            raise ValueError("strong must be at least supports")
        return self
