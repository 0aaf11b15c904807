"""A file of alerts: each state once, whatever the disk does and whoever else writes to it."""

from __future__ import annotations

import errno
import fcntl
import os
import resource

import pytest

from streams.sinks import JsonlSink
from streams.sinks.sink import Taken
from tests.streams.sinks.alerts import state
from tests.streams.sinks.test_sinks import lines


async def test_a_line_a_state(tmp_path):
    """What is flushed is in the file, in order."""
    sink = JsonlSink("file", tmp_path / "new" / "alerts.jsonl")
    await sink.open()
    for told in (state("a", 1), state("b", 1), state("a", 2)):
        assert sink.add(told)
    flushed = await sink.flush()
    assert lines(tmp_path / "new" / "alerts.jsonl") == [("a", "1"), ("b", "1"), ("a", "2")]
    assert [told.key for told in flushed.delivered] == ["a-1", "b-1", "a-2"]
    await sink.close()


async def test_a_state_that_the_file_has_is_not_written_again(tmp_path):
    """After a crash between the write and the commit the same states come again; the file stays."""
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(state("a", 1).line + state("a", 2).line)
    sink = JsonlSink("file", path)
    await sink.open()
    assert [sink.add(state("a", sequence)) for sequence in (1, 2, 3)] == [False, False, True]
    await sink.flush()
    assert lines(path) == [("a", "1"), ("a", "2"), ("a", "3")]
    assert not sink.add(state("a", 3))
    await sink.close()


async def test_a_half_line_is_cut_off(tmp_path):
    """A crash in the middle of a write leaves a torn line; it goes, and its state is written whole."""
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(state("a", 1).line + state("b", 1).line[:20])
    sink = JsonlSink("file", path)
    await sink.open()
    assert sink.add(state("b", 1))
    await sink.flush()
    assert lines(path) == [("a", "1"), ("b", "1")]
    await sink.close()


async def test_a_full_disk_leaves_no_half_line_and_loses_nothing(tmp_path):
    """A write that stops in the middle is undone, the states are held, and the next flush has them all."""
    path = tmp_path / "alerts.jsonl"
    sink = JsonlSink("file", path)
    await sink.open()
    sink.add(state("a"))
    await sink.flush()
    whole = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sink.add(state("b"))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, hard))
        failed = await sink.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failed.failure == "errno_27"
    assert path.read_bytes() == whole
    done = await sink.flush()
    assert [told.key for told in done.delivered] == ["b-1"]
    assert lines(path) == [("a", "1"), ("b", "1")]
    await sink.close()


async def test_a_full_disk_costs_nobody_else_a_line(tmp_path, monkeypatch):
    """What others appended, and what was delivered before it, is not cut; nor is it where the file was begun anew."""
    path = tmp_path / "alerts.jsonl"
    sink = JsonlSink("file", path)
    await sink.open()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    async def flush_twice(name: str) -> None:
        sink.add(state(name))
        with monkeypatch.context() as disk:
            disk.setattr(os, "fsync", full)
            assert (await sink.flush()).failure == f"errno_{errno.ENOSPC}"
        assert [told.id for told in (await sink.flush()).delivered] == [name]

    sink.add(state("a"))
    await sink.flush()
    with path.open("ab") as file:
        file.write(b"# a note\n")
    sink.add(state("b"))
    await sink.flush()
    await flush_twice("c")
    assert path.read_bytes() == state("a").line + b"# a note\n" + state("b").line + state("c").line
    os.truncate(path, 0)
    await flush_twice("d")
    assert path.read_bytes() == state("d").line
    await sink.close()


async def test_a_line_after_a_half_one_begins_anew(tmp_path, monkeypatch):
    """Whether somebody left it, or a full disk that could not be undone since somebody wrote behind it."""
    path = tmp_path / "alerts.jsonl"
    sink = JsonlSink("file", path)
    await sink.open()
    path.write_bytes(b"# half a note")
    sink.add(state("a"))
    await sink.flush()
    assert path.read_bytes() == b"# half a note\n" + state("a").line

    def full_and_not_alone(_: int) -> None:
        with path.open("ab") as file:
            file.write(b"# another")
        raise OSError(errno.ENOSPC, "no space")

    sink.add(state("b"))
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full_and_not_alone)
        await sink.flush()
    await sink.flush()
    assert path.read_bytes().endswith(b"# another\n" + state("b").line)
    await sink.close()


async def test_two_workers_do_not_share_a_file(tmp_path):
    """The second is told at its start, before lines mix."""
    first, second = (JsonlSink(name, tmp_path / "alerts.jsonl") for name in ("one", "two"))
    await first.open()
    with pytest.raises(Taken):
        await second.open()
    await first.close()
    await second.open()
    await second.close()


async def test_a_file_that_can_not_be_locked_is_waited_for_by_nobody(tmp_path, monkeypatch):
    """A file system without locks is none that another worker has: the start ends, and says why."""

    def without(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without)
    with pytest.raises(OSError, match="can't be locked") as refused:
        await JsonlSink("file", tmp_path / "alerts.jsonl").open()
    assert not isinstance(refused.value, Taken)
    assert refused.value.filename == str(tmp_path / "alerts.jsonl")


async def test_a_flush_waits_for_the_disk(tmp_path, monkeypatch):
    """Delivered means on the disk: the file is synced after the write and before the flush returns."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_size))
    sink = JsonlSink("file", tmp_path / "alerts.jsonl")
    await sink.open()
    sink.add(state("a"))
    await sink.flush()
    assert synced == [len(state("a").line)]
    await sink.close()


async def test_a_note_without_a_line_end_is_not_cut_off(tmp_path):
    """What somebody wrote behind the states with a tool that ends no line stays, on a line of its own."""
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(state("a", 1).line + b"# seen by the auditor")
    sink = JsonlSink("file", path)
    await sink.open()
    assert not sink.add(state("a", 1))
    assert sink.add(state("b", 1))
    await sink.flush()
    await sink.close()
    assert path.read_bytes() == state("a", 1).line + b"# seen by the auditor\n" + state("b", 1).line
