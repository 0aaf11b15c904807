"""The cluster: how to get in, and the topics on it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasGenerator, ConfigDict, Field, SecretStr, field_validator, model_validator

from monitor.config.duration import Duration
from monitor.settings.section import Section


class Security(Section):
    """How to get into the cluster, in the names that Kafka clients use (`sasl.mechanism: ...`)."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(alias=lambda name: name.replace("_", ".")),
        populate_by_name=True,
    )

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="As the broker's listener has it. PLAINTEXT is for one machine only."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="PLAIN shows the password to the broker, SCRAM does not; either wants SASL_SSL."
    )
    sasl_username: str | None = Field(None, description="The user for SASL.")
    sasl_password: SecretStr | None = Field(
        None, description="The user's password; better in the environment or in `sasl.password.file`."
    )
    sasl_password_file: Path | None = Field(
        None,
        description="A file that holds the password, as secret stores mount them; its line end is dropped.",
    )
    ssl_ca_location: Path | None = Field(
        None,
        description="The authority that signed the brokers' certificates (PEM); without it the system's.",
    )
    ssl_certificate_location: Path | None = Field(
        None, description="The worker's own certificate (PEM), for brokers with ssl.client.auth (mTLS)."
    )
    ssl_key_location: Path | None = Field(None, description="The private key of that certificate (PEM).")
    ssl_key_password: SecretStr | None = Field(None, description="What the private key is encrypted with.")
    ssl_key_password_file: Path | None = Field(None, description="A file that holds it.")
    ssl_endpoint_identification_algorithm: Literal["https", "none"] = Field(
        "https",
        description="`none` takes any name in the broker's certificate, and so anybody's who has one from the same "
        "authority; only for clusters reached through an address that no certificate names.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.security_protocol.startswith("SASL_"):
            for name in ("sasl_mechanism", "sasl_username"):
                if getattr(self, name) is None:
                    raise ValueError(
                        f"security.protocol {self.security_protocol} needs {name.replace('_', '.')}"
                    )
            if self.sasl_password is None and self.sasl_password_file is None:
                raise ValueError(
                    f"security.protocol {self.security_protocol} needs sasl.password or sasl.password.file"
                )
        else:
            self._idle(
                "sasl_",
                self.security_protocol.replace("PLAINTEXT", "SASL_PLAINTEXT").replace("SSL", "SASL_SSL"),
            )
        if not self.security_protocol.endswith("SSL"):
            self._idle("ssl_", "SASL_SSL" if "SASL" in self.security_protocol else "SSL")
        if (self.ssl_certificate_location is None) != (self.ssl_key_location is None):
            raise ValueError("ssl.certificate.location and ssl.key.location go together")
        if self.sasl_password is not None and self.sasl_password_file is not None:
            raise ValueError("sasl.password and sasl.password.file exclude each other")
        return self

    def _idle(self, prefix: str, wanted: str) -> None:
        """Refuse what would be ignored: who sets a password believes that it protects something."""
        for name in sorted(self.model_fields_set):
            if name.startswith(prefix):
                raise ValueError(
                    f"{name.replace('_', '.')} does nothing with security.protocol {self.security_protocol}; "
                    f"did you mean security.protocol {wanted}?"
                )


class Kafka(Section):
    """The cluster and the topics on it."""

    bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        description="Brokers to begin with, `host:port,host:port`; the others are learnt from them.",
    )
    security: Security = Field(default_factory=Security, description="How to get in.")
    topic_prefix: str = Field(
        "",
        pattern=r"^[a-zA-Z0-9._-]*$",
        max_length=100,
        description="Before the name of every topic and group but the feeds' own, so that several installations can "
        "share a cluster.",
    )
    partitions: int = Field(
        12,
        ge=1,
        le=1000,
        description="Of `calls`, and so of the state: the most workers that can share the judging. Organisations are "
        "dealt over them, so it can't be changed later without reading the history again.",
    )
    replication_factor: int = Field(
        3,
        ge=1,
        le=10,
        description="Copies of every topic: with 3, one broker may be lost while another is being maintained. "
        "1 for a cluster of one broker.",
    )
    calls_kept: Duration = Field(
        timedelta(days=14),
        description="Retention of `calls` and `cdr.rejected`, in whole days: of a part of one, all of it. State doesn't depend on it; it bounds how long all "
        "workers may be away, and how long an archive has to read them.",
    )
    alerts_kept: Duration = Field(
        timedelta(days=400),
        description="Retention of `alerts` and `alerts.dead`, in whole days as well: longer than a year, so that last year's season can be looked up.",
    )
    reference_topic: bool = Field(
        False,
        description="Whether what is known of organisations is read from the topic `reference` too, and followed while a "
        "worker runs; on the same key it counts before the `reference` file. See `nummerwacht reference`.",
    )
    session_timeout: Duration = Field(
        timedelta(seconds=45),
        description="Silence after which the group gives a worker's partitions to others: Kafka's own default. "
        "Shorter finds a dead worker sooner, and takes a slow one for dead.",
    )
    heartbeat: Duration = Field(
        timedelta(seconds=3),
        description="Between signs of life; at most a third of session_timeout, as Kafka advises.",
    )
    rebalance_timeout: Duration = Field(
        timedelta(seconds=60),
        description="For all workers of a group to finish what is under way when one comes or goes. A flush takes "
        "seconds; who needs longer loses its partitions and its work is done again.",
    )
    request_timeout: Duration = Field(
        timedelta(seconds=40),
        description="For an answer of a broker, before the request is sent again: Kafka's default. Members of a group wait for as long as "
        "`rebalance_timeout`, if that is more.",
    )

    @field_validator("bootstrap_servers", mode="before")
    @classmethod
    def _joined(cls, value: object) -> object:
        return ",".join(map(str, value)) if isinstance(value, list) else value

    @field_validator("bootstrap_servers")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for server in value.split(","):
            host, _, port = server.strip().rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) < 65536 or "/" in host:
                raise ValueError(f"{server.strip()!r} is no host:port")
        return value

    @model_validator(mode="after")
    def _alive(self) -> Self:
        if self.heartbeat * 3 > self.session_timeout:
            raise ValueError("heartbeat must be at most a third of session_timeout")
        return self
