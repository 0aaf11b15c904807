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
from pathlib import Path

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


def queries() -> list[tuple[str, str]]:
    """Every query of every dashboard, with its panel."""
    found = []
    for path in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            found += [(f"{path.stem}: {panel['title']}", target["expr"]) for target in panel["targets"]]
    return found


async def test_every_query_of_the_dashboard_has_data(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    """A real Prometheus with the deployed rules scrapes a live worker, and each panel's query returns data."""
    field = await Field(
        bootstrap, prefix, tmp_path, more={"worker": {"datadir": str(tmp_path / "w"), "http_port": 0}}
    ).make()
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


def _prometheus(folder: Path, target: str) -> tuple[subprocess.Popen, str]:
    """The deployed configuration, with the worker of the test as its target and every few seconds instead of 15."""
    home = folder / "prometheus"
    shutil.copytree(DEPLOY / "prometheus", home)
    (home / "targets" / "workers.yml").write_text(yaml.safe_dump([{"targets": [target]}]))
    (home / "targets" / "alertmanagers.yml").write_text("[]\n")
    config = home / "prometheus.yml"
    config.write_text(config.read_text().replace("15s", "2s"))
    port = free_port()
    command = [need("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
               f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]  # fmt: skip
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ), f"http://127.0.0.1:{port}"


def _data(url: str, query: str) -> bool:
    try:
        with urllib.request.urlopen(
            f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}", timeout=60
        ) as answer:
            found = json.load(answer)["data"]["result"]
    except (urllib.error.URLError, OSError):
        return False
    return any(sample["value"][1] != "NaN" for sample in found)
