"""The tally of a file: how many records it had, how many of them could not be read, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from streams.cli.screen import visible

if TYPE_CHECKING:
    from monitor.replay import Read

#: Share of a file's records above which it is said that they were rejected: that of a feed above which a worker's
#: alerting rule RecordsRejected speaks (`deploy/prometheus/rules/`). A stray record is in every export.
REJECTED = 0.01
#: Files that are named; the others are counted.
_NAMED = 5


@dataclass(slots=True)
class Tally:
    """What became of the records of one file."""

    path: Path  # `-` is standard input
    records: int = 0
    rejected: Counter[str] = field(default_factory=Counter)  # by reason
    first: str = ""  # why the first of them was

    def add(self, read: Read) -> None:
        """Count a batch of the file."""
        self.records += read.parsed.records
        for frame in (read.parsed.rejected, read.rejected):
            if not frame.height:
                continue
            self.rejected.update(dict(frame["reason"].value_counts().iter_rows()))
            if not self.first:
                reason, detail = frame.select("reason", "detail").row(0)
                self.first = f"{reason} ({detail})" if detail else reason

    @property
    def refused(self) -> int:
        """Records that were rejected."""
        return self.rejected.total()

    @property
    def name(self) -> str:
        """The file, as it is called to people."""
        return "standard input" if str(self.path) == "-" else visible(self.path)


def wholly_rejected(tallies: Iterable[Tally]) -> str | None:
    """What is the matter where of a file with records none could be read; the first of these files, and which others."""
    bad = [each for each in tallies if each.records and each.refused == each.records]
    if not bad:
        return None
    first, *others = bad
    nor = f"; nor any of {_several([each.name for each in others])}" if others else ""
    if first.rejected.keys() == {"in_future"}:
        return (
            f"all {first.records:,} records of {first.name} are of calls that are yet to come{nor}; "
            "is the clock of this machine right?"
        )
    return (
        f"none of {first.records:,} records of {first.name} could be read; the first: {visible(first.first)}{nor}. "
        "Is --dialect right? `nummerwacht check CONFIG --feed F --sample FILE` shows what becomes of a record"
    )


def doubts(tallies: Sequence[Tally]) -> Iterator[str]:
    """What a person should know of files that were read: which had no record, and of which more was rejected than `REJECTED`."""
    if empty := [each.name for each in tallies if not each.records]:
        yield f"no record is in {_several(empty)}"
    some = [each for each in tallies if REJECTED * each.records < each.refused < each.records]
    # Where most is missing first; sorting leaves those that are equal as they were given.
    some.sort(key=lambda each: -each.refused)
    for each in some[:_NAMED]:
        [(reason, many)] = each.rejected.most_common(1)
        most = "" if many == each.refused else f", {many:,} of them"
        yield (
            f"{each.name}: {each.refused:,} of {each.records:,} records ({each.refused / each.records:.1%}) were "
            f"rejected{most}: {reason}"
        )
    if len(some) > _NAMED:
        yield f"so were more than {REJECTED:.0%} of the records of {len(some) - _NAMED:,} other files"


def _several(names: Sequence[str]) -> str:
    """
    >>> _several(["a", "b", "c", "d", "e", "f", "g"])
    'a, b, c, d, e and 2 other files'
    """
    more = len(names) - _NAMED
    others = f" and {more:,} other file{'s' if more > 1 else ''}" if more > 0 else ""
    return ", ".join(names[:_NAMED]) + others
