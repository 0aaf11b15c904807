"""`nummerwacht worker`: how it ends when it can't go on."""

from __future__ import annotations

import errno
import json
import struct

import polars as pl
import pytest
import zstandard

from monitor.across.lives import Report
from monitor.columns.packing import unpack
from monitor.newer import NewerVersion
from monitor.policy import Policy
from monitor.told import Told
from monitor.wire import H_LIVES, H_VERSION, decode, lives_of
from streams import worker
from streams.cluster.embedded import NoBroker
from streams.http import NotFree
from streams.state.ledger import Ledger

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
        def broken(_settings: object) -> None:
            raise error

        monkeypatch.setattr(worker, "run", broken)
        return run("worker", config)

    return ended


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
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


#: What a later version may have left, by who meets it.
LATER = zstandard.compress(json.dumps([99, "whatever", "it holds"]).encode())
MEETS = {
    "a sheet": lambda: unpack(zstandard.compress(struct.pack("<BBI", 99, 0, 0)), pl.Schema()),
    "a note of what was told": lambda: Told(Policy.load("nl")).restore("acme", LATER),
    "lives that are kept": lambda: Report.decode(LATER),
    "lives that are heard": lambda: lives_of([(H_LIVES, LATER)]),
    "a slice": lambda: decode(b"", [(H_VERSION, b"99")]),
    "a ledger": lambda: Ledger.load([(b"o", bytes([99]))], 1),
}


@pytest.mark.parametrize("meets", MEETS.values(), ids=MEETS)
def test_what_a_later_version_wrote_ends_the_worker_with_what_to_do(ended, meets):
    """Wherever it is met: a sentence, and the exit code of data that can't be read."""
    with pytest.raises(NewerVersion) as met:
        meets()

    result = ended(met.value)

    assert result.exit_code == 3
    assert "of version 99; this Nummerwacht reads up to" in result.stderr
    assert result.stderr.endswith(": upgrade it\n")
    assert "Traceback" not in result.output


def test_a_worker_says_all_that_it_does_not_start_with(run, tmp_path):
    """As `nummerwacht check` does: whoever mends one thing is not stopped by the next."""
    config = tmp_path / "nummerwacht.yml"
    config.write_text("worker: {http_port: 0}\n")

    result = run("worker", config)

    refusals = [
        line.split(": ", 1)[1]
        for line in run("check", config).stdout.splitlines()
        if "would not start" in line
    ]
    assert result.exit_code == 2
    assert [line.strip() for line in result.stderr.splitlines()[1:]] == refusals
    assert [refusal.split(":")[0] for refusal in refusals] == ["feeds", "privacy.key"]
