"""The outlets over HTTP: metrics that Prometheus reads, and the two probes."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.settings import Worker
from streams.http import Health, NotFree, failures, serve
from streams.telemetry import Telemetry
from streams.telemetry.events.ingest import RecordsFetched

HOST = "127.0.0.1"


async def get(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(url, headers=headers)


async def test_metrics_can_be_read_by_a_scraper():
    """What `/metrics` gives parses, and holds what was told."""
    telemetry = Telemetry()
    telemetry.emit(RecordsFetched("north", records=3))
    async with serve(telemetry.registry, Health(), host=HOST, port=0) as url:
        scraped = await get(f"{url}/metrics")
    samples = {
        (sample.name, sample.labels.get("feed")): sample.value
        for family in text_string_to_metric_families(scraped.text)
        for sample in family.samples
    }
    assert scraped.headers["Content-Type"].startswith("text/plain")
    assert samples["nummerwacht_fetched_records_total", "north"] == 3


async def test_a_scraper_that_asks_for_openmetrics_gets_it():
    """The format is the scraper's choice."""
    async with serve(Telemetry().registry, Health(), host=HOST, port=0) as url:
        scraped = await get(f"{url}/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert scraped.headers["Content-Type"].startswith("application/openmetrics-text")
    assert scraped.text.endswith("# EOF\n")


async def test_a_worker_that_recovers_is_alive_and_not_ready():
    """A failing readiness check turns `/readyz` to 503 with its reason, and leaves `/healthz` alone."""
    recovering: list[str | None] = ["42 % of partition 3"]
    health = Health(ready={"recovery": lambda: recovering[0]})
    async with serve(Telemetry().registry, health, host=HOST, port=0) as url:
        alive, ready = await get(f"{url}/healthz"), await get(f"{url}/readyz")
        recovering[0] = None
        recovered = await get(f"{url}/readyz")
    assert (alive.status_code, alive.json()) == (200, {"ok": True, "failing": {}})
    assert (ready.status_code, ready.json()["failing"]) == (503, {"recovery": "42 % of partition 3"})
    assert recovered.status_code == 200


async def test_a_worker_that_is_not_alive_is_not_ready():
    """No traffic goes to a worker that should be restarted."""
    health = Health(alive={"watchdog": lambda: "no progress for 120 s"})
    async with serve(Telemetry().registry, health, host=HOST, port=0) as url:
        alive, ready = await get(f"{url}/healthz"), await get(f"{url}/readyz")
    assert (alive.status_code, ready.status_code) == (503, 503)


def test_a_check_that_raises_fails():
    """Its error's name is the reason, without the text, which may hold anything."""

    def broken() -> str | None:
        raise KeyError("+31209990001")

    assert failures({"broken": broken, "fine": lambda: None}) == {"broken": "KeyError"}


async def test_it_listens_on_loopback_unless_told_otherwise():
    """A worker does not show its feeds to the network by default."""
    host = Worker().http_host
    async with serve(Telemetry().registry, Health(), host=host, port=0) as url:
        assert url.startswith("http://127.0.0.1:")


async def test_a_taken_port_is_said_at_once():
    """Two workers on one port: the second does not start silently without its metrics, and says which settings to change."""
    async with serve(Telemetry().registry, Health(), host=HOST, port=0) as url:
        with pytest.raises(NotFree, match=r"worker.http_port\) can't be listened on: another process has it"):
            async with serve(Telemetry().registry, Health(), host=HOST, port=int(url.rsplit(":", 1)[1])):
                pass
