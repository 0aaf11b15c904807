"""`nummerwacht worker`: how it ends when it can't go on."""

from __future__ import annotations

import errno

import pytest

from monitor.lives import NewerReport
from monitor.wire import NewerSlice
from streams import worker
from streams.embedded import NoBroker
from streams.http import NotFree
from streams.ledger import NewerState

SETTINGS = """
feeds: [{name: north}]
privacy: {key: invented-for-a-test-and-long-enough}
"""


@pytest.fixture
def ended(run, tmp_path, monkeypatch):
    """How the command ends when the worker ends with an error."""
    config = tmp_path / "nummerwacht.yml"
    config.write_text(SETTINGS)

    def ended(error: Exception):
        def broken(_settings: object) -> int:
            raise error

        monkeypatch.setattr(worker, "run", broken)
        return run("worker", config)

    return ended


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NewerState("state of version 9; upgrade it"), 3, "state of version 9; upgrade it"),
        (NewerSlice("slice of version 9; upgrade it"), 3, "slice of version 9; upgrade it"),
        (NewerReport("lives of version 9; upgrade it"), 3, "lives of version 9; upgrade it"),
        (NoBroker("it is not installed"), 1, "it is not installed"),
        (NotFree("port 6066 can't be listened on"), 2, "port 6066 can't be listened on"),
        (
            ExceptionGroup("sinks", [ExceptionGroup("one", [PermissionError(13, "denied", "alerts.jsonl")])]),
            2,
            "alerts.jsonl: denied",
        ),
        (FileExistsError(17, "file exists", "data"), 2, "data: file exists"),
        (OSError(errno.ENOSPC, "no space left"), 1, "no space left"),
    ],
    ids=[
        "newer state",
        "newer slice",
        "newer report",
        "no broker",
        "a port taken",
        "a sink's own error",
        "a file for a folder",
        "a full disk",
    ],
)
def test_an_error_that_explains_itself_is_a_sentence_and_an_exit_code(ended, error, code, said):
    """What an operator can mend is said without a traceback, also when a group of tasks ended with it."""
    result = ended(error)

    assert result.exit_code == code
    assert f"error: {said}\n" in result.stderr
    assert "Traceback" not in result.output


def test_an_error_that_nobody_foresaw_keeps_its_traceback(ended):
    """A bug is reported with where it happened."""
    bug = RuntimeError("a bug")

    assert ended(bug).exception is bug
