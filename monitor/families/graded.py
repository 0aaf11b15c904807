"""A part of a policy whose measure is graded."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from monitor.config.closed import Closed


class Graded(Closed):
    """One whose measure supports others from one value on (`supports`), and is strong from another (`strong`)."""

    @model_validator(mode="after")
    def _in_turn(self) -> Self:
        supports, strong = (getattr(self, name) for name in ("supports", "strong"))
        if strong < supports:
            raise ValueError("strong must be at least supports")
        return self
