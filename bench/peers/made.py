"""What peers need besides the product: jars by Maven, virtual environments by pip; all under .cache/peers."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from bench.peers.watch import Failed

_HERE = Path(__file__).parent
_CACHE = _HERE.parents[1] / ".cache" / "peers"
_SECONDS = 600.0


def _stamped(folder: Path, sources: list[Path]) -> tuple[Path, str, bool]:
    """The stamp's file, its text for these sources, and whether what is there was made from them."""
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    stamp = folder / ".made"
    return stamp, digest, stamp.exists() and stamp.read_text() == digest


def _ran(what: str, command: list[str]) -> None:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed(f"{what} took longer than {_SECONDS:.0f} s") from None
    if ran.returncode:
        raise Failed(f"{what}: {' '.join((ran.stdout + ran.stderr)[-600:].split())}")


def streams() -> str:
    """The class path of the Kafka Streams program, built once. Raises `Failed`."""
    if not shutil.which("mvn") or not shutil.which("java"):
        raise Failed("needs Java 17 and Maven: apt-get install openjdk-17-jdk-headless maven")
    pom, folder = _HERE / "streams" / "pom.xml", _CACHE / "streams"
    stamp, digest, done = _stamped(folder, [pom, *sorted((pom.parent / "src").rglob("*.java"))])
    if not done:
        shutil.rmtree(folder, ignore_errors=True)
        goals = ["compile", "dependency:copy-dependencies", "-DincludeScope=runtime"]
        _ran("Maven", ["mvn", "-q", "-B", "-f", str(pom), f"-Dmade={folder}", f"-DoutputDirectory={folder}/jars", *goals])  # fmt: skip
        stamp.write_text(digest)
    return f"{folder}/classes:{folder}/jars/*"


def python(name: str) -> str:
    """The Python of an environment with `requirements-NAME.lock` in it, made once. Raises `Failed`."""
    lock, folder = _HERE / f"requirements-{name}.lock", _CACHE / name
    stamp, digest, done = _stamped(folder, [lock])
    if not done:
        shutil.rmtree(folder, ignore_errors=True)
        _ran("venv", [sys.executable, "-m", "venv", str(folder)])
        pip = [f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _ran("pip", [*pip, "--require-hashes", "--requirement", str(lock)])
        stamp.write_text(digest)
    return f"{folder}/bin/python"
