"""Commands as a person starts them, without a terminal."""

from __future__ import annotations

import os

import pytest
from click.testing import Result
from typer.testing import CliRunner

from streams.cli import main


@pytest.fixture
def run(monkeypatch):
    """Runs `nummerwacht ARGUMENTS`; environment variables of the one who runs the tests are not seen."""
    for name in os.environ:
        if name.startswith("NUMMERWACHT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)

    return run
