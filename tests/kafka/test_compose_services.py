"""The services of docker-compose.yml, run by hand with the same files, environment and command lines.

What differs is where things are: the name `kafka`, the ports, and the folders of data.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from monitor.config.duration import parse
from streams.cluster.embedded import free_port
from tests.brokers.apache import ROOT, ApacheKafka

pytestmark = pytest.mark.kafka
_SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
#: Seconds that Docker gives a worker to end.
_GRACE = parse(_SERVICES["worker-1"]["stop_grace_period"]).total_seconds()
#: The file on the volume that the workers share.
_ALERTS = "alerts.jsonl"
_MOUNTED = "/etc/nummerwacht/nummerwacht.yml"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ApacheKafka]:
    """Kafka with the properties that its container is given."""
    inner, controller = free_port(), free_port()
    lines = (ROOT / "deploy/kafka/server.properties").read_text("utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    moved = {
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{inner},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{inner}",
        "log.dirs": str(tmp_path / "kafka" / "data"),
    }
    assert moved.keys() <= given.keys()
    kafka = ApacheKafka(tmp_path / "kafka", given | moved, plain=True)
    kafka.bootstrap = f"127.0.0.1:{inner}"
    with kafka:
        yield kafka


class _Service:
    """One of our containers as a process."""

    def __init__(self, name: str, broker: ApacheKafka, folder: Path) -> None:
        self.port = free_port()
        folder.mkdir(exist_ok=True)
        self._log = folder / f"{name}.log"
        given = {
            key: value.partition(":-")[2].rstrip("}") if value.startswith("${") else value
            for key, value in _SERVICES[name]["environment"].items()
        }
        moved = {
            "NUMMERWACHT_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap,
            "NUMMERWACHT_WORKER__DATADIR": str(folder / name),
            "NUMMERWACHT_WORKER__HTTP_HOST": "127.0.0.1",
            "NUMMERWACHT_WORKER__HTTP_PORT": str(self.port),
            "NUMMERWACHT_SINKS__0__PATH": str(folder / _ALERTS),
        }
        command = _SERVICES[name].get("command", ["worker", _MOUNTED])
        mounted = str(ROOT / "deploy/nummerwacht/nummerwacht.yml")
        arguments = [mounted if word == _MOUNTED else word for word in command]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streams", *arguments],
                env=os.environ | given | moved, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def log(self) -> str:
        return self._log.read_text()[-3000:]

    def samples(self, name: str) -> list:
        """The samples of a metric, none while nothing listens yet."""
        assert self.process.poll() is None, self.log()
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
                families = list(text_string_to_metric_families(answer.read().decode()))
        except OSError:
            return []
        return [sample for family in families for sample in family.samples if sample.name == name]

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def test_topics_workers_and_traffic_work_together(broker: ApacheKafka, tmp_path: Path) -> None:
    """The topics are made, both workers take partitions, and the alerts of the traffic are in their file."""
    topics = _Service("topics", broker, tmp_path)
    assert topics.process.wait(300) == 0, topics.log()

    running = [_Service(name, broker, tmp_path) for name in ("worker-1", "worker-2")]
    try:
        until = time.monotonic() + 300
        while not all(worker.samples("nummerwacht_build_info") for worker in running):
            assert time.monotonic() < until, [worker.log() for worker in running]
            time.sleep(0.5)
        running.append(_Service("traffic", broker, tmp_path))
        until = time.monotonic() + 300
        while not (all(_alerted(running[:2])) and _told(tmp_path / _ALERTS)):
            assert running[2].process.poll() in (None, 0), running[2].log()
            assert time.monotonic() < until, [worker.log() for worker in running]
            time.sleep(1)
    finally:
        for service in running:
            service.end()
    states = [(alert["id"], alert["sequence"]) for alert in _told(tmp_path / _ALERTS)]
    assert len(states) == len(set(states))


def _told(file: Path) -> list[dict]:
    """The alerts that stand in the file in whole."""
    if not file.exists():
        return []
    lines = file.read_text("utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _alerted(workers: list[_Service]) -> tuple[bool, bool, bool]:
    """Whether each worker read calls, and whether there is an alert."""
    calls = [sum(s.value for s in worker.samples("nummerwacht_sliced_calls_total")) for worker in workers]
    alerts = sum(s.value for worker in workers for s in worker.samples("nummerwacht_told_alerts_total"))
    return calls[0] > 0, calls[1] > 0, alerts > 0
