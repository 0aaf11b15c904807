"""docker-compose.yml is honest: its files are there, its flags are known, its settings are good."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from streams.cli import main
from streams.config import load

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]


def test_every_file_that_is_mounted_is_there() -> None:
    """What a container reads from this checkout exists in it."""
    mounted = [
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert mounted
    assert [path for path in mounted if not (ROOT / path).exists()] == []


def test_every_image_has_a_version() -> None:
    """What is pulled today is what is pulled next year."""
    images = [service["image"] for service in SERVICES.values() if "image" in service]
    assert all(
        image.rpartition(":")[2][:1].strip("v").isdigit() or image.rpartition(":")[2][1:2].isdigit()
        for image in images
    )


@pytest.mark.parametrize("name", OURS)
def test_its_command_is_one_of_ours_with_flags_that_it_has(name: str) -> None:
    """The command line of each service can be parsed."""
    command, *arguments = SERVICES[name].get("command", ["worker", "/etc/nummerwacht/nummerwacht.yml"])
    known = get_command(main).commands[command]
    flags = {flag for part in known.params for flag in getattr(part, "opts", [])}
    assert [argument for argument in arguments if argument.startswith("--") and argument not in flags] == []


def test_a_worker_would_start_with_its_settings() -> None:
    """The settings file is valid, and the scraped ports are the workers' own."""
    environment = {
        key: value.partition(":-")[2].rstrip("}") if value.startswith("${") else value
        for key, value in SERVICES["worker-1"]["environment"].items()
    }
    settings = load(ROOT / "deploy" / "nummerwacht" / "nummerwacht.yml", environment)
    assert settings.privacy.secret()
    scraped = yaml.safe_load((ROOT / "deploy/prometheus/targets/workers.yml").read_text("utf-8"))[0][
        "targets"
    ]
    assert scraped == [f"{name}:{settings.worker.http_port}" for name in ("worker-1", "worker-2")]
    assert {"worker-1", "worker-2"} <= set(SERVICES)
