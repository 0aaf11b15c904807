"""The folder of a worker's state: one worker has it."""

from __future__ import annotations

import errno
import fcntl

import pytest

from streams.config import ConfigError
from streams.worker import alone


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
