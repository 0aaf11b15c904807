"""The ways into a cluster, tried on a real Apache Kafka that lets nobody else in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import polars as pl
import pytest
from aiokafka.errors import KafkaError

from monitor.settings import Kafka
from streams.cluster import provision
from streams.cluster.embedded import free_port
from streams.topics import Topic
from tests.brokers.apache import ApacheKafka
from tests.field.field import Field
from tests.field.traffic import calls, delivered_as_replayed, values

pytestmark = pytest.mark.kafka
_PASSWORD = "not-a-secret"


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a broker's key store and a client's certificate."""
    home = tmp_path_factory.mktemp("pki")

    def path(name: str) -> str:
        return str(home / name)

    _run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority",
         "-keyout", path("ca.key"), "-out", path("ca.pem"))  # fmt: skip
    for who in ("broker", "client"):
        (home / f"{who}.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        _run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={who}", "-keyout", path(f"{who}.key"),
             "-out", path(f"{who}.csr"))  # fmt: skip
        _run("openssl", "x509", "-req", "-in", path(f"{who}.csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"),
             "-CAcreateserial", "-days", "2", "-extfile", path(f"{who}.ext"), "-out", path(f"{who}.pem"))  # fmt: skip
    _run("openssl", "pkcs12", "-export", "-in", path("broker.pem"), "-inkey", path("broker.key"), "-out",
         path("broker.p12"), "-password", f"pass:{_PASSWORD}")  # fmt: skip
    return home


@pytest.fixture(scope="module")
def secured(pki: Path, tmp_path_factory: pytest.TempPathFactory):
    """A broker with a listener for each way in."""
    ports = {name: free_port() for name in ("SASL_PLAINTEXT", "SASL_SSL", "SSL")}
    inner, controller = free_port(), free_port()
    login = "org.apache.kafka.common.security.{} required"
    users = f'{login.format("plain.PlainLoginModule")} username="admin" password="{_PASSWORD}" user_plain="{_PASSWORD}";'
    extra = {
        "listeners": f"PLAINTEXT://127.0.0.1:{inner},CONTROLLER://127.0.0.1:{controller},"
        + ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items()),
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{inner},"
        + ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items()),
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "ssl.keystore.location": str(pki / "broker.p12"),
        "ssl.keystore.type": "PKCS12",
        "ssl.keystore.password": _PASSWORD,
        "ssl.key.password": _PASSWORD,
        "ssl.truststore.location": str(pki / "ca.pem"),
        "ssl.truststore.type": "PEM",
        "listener.name.ssl.ssl.client.auth": "required",
        "scram.users": f"SCRAM-SHA-256=[name=scram,password={_PASSWORD}]|SCRAM-SHA-512=[name=scram,password={_PASSWORD}]",
    }
    for name in ("sasl_plaintext", "sasl_ssl"):
        extra[f"listener.name.{name}.plain.sasl.jaas.config"] = users
        for mechanism in ("scram-sha-256", "scram-sha-512"):
            extra[f"listener.name.{name}.{mechanism}.sasl.jaas.config"] = (
                login.format("scram.ScramLoginModule") + ";"
            )
    broker = ApacheKafka(tmp_path_factory.mktemp("secured"), extra)
    broker.bootstrap = f"127.0.0.1:{inner}"
    with broker:
        yield ports | {"PLAINTEXT": inner}


def _kafka(port: int, **security: object) -> Kafka:
    return Kafka.model_validate(
        {
            "bootstrap_servers": f"127.0.0.1:{port}",
            "replication_factor": 1,
            "request_timeout": "5s",
            "security": security,
        }
    )


def _ways(pki: Path) -> dict[str, dict[str, object]]:
    plain = {"sasl.mechanism": "PLAIN", "sasl.username": "plain", "sasl.password": _PASSWORD}
    scram = {"sasl.username": "scram", "sasl.password": _PASSWORD}
    trust = {"ssl.ca.location": str(pki / "ca.pem")}
    return {
        "PLAIN": {"security.protocol": "SASL_PLAINTEXT", **plain},
        "SCRAM-256": {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256", **scram},
        "SCRAM-512 over TLS": {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            **scram,
            **trust,
        },
        "a certificate": {
            "security.protocol": "SSL",
            "ssl.certificate.location": str(pki / "client.pem"),
            "ssl.key.location": str(pki / "client.key"),
            **trust,
        },
    }


@pytest.mark.parametrize("way", ["PLAIN", "SCRAM-256", "SCRAM-512 over TLS", "a certificate"])
async def test_each_way_in_works_by_kafkas_own_names(way: str, secured: dict[str, int], pki: Path) -> None:
    """A topic can be made and found through it."""
    security = _ways(pki)[way]
    kafka = _kafka(secured[security["security.protocol"]], **security)
    topic = Topic(f"by-{way.replace(' ', '-')}", 1, "")

    await provision.make(kafka, [topic])

    assert (await provision.find(kafka, [topic]))[0].partitions == 1


@pytest.mark.parametrize("way", ["PLAIN", "SCRAM-256"])
async def test_a_wrong_password_is_refused_and_said(way: str, secured: dict[str, int], pki: Path) -> None:
    """It ends with an error that names the cluster and says that it is the login, and does not wait for ever."""
    security = _ways(pki)[way] | {"sasl.password": "wrong"}
    with pytest.raises(provision.Unreachable, match=r"127\.0\.0\.1.*(?i:authentication)"):
        await provision.find(_kafka(secured["SASL_PLAINTEXT"], **security), [Topic("x", 1, "")])


async def test_without_a_certificate_nobody_gets_in(secured: dict[str, int], pki: Path) -> None:
    """A listener that asks for certificates refuses a client without one."""
    security = {"security.protocol": "SSL", "ssl.ca.location": str(pki / "ca.pem")}
    with pytest.raises((provision.Unreachable, KafkaError)):
        await provision.find(_kafka(secured["SSL"], **security), [Topic("x", 1, "")])


@pytest.mark.parametrize("way", ["SCRAM-512 over TLS", "a certificate"])
async def test_a_whole_worker_works_through_it(
    way: str, secured: dict[str, int], pki: Path, prefix: str, tmp_path: Path
) -> None:
    """Faust, fetch, the producers, the watchdog and a sink all get in: alerts are as in a replay, and delivered."""
    security, delivered = _ways(pki)[way], tmp_path / "told.jsonl"
    field = await Field(
        f"127.0.0.1:{secured['PLAINTEXT']}", prefix, tmp_path,
        more={
            "kafka": {
                "bootstrap_servers": f"127.0.0.1:{secured[security['security.protocol']]}",
                "security": security,
            },
            "sinks": [{"kind": "jsonl", "name": "file", "path": str(delivered)}],
        },
    ).make()  # fmt: skip
    sent = values(calls("small", days=45).with_columns(feed=pl.lit("alfa")))
    try:
        field.start(1)
        state = await field.settled(await field.send(sent))
        events = await field.alerts()
        field.stop(1)
    finally:
        field.end()
    delivered_as_replayed(field, sent, state, events, delivered.read_text().splitlines())
