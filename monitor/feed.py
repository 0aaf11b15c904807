"""A feed: one source of CDRs, and how its records are to be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Self

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from monitor.claim import Rule
from monitor.config.duration import Duration
from monitor.config.mistakes import did_you_mean, mistakes
from monitor.config.name import Name
from monitor.config.zone import Zone
from monitor.dialects import module


class Feed(BaseModel):
    """One source of CDRs: an operator's topic, its dialect, its time zone, its rules of attribution."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=100,
        description="Its name in metrics, alerts and evidence; it stays, since usage is kept under it.",
    )
    topic: str = Field(
        "", max_length=249, description="The Kafka topic it is read from; `cdr.` and its name when not given."
    )
    dialect: str = Field("canonical", description="How its records are written.")
    region: str = Field(
        "NL", description="The country in which its national numbers are meant (ISO 3166, two letters)."
    )
    zone: Zone = Field("Europe/Amsterdam", description="The time zone of its local times (IANA name).")
    values: Literal["one", "ndjson", "arrow"] = Field(
        "one",
        description="What a Kafka value holds: one record, lines of records, or an Arrow IPC stream of canonical columns. "
        "Arrow costs two thirds of one record each; lines of records spare the broker, hardly the worker.",
    )
    mapping: dict | Path | None = Field(
        None, description="For the dialect `mapping`: where its fields are, here or in a file of its own."
    )
    options: dict = Field(
        default_factory=dict, description="What its dialect can be told besides; see there."
    )
    attribution: list[Rule] = Field(
        default_factory=list,
        description="In order, for calls whose record names no organisation; the first that matches counts.",
    )
    organisation: Name | None = Field(
        None,
        description="Whose calls they are when no rule matches; else they are `unknown`.",
    )
    unnamed: Literal["together", "account", "trunk"] = Field(
        "together",
        description="What becomes of calls that nothing names. `together`: they are the bucket `unknown`, of which nothing is told. "
        "`account`, `trunk`: each account or trunk is judged as an organisation by itself, named after it; only where these are of "
        "firms, since a person who has one is judged as well.",
    )
    id_space: str = Field(
        "",
        description="Calls with one id within one space are one call. By default each feed is its own; two topics that "
        "carry the same calls share one. They have one history, so of a topic that brings others too these would seem new. "
        "They must say the same of a call, its organisation too: of two that differ the first to be read counts, and of two organisations both.",
    )
    earliest: datetime = Field(
        datetime(2020, 1, 1, tzinfo=UTC),
        description="Calls before it are absurd: switches that lost their clock say 1970, 2000, or the day their firmware was "
        "made. A single one that counted would begin a history of that many years. Older than any verdict looks back.",
    )
    future_tolerance: Duration = Field(
        timedelta(days=2),
        description="How far after its arrival a call may have begun: clocks and zones are wrong by hours. More would "
        "move event time on for everybody.",
    )
    max_value_bytes: int = Field(
        1024**2, ge=1, description="Larger values are not parsed: a CDR has a few thousand bytes at most."
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("name"), str):
            data = {"topic": f"cdr.{data['name']}", "id_space": data["name"], **data}
        return data

    @model_validator(mode="after")
    def _readable(self) -> Self:
        """Whether its dialect exists and takes its options; a mapping in a file is read by its path (`of_file`)."""
        try:
            found = module(self.dialect)
        except KeyError as error:
            known = error.args[1:]
            raise ValueError(
                f"no dialect is called {self.dialect!r}{did_you_mean(self.dialect, known)}"
            ) from None
        if (self.mapping is None) == (self.dialect == "mapping"):
            raise ValueError("`mapping` goes with `dialect: mapping`, which needs it")
        said: list[tuple[str, type[BaseModel], object]] = [("options", found.OPTIONS, self.options)]
        if isinstance(self.mapping, dict):
            said.append(("mapping", found.Mapping, self.mapping))
        for name, model, data in said:
            try:
                model.model_validate(data)
            except ValidationError as error:
                flaws = "; ".join(map(str, mistakes(error, model, data)))
                raise ValueError(f"{name}: {flaws}") from None
        return self

    @field_validator("region")
    @classmethod
    def _known(cls, value: str) -> str:
        if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"{value!r} is no country with a numbering plan")
        return value.upper()

    @field_validator("earliest")
    @classmethod
    def _with_zone(cls, value: datetime) -> datetime:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
