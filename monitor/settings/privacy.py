"""The key of the pseudonyms."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from monitor.settings.section import Section

#: Bytes of a pseudonym key: fewer could be guessed by trying, and all phone numbers with it.
KEY_BYTES = 32


class MissingKey(ValueError):
    """Called numbers would have to be written in clear."""


class Privacy(Section):
    """The key under which called numbers become pseudonyms. Whoever has it can undo them."""

    key: SecretStr | None = Field(
        None,
        description="The secret, at least 32 characters (`openssl rand -hex 32`). It belongs in the environment or in "
        "`key_file`, not in this file. All workers of an installation share one.",
    )
    key_file: Path | None = Field(None, description="A file that holds the key; its line end is dropped.")
    key_id: str = Field(
        "1",
        min_length=1,
        max_length=32,
        description="The name of the key, which `check` says. A new key makes new pseudonyms: whoever was called before looks new for "
        "about a month. Change it on all workers at once: under two keys a person is two. `nummerwacht_pseudonym_key_info` says "
        "which key a worker has, and the alerting rule PseudonymKeysDiffer when two have different ones.",
    )
    demo: bool = Field(
        False,
        description="Allow to run without a key, under a random one that is forgotten at the end. For invented traffic.",
    )

    @field_validator("key")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < KEY_BYTES:
            raise ValueError(
                f"too short to be a secret: at least {KEY_BYTES} characters; make one with `openssl rand -hex 32`"
            )
        return value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.key is not None and self.key_file is not None:
            raise ValueError("key and key_file exclude each other")
        return self

    def secret(self) -> bytes:
        """The key. Raises `MissingKey` when there is none: the caller must not begin."""
        if self.key is None:
            raise MissingKey(
                "privacy.key: no key, and without one called numbers can't be pseudonymised. Make one with "
                "`openssl rand -hex 32` and give it as NUMMERWACHT_PRIVACY__KEY or in a file named by privacy.key_file"
            )
        return self.key.get_secret_value().encode()
