"""What is kept of a record that could not be read: the original bytes, where they came from, and why they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from streams.fetching.records import Records

#: Headers that say where a record came from and why it is on `cdr.rejected`.
_TOLD = 9
#: Bytes of a record besides its key, value and headers: the batch around it, its lengths, what is said of what was cut.
_ROOM = 500


@dataclass(slots=True)
class Rejected:
    """A record that could not be read, and why."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]  # its own, and after them where it came from and why it is here
    reason: str
    #: Records in it that are rejected for that reason: a packed value is kept once for all of them.
    many: int = 1

    @classmethod
    def of(
        cls,
        source: TopicPartition,
        records: Records,
        row: int,
        feed: str,
        reason: str,
        detail: str,
        many: int = 1,
    ) -> Rejected:
        """detail: of the first of so many."""
        value = records.values[row]
        told = {
            "nw-feed": feed,
            "nw-topic": source.topic,
            "nw-partition": source.partition,
            "nw-offset": records.offsets[row],
            "nw-timestamp": records.times[row],
            "nw-reason": reason,
            "nw-detail": detail,
            "nw-tombstone": int(value is None),
            "nw-records": many,
        }
        headers = [*records.headers(row), *((name, str(said).encode()) for name, said in told.items())]
        return cls(records.key(row), value, headers, reason, many)

    def within(self, most: int) -> Rejected:
        """The same in at most so many bytes. What is cut off is the end of the value, and before it what leaves that no room: a
        key of more than a quarter, and more of the record's own headers than half. How long they were is said.
        """
        own, told = self.headers[:-_TOLD], self.headers[-_TOLD:]
        key, said = self.key, {}
        if len(key or b"") > most // 4:
            key, said["nw-key-bytes"] = key[: most // 4], len(key)
        if _bytes(own) > most // 2:
            own, said["nw-headers-bytes"] = [], _bytes(own)
        left = most - len(key or b"") - _bytes(own) - _bytes(told) - _ROOM
        value = self.value
        if value is not None and len(value) > left:
            value, said["nw-value-bytes"] = value[:left], len(value)
        if not said:
            return self
        cut = ((name, str(length).encode()) for name, length in said.items())
        return Rejected(key, value, [*own, *cut, *told], self.reason, self.many)


def _bytes(headers: Sequence[tuple[str, bytes | None]]) -> int:
    """What headers take: each is a name and a value and their lengths."""
    return sum(len(name.encode()) + len(value or b"") + 10 for name, value in headers)
