"""The house: who may import whom, how large a room may be, and what never stands in a file."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MONITOR = sorted((ROOT / "monitor").rglob("*.py"))
STREAMS = sorted((ROOT / "streams").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
#: What the pure room must not know: Kafka, sockets, other processes, the environment.
IMPURE = {
    "faust",
    "mode",
    "aiokafka",
    "aiohttp",
    "httpx",
    "socket",
    "asyncio",
    "subprocess",
    "os",
    "threading",
    "streams",
}
#: Ways to look at the clock; in `monitor/` now is an argument.
CLOCK = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "monotonic"),
    ("time", "perf_counter"),
}
LONGEST = 400


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("path", MONITOR, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_monitor_is_pure(path: Path) -> None:
    """No file of `monitor/` knows Kafka, a socket, the environment, the clock, or `streams`."""
    assert not _imports(path) & IMPURE
    calls = {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    }
    assert not calls & CLOCK


def test_rooms_stay_small() -> None:
    """A file that grows beyond one screenful of ideas asks for a door."""
    long = {
        str(p.relative_to(ROOT)): n
        for p in [*MONITOR, *STREAMS]
        if (n := p.read_text("utf-8").count("\n")) > LONGEST
    }
    assert not long


def test_every_test_says_what_it_tests() -> None:
    """Each test has a sentence of behaviour."""
    mute = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert not mute


def test_no_grab_bags() -> None:
    """No room is called after nothing."""
    names = {path.stem for path in [*MONITOR, *STREAMS]} | {path.parent.name for path in [*MONITOR, *STREAMS]}
    assert not names & {"utils", "util", "common", "types", "helpers", "misc", "base", "shared"}


def test_no_address_of_a_registry_and_no_path_of_a_machine() -> None:
    """What is committed says nothing of the machines it was made on."""
    path = re.compile(
        r"/(?:work|root|home)/\w+/|--(?:extra-)?index-url |files\.pythonhosted|pypi\.org/simple|repo1?\.maven"
    )
    found = []
    for file in _tracked():
        if file == Path(__file__):
            continue
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}: {hit.group()}" for hit in path.finditer(text)]
    assert not found
