"""The settings of a worker: one tree of models, each value with the reason for it.

Pure: a `Settings` is made from plain data. `streams/config.py` reads the file, the environment and
the files with secrets. Unknown keys are an error everywhere; `mistakes.py` says it in words.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from monitor.duration import Duration
from monitor.feed import Feed

#: Bytes of a pseudonym key: fewer could be guessed by trying, and all phone numbers with it.
KEY_BYTES = 32


class MissingKey(ValueError):
    """Called numbers would have to be written in clear."""


class Section(BaseModel):
    """A part of the settings: closed to unknown keys, and not to be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)


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
        description="Retention of `calls` and `cdr.rejected`. State doesn't depend on it; it bounds how long all "
        "workers may be away, and what an archive has to read them.",
    )
    alerts_kept: Duration = Field(
        timedelta(days=400),
        description="Retention of `alerts`: longer than a year, so that last year's season can be looked up.",
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
        description="For an answer of a broker, before the request is sent again: Kafka's default.",
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
        description="The name of the key. A new key makes new pseudonyms, so give it a new name: what was counted "
        "under another is then never mixed with it.",
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


class Time(Section):
    """When a day is over, and how long calls are remembered one by one."""

    grace: Duration = Field(
        timedelta(hours=24),
        description="After the end of a day, in event time, before it is judged: for records that come late. What comes "
        "later still counts, but may change a verdict that was told. Operators' batches are hours late, seldom a day.",
    )
    repeats: Duration = Field(
        timedelta(days=7),
        ge=timedelta(hours=1),
        description="How long after a call its repeats are recognised; older calls are dropped, and counted as such. "
        "A week covers a file sent again after a weekend; each day costs 8 bytes a call on disk and in memory.",
    )
    idle: Duration = Field(
        timedelta(seconds=30),
        description="After this long without a record, a feed's partition that was read to its end no longer holds "
        "event time back. Longer than a broker's hiccup, shorter than anybody's patience.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.repeats < self.grace:
            raise ValueError(
                "repeats must be at least as long as grace, or late calls would be dropped before they count"
            )
        return self


class Flush(Section):
    """When what was collected moves on. Small is soon, large is cheap."""

    interval: Duration = Field(
        timedelta(seconds=1),
        ge=timedelta(milliseconds=10),
        description="Between merges into the state while the stream is live: most of the time from a call to its alert.",
    )
    share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Of the time, for the merges of a partition, at most: a worker that is busy merges seldom, and so "
        "much at once. A merge has a cost of its own of some 6 ms, which a second's calls of a quiet stream do not repay.",
    )
    bytes: int = Field(
        8 * 1024**2,
        ge=1024,
        description="Packed slices that wait for a merge of one partition, at most: about a quarter of a million calls. "
        "A merge combines calls of the same number, so when catching up a large one costs a fraction a call; beyond "
        "this nothing is gained, and it takes some hundred MB.",
    )


class Worker(Section):
    """One process: where it keeps its state, where it is looked at, how much it may hold."""

    datadir: Path = Field(
        Path("nummerwacht-data"),
        description="Folder of this worker's state; one a worker, since RocksDB locks it. What is lost here is read "
        "back from the changelog.",
    )
    http_host: str = Field(
        "127.0.0.1",
        description="Address of /metrics, /healthz and /readyz. They name feeds, never numbers, but have no log-in.",
    )
    http_port: int = Field(6066, ge=0, le=65535, description="Port of the same; 0 takes a free one.")
    group: str = Field(
        "ingest",
        pattern=r"^[a-zA-Z0-9._-]+$",
        description="Group of the workers that share the reading of the feeds, after the prefix. Another name reads every "
        "feed from its beginning.",
    )
    fetch_records: int = Field(
        40_000,
        ge=1,
        description="Records of a batch, about: no more partitions are added when there are so many. Enough to make "
        "columns pay when each batch is dealt over all partitions of `calls`; at 300 bytes about 12 MB.",
    )
    fetch_bytes: int = Field(
        50 * 1024**2,
        ge=1024,
        description="Bytes of an answer of a broker, at most (fetch.max.bytes): Kafka's default. A batch has about half "
        "of it at most. Bounds memory when values are large.",
    )
    stuck_after: Duration = Field(
        timedelta(minutes=5),
        ge=timedelta(seconds=10),
        description="Without any movement while records wait, before the watchdog starts the worker again. Longer than a "
        "broker takes to come back or a rebalance to end: a new start would only delay those.",
    )
    queue: int = Field(
        2,
        ge=1,
        le=1000,
        description="Batches read ahead of the parser: keeps it busy during a fetch; each holds a poll in memory.",
    )


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
        min_length=16,
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
        description="Before an alert goes to `alerts.dead`: with a wait that doubles from a second up to backoff_most, "
        "about half an hour, as long as a receiver's maintenance.",
    )
    backoff_most: Duration = Field(
        timedelta(minutes=5),
        description="The longest wait between attempts, so that a receiver that is back is found soon.",
    )

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


class Telemetry(Section):
    """What a worker says of itself."""

    log_format: Literal["keyvalue", "json"] = Field(
        "keyvalue",
        description="`keyvalue` for people, `json` for machines; numbers of seven digits are masked in both.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="`debug` shows each flush; libraries stay at warning, since their debug records cost 16 % of a core.",
    )
    organisation_labels: bool = Field(
        False,
        description="Name organisations in metrics: whoever sees the metrics then sees who is suspected. An alert is "
        "confidential until somebody decided on it.",
    )


class Settings(Section):
    """All of it."""

    kafka: Kafka = Field(default_factory=Kafka, description="The cluster and the topics on it.")
    feeds: list[Feed] = Field(default_factory=list, description="Sources of CDRs, each a topic in a dialect.")
    privacy: Privacy = Field(default_factory=Privacy, description="The key of the pseudonyms.")
    policy: str = Field(
        "nl",
        description="Terms and thresholds: the name of a profile that comes along, or a path to a policy file.",
    )
    reference: Path | None = Field(
        None,
        description="File of what is known of organisations: classes, number ranges, declared steps. Without it every "
        "organisation is commercial and nothing is declared.",
    )
    time: Time = Field(default_factory=Time, description="When a day is over.")
    flush: Flush = Field(default_factory=Flush, description="When what was collected moves on.")
    worker: Worker = Field(default_factory=Worker, description="One process.")
    sinks: list[Sink] = Field(
        default_factory=list, description="Who is told of alerts, besides the topic `alerts`."
    )
    telemetry: Telemetry = Field(default_factory=Telemetry, description="What a worker says of itself.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for what, names in (
            ("feeds: the name", [feed.name for feed in self.feeds]),
            ("feeds: the topic", [feed.topic for feed in self.feeds]),
            ("sinks: the name", [sink.name for sink in self.sinks]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{what} {name!r} is given twice")
        return self
