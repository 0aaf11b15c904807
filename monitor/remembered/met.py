"""Met: who of the sampled persons was called from which number, in the last four weeks.

Kept as days, so that late calls are just more of a day and nothing depends on the order in which
calls came. Per organisation and day at most `contacts.SAMPLE` persons.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from monitor.columns.grouping import groups
from monitor.day.contacts import SAMPLE

#: Days kept: a campaign's attempts to reach one person rarely stretch further.
DAYS = 28
#: The largest pseudonym.
_ALL = 2**64 - 1


class Met:
    """Rows (organisation code, person, number, calls) by day; 24 bytes a row.

    5,000 organisations that each call more than `SAMPLE` persons on every day keep 200 MB.
    """

    SCHEMA = pl.Schema(
        {"organisation": pl.Int32, "person": pl.UInt64, "number": pl.UInt64, "calls": pl.UInt32}
    )

    def __init__(self) -> None:
        #: By day the columns of `SCHEMA`, in the order of organisation, person and number; and (organisation, last person) of
        #: those that called as many as are kept. Arrays, which every close reads day by day.
        self._days: dict[int, tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]] = {}

    def add(self, day: int, rows: pl.DataFrame) -> None:
        """Add a day's rows of `SCHEMA`, in any order, and to what is known of that day."""
        columns = [rows[name].to_numpy() for name in self.SCHEMA]
        if day in self._days:
            columns = [np.concatenate(parts) for parts in zip(self._days[day][0], columns, strict=True)]
        organisation, person, number, calls = columns
        found = groups(organisation, person, number)
        calls = found.reduce(np.add, calls)
        organisation, person, number = (key[found.first] for key in (organisation, person, number))
        # Rows are in order: the persons of each organisation by their pseudonyms.
        fresh = np.append(True, organisation[1:] != organisation[:-1])[: len(person)]
        new = fresh | np.append(True, person[1:] != person[:-1])[: len(person)]
        persons = np.cumsum(new)
        place = persons - np.maximum.accumulate(
            np.where(fresh, persons, 0)
        )  # of the person in its organisation
        last = np.flatnonzero(new & (place == SAMPLE - 1))
        keep = place < SAMPLE
        kept = (organisation[keep], person[keep], number[keep], calls[keep])
        self._days[day] = (kept, (organisation[last], person[last]))

    def forget(self, before: int) -> None:
        """Drop the days before one."""
        for day in [day for day in self._days if day < before]:
            del self._days[day]

    def sample(
        self, wanted: np.ndarray, after: int, until: int, most: int
    ) -> dict[int, tuple[list[int], int]]:
        """Of each organisation the persons with the smallest pseudonyms in a range of days, at most so many.

        Returns (persons, upto): of those up to and including `upto`, none that it called is missing.
        """
        if not len(wanted):
            return {}
        codes = pl.Series(wanted, dtype=pl.Int32)
        found = self.persons(codes, after, until).select("organisation", "person").unique()
        limits = self._limits(after, until)
        sampled: dict[int, tuple[list[int], int]] = {}
        found = found.sort("organisation", "person").group_by("organisation", maintain_order=True)
        for code, persons in found.agg("person").iter_rows():
            upto = persons[most - 1] if len(persons) > most else limits.get(code, _ALL)
            sampled[code] = (persons[:most], upto)
        return sampled

    def parts(self, after: int, until: int) -> dict[int, float]:
        """By organisation the share of all persons of whom all is known in a range of days; those without know all."""
        return {code: (limit + 1) / (_ALL + 1) for code, limit in self._limits(after, until).items()}

    def _limits(self, after: int, until: int) -> dict[int, int]:
        """By organisation the pseudonym up to which all are known on each day of a range; those without know all."""
        crowded = [crowded for day, (_, crowded) in self._days.items() if after < day <= until]
        most = max((int(codes[-1]) for codes, _ in crowded if len(codes)), default=-1)
        limits = _lowest(crowded, most + 1)
        limited = np.flatnonzero(limits < _ALL)
        return dict(zip(limited.tolist(), limits[limited].tolist(), strict=True))

    def persons(self, wanted: pl.Series, after: int, until: int) -> pl.DataFrame:
        """Calls by (organisation, person, number) of a range of days, of those persons of whom all is known.

        A person is in every day's sample when their pseudonym is below the last one of the fullest
        day's: of them, no call of the range is missing (bottom-k sampling, Cohen and Kaplan, 2007).

        wanted: codes of organisations (Int32). Rows are in the order of organisation, person and number.
        """
        days = [kept for day, kept in sorted(self._days.items()) if after < day <= until]
        if not days or not len(wanted):
            return self.SCHEMA.to_frame()
        wanted = wanted.to_numpy()
        among = np.zeros(wanted.max() + 1, bool)
        among[wanted] = True
        limits = _lowest((crowded for _, crowded in days), len(among))
        kept = [_of(among, limits, rows) for rows, _ in days]
        organisation, person, number, calls = (np.concatenate(parts) for parts in zip(*kept, strict=True))
        found = groups(organisation, person, number)
        keys = (key[found.first] for key in (organisation, person, number))
        return pl.DataFrame([*keys, found.reduce(np.add, calls)], self.SCHEMA)


def _lowest(crowded: Iterable[tuple[np.ndarray, np.ndarray]], size: int) -> np.ndarray:
    """By code, below `size`, the pseudonym up to which all are known on each of some days."""
    limits = np.full(size, _ALL, np.uint64)
    for codes, last in crowded:
        end = np.searchsorted(codes, size)
        codes = codes[:end]  # each once
        limits[codes] = np.minimum(limits[codes], last[:end])
    return limits


def _of(among: np.ndarray, limits: np.ndarray, rows: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """The rows of some organisations and of their persons up to the limits."""
    begin, end = np.searchsorted(rows[0], (among.argmax(), len(among)))
    rows = [column[begin:end] for column in rows]
    organisation, person = rows[:2]
    keep = among[organisation] & (person <= limits[organisation])
    return rows if keep.all() else [column[keep] for column in rows]
