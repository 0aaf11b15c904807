"""`nummerwacht worker`: how it ends when it can't go on."""

from __future__ import annotations

import pytest

from monitor.lives import NewerReport
from monitor.wire import NewerSlice
from streams import worker
from streams.embedded import NoBroker
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
    ("error", "code"),
    [
        (NewerState("state of version 9; upgrade it"), 3),
        (NewerSlice("slice of version 9; upgrade it"), 3),
        (NewerReport("lives of version 9; upgrade it"), 3),
        (NoBroker("it is not installed"), 1),
        (
            ExceptionGroup("sinks", [ExceptionGroup("one", [PermissionError(13, "denied", "alerts.jsonl")])]),
            2,
        ),
    ],
    ids=["newer state", "newer slice", "newer report", "no broker", "a sink's own error"],
)
def test_an_error_that_explains_itself_is_a_sentence_and_an_exit_code(ended, error, code):
    """What an operator can mend is said without a traceback, also when a group of tasks ended with it."""
    result = ended(error)

    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    assert result.exit_code == code
    assert f"error: {error}" in result.stderr
    assert "Traceback" not in result.output


def test_an_error_that_nobody_foresaw_keeps_its_traceback(ended):
    """A bug is reported with where it happened."""
    bug = RuntimeError("a bug")

    assert ended(bug).exception is bug
