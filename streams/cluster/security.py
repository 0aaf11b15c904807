"""Getting into the cluster: the settings, named as Kafka clients name them, as aiokafka and Faust want them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import faust
from faust.types.auth import CredentialsT
from pydantic import SecretStr

from monitor.config.mistakes import Mistake
from monitor.settings import Kafka, Security
from streams.config import ConfigError


def connection(kafka: Kafka) -> dict[str, object]:
    """Keyword arguments that every aiokafka client takes: where the cluster is, how long it may take, and how to get in.

    Raises `ConfigError` when a certificate or a key can't be used.
    """
    return {
        "bootstrap_servers": [server.strip() for server in kafka.bootstrap_servers.split(",")],
        "request_timeout_ms": int(kafka.request_timeout.total_seconds() * 1000),
        **_way_in(kafka.security),
    }


def credentials(security: Security) -> CredentialsT | None:
    """The same for a Faust app (`broker_credentials`); None where the cluster is open."""
    context = _context(security)
    if security.security_protocol.startswith("SASL_"):
        return faust.SASLCredentials(
            mechanism=security.sasl_mechanism,
            username=security.sasl_username,
            password=_said(security.sasl_password),
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


def _way_in(security: Security) -> dict[str, object]:
    arguments: dict[str, object] = {"security_protocol": security.security_protocol}
    if security.security_protocol.startswith("SASL_"):
        arguments |= {
            "sasl_mechanism": security.sasl_mechanism,
            "sasl_plain_username": security.sasl_username,
            "sasl_plain_password": _said(security.sasl_password),
        }
    context = _context(security)
    return arguments | ({"ssl_context": context} if context else {})


def _context(security: Security) -> ssl.SSLContext | None:
    if not security.security_protocol.endswith("SSL"):
        return None
    with _named("ssl.ca.location", security.ssl_ca_location, "no certificate in PEM"):
        context = ssl.create_default_context(cafile=security.ssl_ca_location)
    if security.ssl_certificate_location is not None:
        for name, path in (
            ("ssl.certificate.location", security.ssl_certificate_location),
            ("ssl.key.location", security.ssl_key_location),
        ):
            with _named(name, path, "unreadable"):
                path.open("rb").close()
        with _named(
            "ssl.key.location",
            security.ssl_key_location,
            "not the key of that certificate, no PEM, or locked",
        ):
            # Without a password OpenSSL would ask the terminal for it, and a worker would hang.
            password = _said(security.ssl_key_password) or ""
            context.load_cert_chain(security.ssl_certificate_location, security.ssl_key_location, password)
    if security.ssl_endpoint_identification_algorithm == "none":
        context.check_hostname = False
    return context


@contextmanager
def _named(setting: str, path: Path | None, otherwise: str) -> Iterator[None]:
    """OpenSSL says "no such file", or less, and not of which file."""
    try:
        yield
    except OSError as error:  # ssl.SSLError is one; its texts name sources of OpenSSL
        why = otherwise if isinstance(error, ssl.SSLError) else f"can't be read: {error.strerror}"
        flaw = Mistake(f"kafka.security.{setting}", f"{path}: {why}")
        raise ConfigError("the way into the cluster", [flaw]) from None


def _said(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
