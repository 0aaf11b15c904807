"""The folder of a worker's state: one worker has it."""

from __future__ import annotations

import errno
import fcntl

import pytest

from monitor.settings import Settings
from streams.config import ConfigError
from streams.worker import alone, writable


def test_a_folder_that_another_worker_has_is_refused(tmp_path):
    """A second worker started with the same settings says which one to change, and does not run until a partition moves."""
    taken = pytest.raises(ConfigError, match=r"worker\.datadir: another worker has")
    with alone(tmp_path / "data"), taken, alone(tmp_path / "data"):
        pass


def test_a_folder_is_free_again_when_its_worker_ended(tmp_path):
    """However it ended: the lock is the process's, and no file that stays behind."""
    for _ in range(2):
        with alone(tmp_path / "data"):
            pass


def test_a_folder_that_can_not_be_locked_is_named(tmp_path, monkeypatch):
    """On a file system without locks two workers could have it: the start ends, and says which setting to change."""

    def without(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without)
    with pytest.raises(ConfigError, match=r"worker\.datadir: .* can't be locked"), alone(tmp_path / "data"):
        pass


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    """The message says which setting to change."""
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(ConfigError, match=r"worker\.datadir: .* can't be written"),
        alone(tmp_path / "file" / "data"),
    ):
        pass


def test_a_file_of_alerts_that_can_not_be_written_is_named(tmp_path):
    """Before the worker takes partitions from others, which it would do again at each start; one that can be is left as it is."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "good.jsonl").write_text("{}\n")
    paths = [tmp_path / "good.jsonl", tmp_path / "file" / "alerts.jsonl"]
    sinks = [{"kind": "jsonl", "name": f"s{at}", "path": path} for at, path in enumerate(paths)]
    with pytest.raises(ConfigError, match=r"sinks\.1\.path: .* can't be written"):
        writable(Settings(sinks=sinks))
    assert paths[0].read_text() == "{}\n"
