"""The pictures of a dossier, as plain coordinates: what to draw, not how it looks.

x is in days from the first day shown, y in lanes; the template scales them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from monitor.day.usage import EPOCH, NO_NUMBER, start_of
from monitor.fleet import survival
from monitor.number import pretty

#: Lanes that are drawn: more are thinner than a line of text.
LANES = 60
#: Shades of a lane by calls a day, against the busiest day of the organisation's numbers.
SHADES = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """Days in a row with one shade."""

    x: int
    width: int
    shade: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One number."""

    number: str  # how it is named; nothing where it is of several
    calls: int
    first: int
    last: int
    bars: list[Bar]
    flagged: bool
    begun: bool = True  # False: it may have been in use before


@dataclass(frozen=True, slots=True)
class Lanes:
    """A fleet over time."""

    begin: int  # day
    width: int  # days
    lanes: list[Lane]
    hidden: int
    months: list[tuple[int, int]]  # x, the day on which it begins
    others: Lane | None = (
        None  # the hidden ones together: on days of which no lane has calls an organisation may have some
    )
    named: int = 0  # numbers that are drawn or hidden, where there are known to be more,
    counted: int = 0  # and how many there are at least


@dataclass(frozen=True, slots=True)
class Curve:
    """Survival by age: points from (0, 1)."""

    points: list[tuple[int, float]]
    low: float
    high: float
    term: int
    numbers: int
    ended: int


@dataclass(frozen=True, slots=True)
class Days:
    """Calls a day."""

    begin: int
    width: int
    bars: list[tuple[int, float, float]]  # x, height of shown calls, of withheld ones; 0 to 1
    most: int


def lanes(
    usage: pl.DataFrame,
    end: int,
    flagged: set[int],
    most: int = LANES,
    uncertain: Collection[int] = (),
) -> Lanes:
    """The numbers of an organisation in the order in which they came: those that are used most; the others are one lane.

    flagged: of which there is an alert; all of these are in tables or words, drawn or not. most: that are drawn.
    uncertain: whose beginning was not seen.
    """
    rows = (
        usage.filter((pl.col("number") != NO_NUMBER) & (pl.col("calls") > 0))
        .group_by("number", "day")
        .agg(pl.col("calls").sum())
        .sort("number", "day")
    )
    if not rows.height:
        return Lanes(end, 1, [], 0, [])
    begin = rows["day"].min()
    width = max(end - begin + 1, 1)
    totals = rows.group_by("number").agg(
        pl.col("calls").sum(), pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    chosen = (
        totals.sort("calls", "number", descending=[True, False]).head(most).sort("first", "last", "number")
    )
    busiest = rows["calls"].max()
    by_number = rows.partition_by("number", as_dict=True)
    drawn = [
        Lane(
            pretty(number),
            calls,
            first,
            last,
            bars_of(by_number[(number,)], begin, busiest),
            number in flagged,
            number not in uncertain,
        )
        for number, calls, first, last in chosen.iter_rows()
    ]
    hidden = rows.join(chosen, on="number", how="anti")
    return Lanes(
        begin, width, drawn, totals.height - len(drawn), months(begin, width), _together(hidden, begin)
    )


def _together(rows: pl.DataFrame, begin: int) -> Lane | None:
    """The lane of several numbers, shaded by its own busiest day."""
    if not rows.height:
        return None
    days = rows.group_by("day").agg(pl.col("calls").sum()).sort("day")
    calls, first, last = days["calls"].sum(), days["day"].min(), days["day"].max()
    return Lane("", calls, first, last, bars_of(days, begin, days["calls"].max()), False)


def bars_of(rows: pl.DataFrame, begin: int, most: int) -> list[Bar]:
    """The bars of a lane, from its calls by `day`."""
    bars: list[Bar] = []
    for day, calls in rows.select("day", "calls").iter_rows():
        shade = shade_of(calls, most)
        x = day - begin
        if bars and bars[-1].x + bars[-1].width == x and bars[-1].shade == shade:
            bars[-1] = Bar(bars[-1].x, bars[-1].width + 1, shade)
        else:
            bars.append(Bar(x, 1, shade))
    return bars


def shade_of(calls: float, most: float) -> int:
    """By the square root: a day of one call must still be seen beside one of a hundred."""
    return min(SHADES - 1, int(SHADES * (calls / most) ** 0.5))


def months(begin: int, width: int) -> list[tuple[int, int]]:
    """Where months begin, and on which days; at most about a dozen."""
    first, last = start_of(begin).date(), start_of(begin + width - 1).date()
    # By months, not by days: between two dates that somebody sent there may be millions.
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    years = [divmod(first.year * 12 + first.month - 1 + at, 12) for at in range(count)]
    days = [(date(year, month + 1, 1) - EPOCH).days for year, month in years]
    found = [(day - begin, day) for day in days if begin <= day < begin + width]
    return found[:: max(1, len(found) // 12)]


def curve(found: survival.Curve, row: int, numbers: int, term: int) -> Curve | None:
    """The curve of one organisation as the churn rule has it; None for fewer than three numbers."""
    if numbers < 3:
        return None
    points = [(at, round(float(share), 4)) for at, share in enumerate(found.survival[row])]
    return Curve(points, float(found.low[row]), float(found.high[row]), term, numbers, int(found.events[row]))


def days(usage: pl.DataFrame) -> Days:
    """Outbound calls a day, withheld ones apart."""
    rows = usage.group_by("day").agg(pl.col("calls", "withheld").sum()).sort("day")
    rows = rows.filter(pl.col("calls") > 0)
    if not rows.height:
        return Days(0, 1, [], 0)
    begin, most = rows["day"].min(), rows["calls"].max()
    bars = [
        (day - begin, round((calls - withheld) / most, 4), round(withheld / most, 4))
        for day, calls, withheld in rows.iter_rows()
    ]
    return Days(begin, rows["day"].max() - begin + 1, bars, most)


@dataclass(frozen=True, slots=True)
class Strip:
    """On which days a feed was seen."""

    feed: str
    bars: list[Bar]
    share: float
    width: int


def coverage(frame: pl.DataFrame) -> list[Strip]:
    """One strip a feed, over the days from the first to the last seen of any."""
    if not frame.height:
        return []
    begin, end = frame["day"].min(), frame["day"].max()
    width = end - begin + 1
    strips = []
    for (feed,), rows in sorted(frame.partition_by("feed", as_dict=True).items()):
        seen = rows.filter(pl.col("hours") > 0)["day"].unique().sort()
        bars: list[Bar] = []
        for day in seen:
            if bars and bars[-1].x + bars[-1].width == day - begin:
                bars[-1] = Bar(bars[-1].x, bars[-1].width + 1, 0)
            else:
                bars.append(Bar(day - begin, 1, 0))
        strips.append(Strip(feed, bars, len(seen) / width, width))
    return strips
