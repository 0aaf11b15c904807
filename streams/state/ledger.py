"""How state is kept in a changelogged table, so that it is exact whatever dies when.

Nothing that is kept is ever changed in place. Each flush of a partition of `calls` covers a range of
its offsets, and writes what those slices *added*, apart from all else, as **segments** (one a day
sheet, one an hour of call ids). The flush counts from the moment the **owner record** says that its
range is done; a single small record, written last, when all segments are acknowledged. So after a
crash anywhere the kept state is that of a whole number of flushes, and reading goes on where it
ends, whatever the consumer group has committed.

Owners. Every time a partition is given to a worker, that worker becomes its next owner: it goes on
from the owner that it found last, at the offset at which that one's work ended, and its record says
both. What counts is the chain from the last owner back: of each what it kept before its successor's
start. A worker that was paused, lost its partition and wakes (a zombie) may go on writing, or begin
only then, and nothing of it counts, since owners are in line by the generation of the group. A
worker that finds a later generation than its own is a zombie, unless the coordinator says otherwise:
then the group was begun anew, and with it a new era.

Bases. Segments of one bucket are later merged into a base that *covers* them up to an offset. Only
what the consumer group has committed is merged, and only then is anything deleted: a commit succeeds
only for the partition's true owner, so a zombie can't merge what does not count. A base is whole when its first chunk is there,
which is written last; segments it covers are then void, and deleted at leisure.

Weeks. Days to which nothing can be added any more, since calls of them would come too late to count, are
merged into the base of their week, by the same rule: what says so is committed, so whoever comes after
knows it too. Days up to the offset of their week's base are void.

The ledger itself is pure: it says which keys (`kept.py`) to put and to delete, and `tables.py` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from streams.state.kept import CHUNK, CONTENT, NOBODY, VERSION, Bucket, Kept, Kind, Mark, Owner, Part, Record
from streams.state.notes import Notes

#: Days of a week's bucket, counted from 1970-01-01.
WEEK = 7

Put = tuple[bytes, bytes | None]


class LaterOwner(RuntimeError):
    """A later generation of the group has written here: the partition is not ours any more."""


@dataclass(slots=True)
class Ledger:
    """The index of what is kept of one partition, and its present owner."""

    owner: Owner
    previous: Owner
    mark: Mark
    start: int
    begun: bool = False
    parts: dict[Bucket, list[Part]] = field(default_factory=dict)
    #: Keys of no further use, found at load: of zombies, of unfinished flushes, of covered segments.
    #: To be deleted when the partition is known to be ours: a zombie has another idea of what counts.
    stale: list[bytes] = field(default_factory=list)
    #: Records by name, whole each time: that of the newest owner in the chain (`notes.py`). They may be one flush
    #: ahead of the mark, so whoever writes them must not mind.
    _notes: Notes = field(default_factory=lambda: Notes(VERSION, CHUNK))
    #: Names of the notes of owners of whom nothing else is of use: noted again by the next one, so that their records can go.
    _heirless: list[bytes] = field(default_factory=list)

    @classmethod
    def load(
        cls, items: Iterable[tuple[bytes, bytes]], generation: int, *, confirmed: bool = False
    ) -> Ledger:
        """Read the index of all that is kept, and become the next owner.

        items: every key of the partition with its value, in any order.
        generation: of the group that gave us the partition. confirmed: whether the coordinator has just
            accepted a commit of ours.
        Raises `NewerVersion` for what a later version kept, which must not be touched, and `LaterOwner`.
        """
        kept = Kept.read(items)
        last, limits = kept.last, kept.limits()
        if last.generation > generation and not confirmed:
            raise LaterOwner(f"generation {last.generation} has written here, ours is {generation}")
        mark = kept.records[last].mark if kept.records else Mark()
        ledger = cls(_next(last, generation), last, mark, start=mark.head, _notes=kept.notes)
        ledger.stale += kept.notes.settle(limits)
        ledger._take_parts(_counted(kept, limits, ledger.stale))
        ledger._void_days()
        ledger._let_go(kept, limits)
        return ledger

    def _take_parts(self, counted: Mapping[Bucket, Sequence[Part]]) -> None:
        """Of each bucket the base that covers most, and the segments that it does not cover."""
        for bucket, parts in counted.items():
            cover = max((part.end for part in parts if part.base), default=-1)
            for part in parts:
                kept = part.end == cover if part.base else part.end > cover
                if kept and not (part.base and any(p.base for p in self.parts.get(bucket, ()))):
                    self.parts.setdefault(bucket, []).append(part)
                else:
                    self.stale += part.keys(bucket)

    def _let_go(self, kept: Kept, limits: Mapping[Owner, int]) -> None:
        """Records of owners that nobody needs. The chain must hold as far back as something is used."""
        last = self.previous
        used = {part.owner for parts in self.parts.values() for part in parts}
        needed = min(used, default=last)
        noted = self._notes.owners
        self._heirless = [name for name, each in noted.items() if each < min(needed, last)]
        needed = min([needed, *noted.values()])
        self.stale += [
            b"o" + each.pack() for each in kept.records if each not in limits or each < min(needed, last)
        ]

    @property
    def notes(self) -> dict[bytes, bytes]:
        """The notes as they were found, by name."""
        return self._notes.found

    def read(self, bucket: Bucket, get: Callable[[bytes], bytes]) -> list[bytes]:
        """The contents of a bucket, base first, each to be merged with the others."""
        parts = sorted(self.parts.get(bucket, ()), key=lambda part: (not part.base, part.start))
        return [self._content(part, bucket, get) for part in parts]

    def buckets(self, kind: Kind) -> list[int]:
        return sorted(bucket.at for bucket in self.parts if bucket.kind is kind)

    def flush(
        self, mark: Mark, contents: dict[Bucket, bytes], notes: dict[bytes, bytes]
    ) -> tuple[list[Put], Put]:
        """What to put for the slices from the head to the next one, and then the record by which it counts.

        The second must be put only when the first are acknowledged. Nothing here changes until `done`.
        """
        puts: list[Put] = []
        if not self.begun:
            puts.append((b"o" + self.owner.pack(), Record(self.previous, self.start, self.mark).encode()))
        for bucket, content in contents.items():
            puts += self._write(bucket, Part(self.owner, self.mark.head, mark.head, 0, False), content)
        again = {} if self.begun else {name: self.notes[name] for name in self._heirless}
        puts += self._notes.write(self.owner.pack(), self.mark.head, again | notes)
        return puts, (b"o" + self.owner.pack(), Record(self.previous, self.start, mark).encode())

    def done(self, mark: Mark, contents: dict[Bucket, bytes]) -> None:
        """The flush is acknowledged: it counts."""
        for bucket, content in contents.items():
            part = Part(self.owner, self.mark.head, mark.head, _count(content), False)
            self.parts.setdefault(bucket, []).append(part)
        self._notes.done(mark.head)
        self.begun = True
        self.mark = mark

    def crowded(self, committed: int, most: int) -> Iterator[Bucket]:
        """The buckets in which more than `most` segments could be merged now."""
        for bucket, parts in self.parts.items():
            if sum(part.end <= committed for part in parts if not part.base) > most:
                yield bucket

    def compact(
        self,
        bucket: Bucket,
        committed: int,
        get: Callable[[bytes], bytes],
        merge: Callable[[list[bytes]], bytes],
    ) -> tuple[list[Put], list[Put]]:
        """Merge the segments of a bucket that are committed into a base.

        Returns what to put and, when that is acknowledged, what to delete. The index is changed at once.
        """
        parts = self.parts[bucket]
        merged = [part for part in parts if part.base or part.end <= committed]
        segments = [part for part in merged if not part.base]
        if not segments:
            return [], []
        content = merge([self._content(part, bucket, get) for part in merged])
        base = Part(self.owner, 0, max(part.end for part in merged), _count(content), True)
        puts = self._write(bucket, base, content)
        puts.reverse()  # the first chunk last: it makes the base whole
        fresh = set(base.keys(bucket))
        self.parts[bucket] = [base, *(part for part in parts if part not in merged)]
        return puts, [(key, None) for part in merged for key in part.keys(bucket) if key not in fresh]

    def weeks(self, committed: int, last: int) -> Iterator[int]:
        """The weeks that end by the day `last`, and whose days are still apart and all committed."""
        days = [bucket for bucket in self.parts if bucket.kind is Kind.SHEET]
        for week in sorted({bucket.at // WEEK for bucket in days}):
            if week * WEEK + WEEK - 1 <= last and all(
                part.end <= committed
                for bucket in days
                if bucket.at // WEEK == week
                for part in self.parts[bucket]
            ):
                yield week

    def settle(
        self,
        week: int,
        get: Callable[[bytes], bytes],
        merge: Callable[[list[bytes]], bytes],
    ) -> tuple[list[Put], list[Put]]:
        """Merge the days of a week into one base: one of `weeks`, to whose days nothing will be added.

        Returns what to put and, when that is acknowledged, what to delete. From the moment the base is
        whole it counts, and its days are void, deleted or not.
        """
        bucket = Bucket(Kind.WEEK, week)
        days = [each for each in self.parts if each.kind is Kind.SHEET and each.at // WEEK == week]
        before = self.parts.get(bucket, [])
        merged = [(bucket, part) for part in before]
        merged += [(day, part) for day in days for part in self.parts[day]]
        content = merge([self._content(part, where, get) for where, part in merged])
        base = Part(self.owner, 0, max(part.end for _, part in merged), _count(content), True)
        puts = self._write(bucket, base, content)
        puts.reverse()  # the first chunk last: it makes the base whole
        for day in days:
            del self.parts[day]
        self.parts[bucket] = [base]
        fresh = set(base.keys(bucket))
        keys = [key for where, part in merged for key in part.keys(where)]
        return puts, [(key, None) for key in keys if key not in fresh]

    def _void_days(self) -> None:
        """Days that are in their week's base: it was made of all that had been kept of them."""
        for bucket in [bucket for bucket in self.parts if bucket.kind is Kind.SHEET]:
            week = self.parts.get(Bucket(Kind.WEEK, bucket.at // WEEK))
            if week is None:
                continue
            void = [part for part in self.parts[bucket] if part.end <= week[0].end]
            self.stale += [key for part in void for key in part.keys(bucket)]
            self.parts[bucket] = [part for part in self.parts[bucket] if part not in void]
            if not self.parts[bucket]:
                del self.parts[bucket]

    def clean(self, committed: int) -> list[Put]:
        """What to delete of what was found to be of no use; to be asked when the partition is known to be ours.

        committed: an offset that was confirmed to be ours.
        """
        stale, self.stale = self.stale, []
        return [(key, None) for key in [*stale, *self._notes.clean(committed)]]

    def drop(self, bucket: Bucket) -> list[Put]:
        """Forget a bucket; what to delete."""
        return [(key, None) for part in self.parts.pop(bucket, ()) for key in part.keys(bucket)]

    def _write(self, bucket: Bucket, part: Part, content: bytes) -> list[Put]:
        part.chunks = _count(content)
        head = CONTENT.pack(VERSION, part.end, part.chunks)
        cuts = range(0, max(len(content), 1), CHUNK)
        return [
            (key, head + content[at : at + CHUNK]) for key, at in zip(part.keys(bucket), cuts, strict=True)
        ]

    def _content(self, part: Part, bucket: Bucket, get: Callable[[bytes], bytes]) -> bytes:
        return b"".join(get(key)[CONTENT.size :] for key in part.keys(bucket))


def _count(content: bytes) -> int:
    return max(1, -(-len(content) // CHUNK))


def _next(last: Owner, generation: int) -> Owner:
    """Who comes after an owner; a generation that is not later, confirmed to be ours, is of a group that was begun anew."""
    anew = last.generation > generation or last is NOBODY
    turn = last.turn + 1 if last.generation == generation else 0
    return Owner(last.era + anew, generation, turn)


def _counted(kept: Kept, limits: Mapping[Owner, int], stale: list[bytes]) -> dict[Bucket, list[Part]]:
    """The parts that are whole and of an owner in the chain, within what counts of it. stale: gets the keys of the others."""
    counted: dict[Bucket, list[Part]] = {}
    for (base, bucket, owner, offset), have in kept.chunks.items():
        end, count = have.get(0, next(iter(have.values())))
        part = Part(owner, 0 if base else offset, end, count, base)
        if len(have) == count and owner in limits and end <= limits[owner]:
            counted.setdefault(bucket, []).append(part)
        else:
            stale += [key for n, key in enumerate(part.keys(bucket)) if n in have]
    return counted
