"""Who is told of alerts, besides the topic `alerts`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from monitor.config.duration import Duration
from monitor.settings.section import Section

#: Characters below which what is given is a password or a slip, and no key. What else is wrong with one its sink says.
_LEAST = 16


class _Sink(Section):
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        max_length=50,
        description="Its name in logs and metrics, and under which it's remembered what was delivered; a new name is told "
        "everything from the beginning of `alerts`.",
    )


class Webhook(_Sink):
    """Posts each state of an alert as a CloudEvent, signed, again and again until it is taken."""

    kind: Literal["webhook"] = Field(description="`webhook`")
    url: str = Field(
        pattern=r"^https?://[^\s/]+", description="Where to post. Evidence is confidential: use https."
    )
    secret: SecretStr | None = Field(
        None,
        description="Key of the signature (HMAC-SHA-256), so that the receiver knows who tells it: `whsec_` and 24 to 64 "
        "bytes in base64; two with a blank between while a key is changed.",
    )
    secret_file: Path | None = Field(None, description="A file that holds it; its line end is dropped.")
    timeout: Duration = Field(
        timedelta(seconds=10), description="For an answer: receivers should store first and work later."
    )
    attempts: int = Field(
        12,
        ge=1,
        description="How often one state of an alert is sent before it goes to `alerts.dead`: with a wait that doubles from a "
        "second up to backoff_most, some twenty minutes, as long as a receiver's maintenance. While a receiver is away four are "
        "tried at a time, and those that wait behind them are not counted.",
    )
    backoff_most: Duration = Field(
        timedelta(minutes=5),
        description="The longest wait between attempts, so that a receiver that is back is found soon.",
    )

    @field_validator("secret")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _LEAST:
            raise ValueError(
                "too short to be a secret: `whsec_` and 24 to 64 bytes in base64; make one with "
                "`echo whsec_$(openssl rand -base64 32)`"
            )
        return value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.secret is not None and self.secret_file is not None:
            raise ValueError("secret and secret_file exclude each other")
        if self.secret is None and self.secret_file is None:
            raise ValueError("evidence is never sent unsigned: give a secret or a secret_file")
        return self


class JsonLines(_Sink):
    """Appends each state of an alert to a file, one JSON object a line."""

    kind: Literal["jsonl"] = Field(description="`jsonl`")
    path: Path = Field(description="The file; made when absent, never cut.")


Sink = Annotated[Webhook | JsonLines, Field(discriminator="kind")]
