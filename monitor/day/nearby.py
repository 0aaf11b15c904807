"""Nearby: how many calls showed a number of the area in which the called person lives, by area.

Only calls between two geographic numbers count, since a mobile is nowhere. What is kept is the area of
the organisation's own number; of the person called no more than that it was the same or not.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import phonenumbers
import polars as pl

from monitor.columns.grouping import Coded, groups
from monitor.day.counting import Counting
from monitor.day.merging import Columns, Merging
from monitor.numbering.area import areas_of

#: 10, 100, ...: as many of them as are not above a number, so many digits it has but one.
_TENS = np.array([10**power for power in range(1, 20)], np.uint64)
_ONE = np.uint64(1)


class Nearby(Merging):
    """Outbound calls to geographic numbers by (organisation, area of the shown number, day).

    - `area`: the country's code and the area's, as one number of digits
    - `calls`: to a geographic number; `same`: of these, to one of that area

    Redelivery would double its counts; `repeats.py` guards it.
    """

    SCHEMA = pl.Schema(
        {
            "organisation": pl.String,
            "area": pl.UInt32,
            "day": pl.Int32,
            "calls": pl.UInt32,
            "same": pl.UInt32,
        }
    )
    KEY = ("organisation", "area", "day")
    MERGE: ClassVar = {"calls": np.add, "same": np.add}
    __slots__ = ()

    @classmethod
    def _columns(cls, calls: Counting) -> Columns:
        """One row a number, of which an area is then asked once."""
        known = calls.present("local") & calls.present("number") & calls.outbound & (calls.weight > 0)
        rows = np.flatnonzero(known)
        numbers, local = calls.values("number")[rows], calls.values("local")[rows].astype(np.uint32)
        found = groups(calls.organisation.codes[rows], calls.day[rows], numbers)
        places = areas(numbers[found.first])
        here = np.flatnonzero(places)
        first = rows[found.first[here]]
        weight = calls.weight[rows].astype(np.uint32)
        return {
            "organisation": Coded(calls.organisation.codes[first], calls.organisation.texts),
            "area": places[here],
            "day": calls.day[first],
            "calls": found.reduce(np.add, weight)[here],
            "same": found.reduce(np.add, weight * local)[here],
        }


def same_area(region: str, shown: pl.Series, called: pl.Series) -> pl.Series:
    """Whether the called number lies in the shown one's area; null unless both are geographic (both UInt64)."""
    known = areas_of(region)
    here, there = (known.of(numbers.fill_null(0).to_numpy()) for numbers in (shown, called))
    geographic = (here > 0) & (there > 0)
    return pl.Series("local", here == there).set(pl.Series(~geographic), None)


def areas(numbers: np.ndarray) -> np.ndarray:
    """The country's code and the area's of each number (uint32); 0 for one that is not geographic."""
    found = np.zeros(len(numbers), np.uint32)
    length = np.searchsorted(_TENS, numbers, side="right")  # digits less one
    for digits in (1, 2, 3):  # of the country's code
        codes = (numbers // np.append(_ONE, _TENS)[np.maximum(length + 1 - digits, 0)]).astype(np.int64)
        for code in np.flatnonzero(np.bincount(codes)).tolist() if len(codes) else ():
            for region in _region(code):
                here = np.flatnonzero(codes == code)
                inside = areas_of(region).of(numbers[here]).astype(np.uint64)
                shift = _TENS[np.searchsorted(_TENS, inside, side="right")]
                found[here] = np.where(inside > 0, code * shift + inside, 0)
    return found


def _region(code: int) -> tuple[str, ...]:
    """The main region of a country's code; none for what is no country's, as satellites (`001`)."""
    return tuple(
        region for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())[:1] if region != "001"
    )
