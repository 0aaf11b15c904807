"""Prometheus, its rules and the dashboard, with the real servers and the files that are deployed."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from streams.cluster.embedded import free_port
from streams.telemetry import Telemetry
from streams.worker import running
from tests.field.field import Field
from tests.field.traffic import calls, values
from tests.servers.need import need

pytestmark = pytest.mark.servers
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def test_the_configuration_and_all_rules_are_sound() -> None:
    """promtool accepts the configuration that is deployed and every rule in it."""
    ran = subprocess.run(
        [need("promtool"), "check", "config", str(DEPLOY / "prometheus" / "prometheus.yml")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "path", sorted((DEPLOY / "prometheus" / "tests").glob("*.yml")), ids=lambda path: path.stem
)
def test_rules_fire_when_they_should_and_not_before(path: Path) -> None:
    """promtool's unit tests of the rules pass."""
    ran = subprocess.run([need("promtool"), "test", "rules", str(path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_alertmanager_accepts_its_configuration() -> None:
    """amtool accepts the configuration that is deployed."""
    path = DEPLOY / "alertmanager" / "alertmanager.yml"
    ran = subprocess.run([need("amtool"), "check-config", str(path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_alert_comes_with_the_address_of_its_runbook(tmp_path: Path) -> None:
    """With the external label of the configuration set, Alertmanager has the link, and no label more than without it."""
    port, gone = free_port(), free_port()
    receiver = subprocess.Popen(
        [need("prometheus-alertmanager"), f"--config.file={DEPLOY / 'alertmanager' / 'alertmanager.yml'}",
         f"--storage.path={tmp_path / 'alertmanager'}", f"--web.listen-address=127.0.0.1:{port}",
         "--cluster.listen-address=", "--log.level=error"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    prometheus, _ = _prometheus(
        tmp_path,
        f"127.0.0.1:{gone}",
        f"127.0.0.1:{port}",
        {"# external_labels": "external_labels", "for: 2m": "for: 0s"},
    )
    try:
        told, until = {}, time.monotonic() + 300
        while "NoWorker" not in told and time.monotonic() < until:
            time.sleep(1)
            alerts = _asked(f"http://127.0.0.1:{port}/api/v2/alerts") or []
            told = {alert["labels"]["alertname"]: alert for alert in alerts}
        alert = told["NoWorker"]
        assert alert["labels"] == {"alertname": "NoWorker", "severity": "critical"}
        assert alert["annotations"]["runbook"] == (
            "https://git.example/nummerwacht/deploy/prometheus/README.md#noworker"
        )
    finally:
        for process in (prometheus, receiver):
            process.terminate()
            process.wait(120)


def queries() -> list[tuple[str, str]]:
    """Every query of every dashboard, with its panel."""
    found = []
    for path in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            name = f"{path.stem}: {panel['title']}"
            found += [(f"{name} {target['refId']}", target["expr"]) for target in panel.get("targets", ())]
    return found


async def test_every_query_of_the_dashboard_has_data(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    """A real Prometheus with the deployed rules scrapes a live worker, and each panel's query returns data."""
    more = {
        "worker": {"datadir": str(tmp_path / "w"), "http_port": 0},
        "sinks": [{"kind": "jsonl", "name": "file", "path": str(tmp_path / "alerts.jsonl")}],
    }
    field = await Field(bootstrap, prefix, tmp_path, more=more).make()
    async with running(field.settings, Telemetry()) as worker:
        address = worker.url.removeprefix("http://")
        sent = values(calls("small", days=45))
        prometheus, url = _prometheus(tmp_path, address)
        try:
            for at in range(0, 40_000, 4_000):
                part = {feed: [*records[at : at + 4_000], b"{no record"] for feed, records in sent.items()}
                await field.send({feed: records + records[:50] for feed, records in part.items()})
                await asyncio.sleep(1.5)
            missing = dict(queries())
            until = time.monotonic() + 300
            while missing and time.monotonic() < until:
                await asyncio.sleep(2)
                missing = {
                    panel: query
                    for panel, query in missing.items()
                    if not await asyncio.to_thread(_data, url, query)
                }
            assert not missing
        finally:
            prometheus.terminate()
            prometheus.wait(120)


def _prometheus(
    folder: Path, target: str, receiver: str | None = None, other: Mapping[str, str] = MappingProxyType({})
) -> tuple[subprocess.Popen, str]:
    """The deployed configuration, with the worker of the test as its target and every few seconds instead of 15.

    receiver: an Alertmanager. other: what else stands there otherwise, in the configuration and the rules.
    """
    home = folder / "prometheus"
    shutil.copytree(DEPLOY / "prometheus", home)
    (home / "targets" / "workers.yml").write_text(yaml.safe_dump([{"targets": [target]}]))
    receivers = [{"targets": [receiver]}] if receiver else []
    (home / "targets" / "alertmanagers.yml").write_text(yaml.safe_dump(receivers))
    for path in (home / "prometheus.yml", *(home / "rules").glob("*.yml")):
        text = path.read_text("utf-8")
        for now, then in {"15s": "2s", **other}.items():
            text = text.replace(now, then)
        path.write_text(text, "utf-8")
    config = home / "prometheus.yml"
    port = free_port()
    command = [need("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
               f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]  # fmt: skip
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ), f"http://127.0.0.1:{port}"


def _data(url: str, query: str) -> bool:
    answer = _asked(f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    return answer is not None and any(sample["value"][1] != "NaN" for sample in answer["data"]["result"])


def _asked(url: str) -> Any:
    """What a server answers, None while it does not."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError):
        return None
