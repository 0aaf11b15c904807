"""A real Apache Kafka (KRaft, one node) for tests, faults and bench: fetched by Maven, loopback only.

It can be killed and started again on the same port with the same data, as brokers are in the field.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from streams.cluster.embedded import free_port

ROOT = Path(__file__).resolve().parents[2]
_JARS = ROOT / ".cache" / "kafka"
_POM = Path(__file__).with_name("pom.xml")
#: Seconds: a format takes 2.5, a start 5 on an idle machine.
_START_SECONDS = 300.0
_FETCH_SECONDS = 600.0


class NoKafka(RuntimeError):
    """Kafka can't be fetched or started. Never a skip: who asks for Kafka wants it tried."""


def jars() -> Path:
    """The folder of Kafka's jars, fetched once. Raises `NoKafka`."""
    done = _JARS / ".fetched"
    if done.exists() and done.read_text() == _POM.read_text():
        return _JARS
    if not shutil.which("mvn") or not shutil.which("java"):
        raise NoKafka("Apache Kafka needs Java 17 and Maven: apt-get install openjdk-17-jdk-headless maven")
    _JARS.mkdir(parents=True, exist_ok=True)
    command = [
        "mvn",
        "-q",
        "-B",
        "-f",
        str(_POM),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={_JARS}",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS)
    if ran.returncode:
        raise NoKafka(f"Maven could not fetch Kafka:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    done.write_text(_POM.read_text())
    return _JARS


class ApacheKafka:
    """One node. `bootstrap` is its address; `extra` are further lines of server.properties."""

    def __init__(
        self,
        folder: Path,
        extra: Mapping[str, str] | None = None,
        heap: str = "512m",
        *,
        plain: bool = False,
    ) -> None:
        """plain: `extra` is the whole of server.properties."""
        self.folder = folder
        self._heap = heap
        self.port, self._controller = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._process: subprocess.Popen | None = None
        self._properties = folder / "server.properties"
        properties = dict(extra or {}) if plain else self._defaults() | dict(extra or {})
        self._format(properties)

    def _defaults(self) -> dict[str, str]:
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self._controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
            "SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "5",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            # Members of a group may join at once: tests start theirs one after the other.
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
            "group.min.session.timeout.ms": "1000",
        }

    def _format(self, properties: dict[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        scram = properties.pop("scram.users", "")
        self._properties.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        (self.folder / "log4j2.yaml").write_text(
            "Configuration:\n  status: error\n  Loggers:\n    Root:\n      level: error\n"
        )
        scrams = [word for user in scram.split("|") if user for word in ("--add-scram", user)]
        self._java(
            "kafka.tools.StorageTool", "format", "--cluster-id",
            "bnVtbWVyd2FjaHQtdGVzdA", "--config", str(self._properties), *scrams,
        )  # fmt: skip

    def _command(self, main: str, *arguments: str) -> list[str]:
        options = [
            f"-Xmx{self._heap}",
            "-XX:+UseSerialGC",
            f"-Dlog4j2.configurationFile={self.folder / 'log4j2.yaml'}",
        ]
        return ["java", *options, "-cp", f"{jars()}/*", main, *arguments]

    def _java(self, main: str, *arguments: str) -> None:
        ran = subprocess.run(self._command(main, *arguments), capture_output=True, text=True, timeout=120)
        if ran.returncode:
            raise NoKafka(f"{main}: {ran.stdout[-1500:]}{ran.stderr[-1500:]}")

    def start(self) -> ApacheKafka:
        """Start it, and wait until it answers and leads its own partitions."""
        log = (self.folder / "kafka.log").open("ab")
        self._process = subprocess.Popen(
            self._command("kafka.Kafka", str(self._properties)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        asyncio.run(self._ready()) if not _in_loop() else None
        return self

    async def started(self) -> ApacheKafka:
        """The same within a running loop."""
        self.start()
        await self._ready()
        return self

    async def _ready(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise NoKafka(f"Kafka ended at its start: {(self.folder / 'kafka.log').read_text()[-2000:]}")
            if not await _listens(self.bootstrap):  # before that a client would log each try as an error
                await asyncio.sleep(0.3)
                continue
            admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=3000)
            try:
                await admin.start()
                await admin.list_topics()
                await admin.close()
                return
            except Exception:  # whatever a broker that is not there yet makes the client raise
                await admin.close()
                await asyncio.sleep(0.3)
        raise NoKafka(f"Kafka does not answer on {self.bootstrap}")

    def stop(self) -> None:
        """Shut it down in order; its data stay."""
        self._end(kill=False)

    def kill(self) -> None:
        """kill -9."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill() if kill else process.terminate()
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> ApacheKafka:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


async def _listens(bootstrap: str) -> bool:
    host, _, port = bootstrap.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    return True


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
