"""Reference: what is known of organisations from elsewhere, as a file or a topic tells it.

The class an organisation has before the law, exemptions that were granted, and events that were
declared beforehand: a merger, a port, a renumbering. A declared event is one step, over which
tenure carries; what is not declared is judged as it looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor.mistakes import mistakes, no_yaml
from monitor.policy import Class
from monitor.usage import EPOCH


class WrongReference(ValueError):
    """The reference can't be used; the text says where and why, one mistake a line."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Organisation(_Part):
    """What is known of one organisation."""

    of_class: Class = Field("commercial", alias="class", description="What it is before the law.")
    name: str | None = Field(None, description="As a letter would write it.")


class Exemption(_Part):
    """Rules that do not apply to an organisation for a time."""

    organisation: str
    rules: frozenset[str] = Field(description="Kinds of rules, for instance anonymous_calls.")
    since: date = Field(date(1970, 1, 2), alias="from")
    until: date | None = None
    reason: str = Field(description="Who granted it, and why.")

    def holds_on(self, day: int) -> bool:
        return (self.since - EPOCH).days <= day and (self.until is None or day <= (self.until - EPOCH).days)


class Declaration(_Part):
    """An event that explains a change of numbers or of organisation."""

    event: Literal["merger", "porting", "renumbering"]
    on: date = Field(description="The day on which it takes effect; a fortnight around it is allowed for.")
    organisation: str = Field(description="The organisation whose numbers change, or that goes on.")
    formerly: frozenset[str] = Field(
        frozenset(), description="Organisations whose numbers it took over: their tenure carries over."
    )

    @property
    def day(self) -> int:
        return (self.on - EPOCH).days


#: The class of organisations that are not named: it has most duties.
UNNAMED = "commercial"


class Reference(_Part):
    """All that was told beforehand."""

    organisations: Mapping[str, Organisation] = Field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    declarations: tuple[Declaration, ...] = ()

    def class_of(self, organisation: str) -> str:
        """The class of an organisation."""
        known = self.organisations.get(organisation)
        return known.of_class if known else UNNAMED

    @classmethod
    def load(cls, source: str | Mapping | None) -> Reference:
        """A reference from the text of a YAML or JSON file, or from plain data. Raises `WrongReference`."""
        data = source
        if isinstance(source, str):
            try:
                data = _spelled(yaml.safe_load(source))
            except yaml.YAMLError as error:
                raise WrongReference(str(no_yaml(error))) from error
        try:
            return cls.model_validate(data or {})
        except ValidationError as error:
            raise WrongReference("\n".join(map(str, mistakes(error, cls, data)))) from error


def _spelled(data: object) -> object:
    """Plain data whose keys are as they were written: YAML 1.1 reads the word `on` as true."""
    if isinstance(data, list):
        return [_spelled(item) for item in data]
    if isinstance(data, dict):
        return {"on" if key is True else key: _spelled(value) for key, value in data.items()}
    return data
