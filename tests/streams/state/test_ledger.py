"""The ledger against every order of crashes, takeovers and zombies that hypothesis can think of."""

from __future__ import annotations

import json
import struct
from collections import Counter

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from monitor.newer import NewerVersion
from streams.state.kept import CHUNK, NONE, Bucket, Kept, Kind, Mark, Owner
from streams.state.ledger import WEEK, LaterOwner, Ledger

DAYS = 3
#: Slices of a week: nothing that comes after them is of its days.
SLICES = 2


def _encode(count: int) -> bytes:
    return struct.pack(">Q", count)


def _merge(contents: list[bytes]) -> bytes:
    return _encode(sum(struct.unpack(">Q", content)[0] for content in contents))


def _often(count: int) -> bytes:
    """A note that is written with every flush, now in one record and now in up to three."""
    return _encode(count) * (1 + count % 6)


def _bucket(day: int) -> Bucket:
    return Bucket(Kind.SHEET, day)


class Worker:
    """A worker as the ledger sees one: it reads slices in order, flushes, compacts, in single puts."""

    def __init__(self, kept: dict[bytes, bytes], generation: int, *, confirmed: bool = False) -> None:
        self.ledger = Ledger.load(kept.items(), generation, confirmed=confirmed)
        self.ledger._notes._chunk = len(_encode(0)) * 2
        self.todo: list = []  # single puts that are still to be made, and what follows them
        self.confirmed = 0

    def step(self, kept: dict[bytes, bytes]) -> None:
        """Make the next single put; what comes after the last is done with it."""
        act = self.todo.pop(0)
        if callable(act):
            act()
            return
        key, value = act
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value


class Ledgers(RuleBasedStateMachine):
    """Slices are read by one owner after the other; old owners go on writing for a while."""

    @initialize(slices=st.lists(st.lists(st.integers(0, DAYS - 1), max_size=4), min_size=8, max_size=30))
    def begin(self, slices: list[list[int]]) -> None:
        self.slices = [[day + WEEK * (at // SLICES) for day in slice_] for at, slice_ in enumerate(slices)]
        self.kept: dict[bytes, bytes] = {}
        self.workers = [Worker(self.kept, 1)]
        self.generation = 1
        self.noted: set[tuple[Owner, int]] = set()

    @rule(which=st.integers(0, 2), length=st.integers(1, 6))
    def flush(self, which: int, length: int) -> None:
        """A worker, the owner or a zombie, begins to flush the next slices."""
        worker = self.workers[-1 - which % len(self.workers)]
        if worker.todo or worker.ledger.mark.head >= len(self.slices):
            return
        end = min(worker.ledger.mark.head + length, len(self.slices))
        counts = Counter(day for slice_ in self.slices[worker.ledger.mark.head : end] for day in slice_)
        contents = {_bucket(day): _encode(count) for day, count in counts.items()}
        # Most notes are written once and must be there for as long as the state is.
        notes = {b"%d" % end: _encode(end), b"often": _often(end)}
        puts, counted = worker.ledger.flush(Mark(end, end), contents, notes)

        def done() -> None:
            worker.ledger.done(Mark(end, end), contents)
            self.noted.add((worker.ledger.owner, end))

        worker.todo = [*puts, counted, done]

    @rule(which=st.integers(0, 2), steps=st.integers(1, 8))
    def write(self, which: int, steps: int) -> None:
        """A worker gets a few puts further."""
        worker = self.workers[-1 - which % len(self.workers)]
        for _ in range(min(steps, len(worker.todo))):
            worker.step(self.kept)

    @rule()
    def commit(self) -> None:
        """The group's coordinator confirms an offset, to its true owner alone."""
        owner = self.workers[-1]
        if not owner.todo and owner.ledger.begun:
            owner.confirmed = owner.ledger.mark.head

    @rule(which=st.integers(0, 2))
    def compact(self, which: int) -> None:
        """A worker, the owner or a zombie, merges what was confirmed to it."""
        worker = self.workers[-1 - which % len(self.workers)]
        if worker.todo or not worker.ledger.begun:
            return
        if not worker.confirmed:
            return
        worker.todo += worker.ledger.clean(worker.confirmed)
        for bucket in list(worker.ledger.crowded(worker.confirmed, 0)):
            puts, deletes = worker.ledger.compact(bucket, worker.confirmed, self.kept.__getitem__, _merge)
            worker.todo += [*puts, *deletes]

    @rule(which=st.integers(0, 2))
    def settle(self, which: int) -> None:
        """A worker, the owner or a zombie, merges a week of which it knows that no more will come."""
        worker = self.workers[-1 - which % len(self.workers)]
        if worker.todo or not worker.ledger.begun or not worker.confirmed:
            return
        last = worker.confirmed // SLICES * WEEK - 1
        for week in list(worker.ledger.weeks(worker.confirmed, last))[:1]:
            puts, deletes = worker.ledger.settle(week, self.kept.__getitem__, _merge)
            worker.todo += [*puts, *deletes]

    @precondition(lambda self: self.generation < 8)
    @rule(crash=st.booleans())
    def take_over(self, crash: bool) -> None:
        """The partition goes to the next worker, wherever the last one is; it dies or becomes a zombie."""
        self.generation += 1
        if crash:
            self.workers.clear()
        try:
            self.workers.append(Worker(self.kept, self.generation))
        except LaterOwner:  # of a group that was deleted; the coordinator confirms the true owner
            self.workers.append(Worker(self.kept, self.generation, confirmed=True))

    @rule(behind=st.integers(1, 3), which=st.integers(0, 2))
    def wake_late(self, behind: int, which: int) -> None:
        """A worker that was paused before it had loaded wakes: it is put out, or does no harm."""
        generation = self.generation - behind
        if generation < 1 or any(worker.ledger.owner.generation == generation for worker in self.workers):
            return
        try:
            late = Worker(self.kept, generation)
        except LaterOwner:
            return
        self.workers.insert(max(0, len(self.workers) - 1 - which), late)

    @precondition(lambda self: 1 < self.generation < 8)
    @rule()
    def begin_anew(self) -> None:
        """The group was deleted, so its generations begin again; all old workers are gone."""
        self.workers = [Worker(self.kept, 1, confirmed=True)]
        self.generation = 1

    @invariant()
    def exact(self) -> None:
        """Whoever reads the state now finds each slice before the head once, and nothing else."""
        if not hasattr(self, "kept"):
            return
        ledger = Ledger.load(self.kept.items(), self.generation + 1, confirmed=True)
        truth = Counter(day for slice_ in self.slices[: ledger.mark.head] for day in slice_)
        weeks = Counter(day // WEEK for day in truth.elements())
        settled = set(ledger.buckets(Kind.WEEK))
        found = {
            bucket: struct.unpack(">Q", _merge(ledger.read(bucket, self.kept.__getitem__)))[0]
            for bucket in ledger.parts
        }
        wanted = {_bucket(day): count for day, count in truth.items() if day // WEEK not in settled}
        wanted |= {Bucket(Kind.WEEK, week): weeks[week] for week in settled}
        assert found == wanted
        counts = Kept.read(self.kept.items()).limits()
        for owner, end in self.noted:
            assert end > counts.get(owner, 0) or ledger.notes[b"%d" % end] == _encode(end)
        ends = [end for owner, end in self.noted if end <= counts.get(owner, 0)]
        if ends:
            (often,) = struct.unpack_from(">Q", ledger.notes[b"often"])
            assert ledger.notes[b"often"] == _often(often)
            assert often >= max(ends)
        assert ledger.mark.closed == (ledger.mark.head or NONE)
        assert ledger.mark.head >= max((w.confirmed for w in self.workers), default=0)


TestLedgers = Ledgers.TestCase
TestLedgers.settings = settings(max_examples=40, stateful_step_count=60, deadline=None)


@pytest.mark.wide
class TestManyLedgers(TestLedgers):
    """Ten times as many histories."""

    settings = settings(max_examples=400, stateful_step_count=60, deadline=None)


def _flushed(ledger: Ledger, kept: dict[bytes, bytes], end: int, contents: dict[Bucket, bytes]) -> None:
    puts, counted = ledger.flush(Mark(end, end), contents, {})
    kept.update([*puts, counted])
    ledger.done(Mark(end, end), contents)


def test_content_larger_than_a_record_is_cut_and_joined() -> None:
    """What is larger than a broker takes in one record comes back whole."""
    kept: dict[bytes, bytes] = {}
    content = bytes(range(256)) * (3 * CHUNK // 256 + 7)
    _flushed(Ledger.load((), 1), kept, 1, {_bucket(0): content})
    ledger = Ledger.load(kept.items(), 2)
    assert ledger.read(_bucket(0), kept.__getitem__) == [content]
    assert max(map(len, kept.values())) < CHUNK + 100


def test_a_note_outlives_all_else_that_its_owner_kept() -> None:
    """What an early owner noted once is there for every later one, after all its segments were merged by others."""
    kept: dict[bytes, bytes] = {}
    first = Ledger.load((), 1)
    puts, counted = first.flush(Mark(1, 1), {_bucket(0): b"1"}, {b"told/acme": b"open"})
    kept.update([*puts, counted])
    for generation in range(2, 7):
        ledger = Ledger.load(kept.items(), generation)
        assert ledger.notes == {b"told/acme": b"open"}
        _flushed(ledger, kept, generation, {_bucket(0): b"1"})
        puts, deletes = ledger.compact(_bucket(0), generation, kept.__getitem__, b"".join)
        kept.update(puts)
        for key, _ in [*deletes, *ledger.clean(generation)]:
            kept.pop(key, None)
    owners = [key for key in kept if key.startswith(b"o")]
    assert len(owners) <= 2  # the records of those whose work was merged, and noted again, are not kept


def test_a_note_larger_than_a_record_is_cut_and_joined() -> None:
    """It comes back whole, and what was replaced is deleted when the flush that did it is committed, and not before."""
    kept: dict[bytes, bytes] = {}
    note = bytes(range(256)) * (3 * CHUNK // 256 + 7)
    ledger = Ledger.load((), 1)
    for end, content in ((1, note), (2, note[1:]), (3, b"short"), (4, note)):
        puts, counted = ledger.flush(Mark(end, end), {}, {b"told/acme": content, b"told/else": b"%d" % end})
        kept.update([*puts, counted])
        ledger.done(Mark(end, end), {})
        found = Ledger.load(kept.items(), 2)
        assert found.notes == {b"told/acme": content, b"told/else": b"%d" % end}
    assert max(map(len, kept.values())) < CHUNK + 100
    for committed, chunks in ((1, 12), (2, 8), (4, 4)):
        for key, _ in ledger.clean(committed):
            del kept[key]
        assert sum(key.startswith(b"m") for key in kept) == chunks
    heir = Ledger.load(kept.items(), 2)
    assert heir.notes[b"told/acme"] == note
    # The next owner writes it for itself, and deletes what it found.
    _flushed(heir, kept, 5, {_bucket(0): b"x"})
    puts, counted = heir.flush(Mark(6, 6), {}, {b"told/acme": note[2:]})
    kept.update([*puts, counted])
    heir.done(Mark(6, 6), {})
    for key, _ in heir.clean(6):
        kept.pop(key, None)
    assert Ledger.load(kept.items(), 3).notes[b"told/acme"] == note[2:]
    assert sum(key.startswith(b"m") for key in kept) == 4


def test_a_note_whose_writing_was_cut_short_leaves_the_one_before() -> None:
    """A worker that dies between two of its chunks has changed nothing."""
    kept: dict[bytes, bytes] = {}
    ledger = Ledger.load((), 1)
    for end, dies in ((1, False), (2, True)):
        puts, counted = ledger.flush(Mark(end, end), {}, {b"told/acme": b"%d" % end * 3 * CHUNK})
        kept.update(puts[:-1] if dies else [*puts, counted])
        ledger.done(Mark(end, end), {})
    after = Ledger.load(kept.items(), 2)
    assert after.notes[b"told/acme"] == b"1" * 3 * CHUNK
    assert len(after.stale) == 2


def test_a_zombie_that_ends_a_note_which_its_heir_took_for_torn_leaves_the_one_before() -> None:
    """What the heir goes by is not deleted by who was confirmed last before it began to write."""
    kept: dict[bytes, bytes] = {}
    zombie = Ledger.load((), 1)
    for end in (1, 2):
        puts, counted = zombie.flush(Mark(end, end), {}, {b"told/acme": b"%d" % end * 3 * CHUNK})
        kept.update([*puts, counted] if end == 1 else puts[:1])
        if end == 1:
            zombie.done(Mark(end, end), {})
    heir = Ledger.load(kept.items(), 2)
    for key, _ in heir.clean(1):
        del kept[key]
    kept.update([*puts[1:], counted])
    zombie.done(Mark(2, 2), {})
    for key, _ in zombie.clean(1):
        del kept[key]
    assert Ledger.load(kept.items(), 3).notes == {b"told/acme": b"1" * 3 * CHUNK}


def test_a_base_without_its_first_chunk_does_not_count() -> None:
    """A merge that a crash cut short leaves the segments in force."""
    kept: dict[bytes, bytes] = {}
    ledger = Ledger.load((), 1)
    for end in (1, 2):
        _flushed(ledger, kept, end, {_bucket(0): b"x" * CHUNK})
    puts, _ = ledger.compact(_bucket(0), 2, kept.__getitem__, b"".join)
    kept.update(puts[:-1])
    after = Ledger.load(kept.items(), 2)
    assert len(after.read(_bucket(0), kept.__getitem__)) == 2
    assert set(after.stale) == {key for key, _ in puts[:-1]}


@pytest.mark.parametrize("version", [2, 3])
def test_state_of_the_versions_before_is_read(version: int) -> None:
    """Version 2 kept the clock as it is, and 3 packed it; neither said of a note by which flush it was written."""
    kept: dict[bytes, bytes] = {}
    ledger = Ledger.load((), 1)
    clock = json.dumps([["alfa", day, 2**24 - 1] for day in range(20_000, 20_400)]).encode()
    mark = Mark(1, 20_000, 5, clock)
    puts, (key, value) = ledger.flush(mark, {_bucket(0): b"x"}, {b"note": b"n"})
    assert len(value) < len(clock) / 5
    kept.update(puts)
    before = struct.pack(">BIIIQQii", 2, 0, 0, 0, 0, *mark[:3])
    begins = {b"s": 1, b"n": 9}  # a note did not say then by which flush it was written
    kept |= {
        each: bytes([version]) + old[begins[each[:1]] :]
        for each, old in kept.items()
        if not each.startswith(b"o")
    }
    for record in (value, before + clock if version == 2 else b"\x03" + value[1:]):
        found = Ledger.load((kept | {key: record}).items(), 2)
        assert (found.mark, found.notes) == (mark, {b"note": b"n"})
        assert found.read(_bucket(0), kept.__getitem__) == [b"x"]


def test_state_of_a_later_version_is_refused() -> None:
    """State that a later version kept is refused with a sentence that says what to do."""
    kept: dict[bytes, bytes] = {}
    _flushed(Ledger.load((), 1), kept, 1, {})
    key, value = next(iter(kept.items()))
    with pytest.raises(NewerVersion, match="upgrade"):
        Ledger.load([(key, bytes([99]) + value[1:])], 2)
