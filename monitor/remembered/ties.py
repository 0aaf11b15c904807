"""Ties: when each organisation was first and last seen to call, and through which lines.

A line is an account, a trunk or a bureau, as `kind:value`. What is kept of lines is the current and the
last four calendar weeks. An operator's own organisation may have a hundred thousand accounts, so of each kind the lines
with most calls are named, and of the others it is said how many calls they carried together.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from monitor.tenure import WEEK

#: Whole weeks that are kept beside the current one.
WEEKS = 4
#: Lines of each kind that are named of an organisation. Asked is what carried at least half of its calls, two lines at most,
#: and what it called on a line of another's: of one that is not among so many it has less than a 64th of its calls.
LINES = 64
_NEVER = np.iinfo(np.int32).max


class Ties:
    """Days by organisation code, and calls by (organisation code, line, week); 12 bytes a line and week."""

    _SCHEMA = pl.Schema({"organisation": pl.Int32, "line": pl.UInt32, "calls": pl.UInt32})

    def __init__(self) -> None:
        self.first = np.zeros(0, np.int32)  # the first day with an outbound call
        self.watched = np.zeros(0, np.int32)  # the first day of the feeds on which that was
        self.last = np.zeros(0, np.int32)
        self.lines: list[str] = []
        self._codes: dict[str, int] = {}
        self._weeks: dict[int, pl.DataFrame] = {}
        self._week: int | None = None

    def grow(self, organisations: int) -> None:
        """Make room for so many organisations; the new ones have not called yet."""
        more = organisations - len(self.first)
        self.first, self.watched = (
            np.pad(days, (0, more), constant_values=_NEVER) for days in (self.first, self.watched)
        )
        self.last = np.pad(self.last, (0, more), constant_values=-_NEVER)

    def advance(self, day: int) -> None:
        """Begin a day: weeks that have passed are dropped."""
        self._week = day // WEEK
        passed = [week for week in self._weeks if week < self._week - WEEKS]
        for week in passed:
            del self._weeks[week]
        if passed:
            self._forget()

    def _forget(self) -> None:
        """Forget lines of which nothing is known any more, once they are more than the others: some feeds name a new one each day."""
        used = pl.concat([pl.Series("line", [], pl.UInt32), *(week["line"] for week in self._weeks.values())])
        kept = used.unique().sort()
        if len(self.lines) <= 2 * len(kept):
            return
        self.lines = [self.lines[code] for code in kept.to_list()]
        self._codes = {line: code for code, line in enumerate(self.lines)}
        anew = pl.col("line").replace_strict(kept, pl.int_range(len(kept), dtype=pl.UInt32, eager=True))
        self._weeks = {number: week.with_columns(anew) for number, week in self._weeks.items()}

    def see(self, day: int, organisations: np.ndarray, watched: np.ndarray) -> None:
        """Note that organisations (distinct codes) called on a day, which may be past."""
        first = self.first[organisations]
        earlier, same = organisations[day < first], organisations[day == first]
        self.watched[earlier] = watched[day < first]
        # What came of that day before may have come on a feed that was watched for longer.
        self.watched[same] = np.maximum(self.watched[same], watched[day == first])
        self.first[earlier] = day
        self.last[organisations] = np.maximum(self.last[organisations], day)

    def add(self, day: int, codes: np.ndarray, links: pl.DataFrame) -> None:
        """Add a day's rows of `Links`, of the organisations with these codes; that day may be past."""
        week = day // WEEK
        if not links.height or (self._week is not None and week < self._week - WEEKS):
            return
        named = pl.concat_str("kind", pl.lit(":"), "value")
        distinct = links.select(named.alias("line"))["line"].unique().sort().to_list()
        for line in distinct:
            if line not in self._codes:
                self._codes[line] = len(self.lines)
                self.lines.append(line)
        table = {line: self._codes[line] for line in distinct}
        rows = links.select(
            pl.Series("organisation", codes, pl.Int32),
            named.replace_strict(table, return_dtype=pl.UInt32).alias("line"),
            "calls",
        ).cast(dict(self._SCHEMA))
        known = self._weeks.get(week)
        self._weeks[week] = _sum([rows] if known is None else [known, rows])

    def of(self, wanted: np.ndarray) -> tuple[dict[int, dict[str, int]], dict[int, dict[str, int]]]:
        """Of the organisations with these codes, over all weeks that are kept: the calls on each of their lines, of each kind
        the `LINES` with most calls, and by kind the calls on the others.
        """
        if not self._weeks or not len(wanted):
            return {}, {}
        among = pl.col("organisation").is_in(pl.Series(wanted, dtype=pl.Int32).implode())
        found = _sum([week.filter(among) for week in self._weeks.values()])
        named = pl.Series("line", [self.lines[line] for line in found["line"].to_list()], pl.String)
        found = found.with_columns(named, kind=named.str.split(":").list.first())
        # Of those with as many calls the first by name, so that it does not depend on the order in which they came.
        found = found.sort("organisation", "kind", "calls", "line", descending=[False, False, True, False])
        place = pl.int_range(pl.len()).over("organisation", "kind")
        told, others = found.filter(place < LINES), found.filter(place >= LINES)
        others = (
            others.group_by("organisation", "kind").agg(pl.col("calls").sum()).sort("organisation", "kind")
        )
        return _by_code(told.select("organisation", "line", "calls")), _by_code(others)


def _by_code(rows: pl.DataFrame) -> dict[int, dict[str, int]]:
    """Of (organisation code, text, calls): the calls by text, by code."""
    found: dict[int, dict[str, int]] = {}
    for code, text, calls in rows.iter_rows():
        found.setdefault(code, {})[text] = calls
    return found


def _sum(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames).group_by("organisation", "line").agg(pl.col("calls").sum())
