"""What differed after runs, as a line a run and as a table a kind of fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Found:
    """What differed after a run."""

    name: str  # the faults
    faults: int
    calls: int
    lost: int
    double: int
    tables: int  # (organisation, number) whose counts are not those of SQL
    told: int  # alert states that should be there
    alerts: int  # that are missing, too many, other than in a replay, or told twice with a different content
    twice: int  # told to a sink more often than it is promised, or out of turn, or other than on `alerts`
    again: int  # told to a webhook again as is promised: its teller died in between
    untold: int  # on `alerts`, and not told to every sink
    ends: int  # workers that ended by themselves
    unexpected: int  # and not by the doing of a fault
    behind: int  # days that partitions should have closed, and have not
    restarts: int  # of workers by their watchdogs, as they must when something hangs
    codes: tuple[int, ...]  # with which: exit codes, or minus signals
    seconds: float

    def right(self) -> bool:
        return not (
            self.lost
            or self.double
            or self.tables
            or self.alerts
            or self.twice
            or self.untold
            or self.unexpected
            or self.behind
        )

    def line(self) -> str:
        return (
            f"{self.calls:9,} calls  {self.lost:4} lost {self.double:4} double {self.tables:4} tables  "
            f"{self.told:4} alerts {self.alerts:4} differ  {self.twice:3} told twice {self.again:3} again "
            f"{self.untold:3} untold  {self.ends:3} ends {self.unexpected:3} unexpected "
            f"{self.restarts:3} restarts  {self.seconds:5.0f} s"
        )


#: The columns of the table: of which numbers of `Found` it shows the sums, under which words.
_COLUMNS = {
    "calls": "calls", "faults": "faults", "lost": "lost", "double": "double", "tables": "table diff.",
    "alerts": "alert diff.", "twice": "told twice", "again": "again", "untold": "untold", "ends": "ends by itself",
    "unexpected": "unexpected", "restarts": "watchdog",
    "behind": "days behind",
}  # fmt: skip


def total(found: Sequence[Found], name: str) -> int:
    return sum(getattr(each, name) for each in found)


def table(found: Iterable[Found]) -> str:
    """A line a kind of fault, with the sums of its runs: those that it may have, and those that must be 0."""
    rows = [["fault", "runs", *_COLUMNS.values()]]
    for name, runs in groupby(sorted(found, key=lambda each: each.name), lambda each: each.name):
        each = list(runs)
        rows.append([name, str(len(each)), *(f"{total(each, column):,}" for column in _COLUMNS)])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )


def restarted(found: Sequence[Found], tries: int) -> str:
    """What was helped by a new start: no count differs for it, and whoever reads on should know. tries: of all runs."""
    return (
        f"{total(found, 'restarts')} new starts by watchdogs; {tries - len(found)} runs did not come to an end in "
        "time and were run once more"
    )


def closing(found: Sequence[Found]) -> str:
    """The last line, which `.ci/run` and whoever is in a hurry read."""
    lost, double, alerts = (total(found, name) for name in ("lost", "double", "alerts"))
    return f"faults: {len(found)} runs, {lost} lost, {double} double, {alerts} alert differences"
