"""docker-compose.yml is honest: its files are there, its flags are known, its settings are good."""

from __future__ import annotations

import ipaddress
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import pytest
import yaml
from typer.main import get_command

from monitor.config.duration import parse
from monitor.settings import JsonLines, Settings
from streams import worker
from streams.cli import main
from streams.config import load

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
WORKERS = [name for name in OURS if "command" not in SERVICES[name]]


def _settings(name: str) -> Settings:
    """The settings that a service of ours is given."""
    environment = {
        key: value.partition(":-")[2].rstrip("}") if value.startswith("${") else value
        for key, value in SERVICES[name]["environment"].items()
    }
    return load(ROOT / "deploy" / "nummerwacht" / "nummerwacht.yml", environment)


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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


def test_the_image_is_built_of_what_it_copies_and_nothing_else() -> None:
    """A key or a state that lies in the checkout is not sent to whoever builds."""
    lines = (line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY "))
    copied = {name.removeprefix("./") for names in lines for name in names if not names[0].startswith("--")}
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert ignored[1] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == copied


@pytest.mark.parametrize("name", OURS)
def test_its_command_is_one_of_ours_with_flags_that_it_has(name: str) -> None:
    """The command line of each service can be parsed."""
    command, *arguments = SERVICES[name].get("command", ["worker", "/etc/nummerwacht/nummerwacht.yml"])
    known = get_command(main).commands[command]
    flags = {flag for part in known.params for flag in getattr(part, "opts", [])}
    assert [argument for argument in arguments if argument.startswith("--") and argument not in flags] == []


def test_a_worker_would_start_with_its_settings() -> None:
    """The settings file is valid, and the scraped ports are the workers' own."""
    settings = _settings("worker-1")
    assert settings.privacy.secret()
    scraped = yaml.safe_load((ROOT / "deploy/prometheus/targets/workers.yml").read_text("utf-8"))[0][
        "targets"
    ]
    assert scraped == [f"{name}:{settings.worker.http_port}" for name in WORKERS]
    assert WORKERS == ["worker-1", "worker-2"]


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_given_the_time_to_end_in_order(name: str) -> None:
    """Docker kills no worker before the worker itself would give its orderly end up."""
    given = parse(SERVICES[name]["stop_grace_period"]).total_seconds()

    assert given > worker._CERTAIN_SECONDS


@pytest.mark.parametrize("name", WORKERS)
def test_alerts_go_to_a_file_that_outlives_the_containers(name: str) -> None:
    """There is a sink, and it writes to a volume that the workers share, in a folder of the image's user."""
    volumes = dict(reversed(volume.split(":")[:2]) for volume in SERVICES[name]["volumes"])
    paths = [PurePosixPath(str(sink.path)) for sink in _settings(name).sinks if isinstance(sink, JsonLines)]
    made = next(line for line in DOCKERFILE.splitlines() if "install -d -o nummerwacht" in line).split()
    assert paths
    for path in paths:
        assert volumes[str(path.parent)] in COMPOSE["volumes"]
        assert str(path.parent) in made


def test_alertmanager_sends_nothing_where_nobody_listens() -> None:
    """A receiver sends to another host, or stands there as what it is: a placeholder."""
    text = (ROOT / "deploy" / "alertmanager" / "alertmanager.yml").read_text("utf-8")
    receivers = yaml.safe_load(text)["receivers"]
    urls = [hook["url"] for each in receivers for hook in each.get("webhook_configs", [])]

    assert [url for url in urls if _loopback(url)] == []
    for name in [each["name"] for each in receivers if set(each) == {"name"}]:
        comment = text.split(f"\n  - name: {name}\n")[0].rpartition("\n  - name:")[2]
        assert "# PLACEHOLDER" in comment
