"""A picture for each family of an alert about a fleet: what the measure was read from.

Survival and the numbers over time are drawn for every organisation (`pictures.py`); here is what belongs
to the others. Each is bars of heights from 0 to 1 with a label, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import polars as pl

from monitor.alert import Alert
from monitor.day.usage import NO_NUMBER, day_of
from monitor.fleet.warming import EARLY, LATE
from monitor.remembered.met import DAYS
from monitor.replay import Outcome
from monitor.report.pictures import Lane, Lanes, bars_of, months
from monitor.tenure import WEEK, WEEKS

_TERM = WEEKS * WEEK
#: Bars that can be told apart at the width of half a page.
_MOST = 60
_FORTNIGHT = 2 * WEEK
#: Numbers that several use, and their users, that are drawn.
_NUMBERS, _USERS = 4, 5


@dataclass(frozen=True, slots=True)
class Bars:
    """Heights, 0 to 1, with labels; those that stand out are drawn so."""

    bars: list[tuple[str, float, bool]]
    most: float  # what a height of one stands for,
    unit: str = ""  # of this
    hidden: int = 0  # bars that are not drawn: of what was used or came less
    days: int = 0  # that they are of, where their words say so


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of one family."""

    family: str
    bars: Bars | None
    lanes: Lanes | None = None
    until: int | None = None  # the last day that it is of, where that is not the last of the data


def pictures(outcome: Outcome, name: str, alerts: Iterable[Alert], end: int) -> list[Picture]:
    """One for each family that the organisation's alerts about its fleet name, in their order."""
    ours = [alert for alert in alerts if alert.kind == "number_carousel"]
    usage = outcome.usage.filter(
        (pl.col("organisation") == name) & (pl.col("calls") > 0) & (pl.col("number") != NO_NUMBER)
    )
    found: dict[str, Picture] = {}
    for alert in ours:
        for reason in alert.reasons:
            if reason.measure == "numbers_of_others":
                if alert.evidence.related:
                    found["sharing"] = Picture("sharing", None, _users(outcome.usage, alert, end))
            elif reason.measure == "rise_with_age":
                told = day_of(alert.as_of) - 1
                found.setdefault("warming", Picture("warming", _warming(usage, told), until=told))
            elif reason.family in _DRAWN and reason.family not in found:
                bars = _DRAWN[reason.family](outcome, name, usage, reason.exposure, end)
                found[reason.family] = Picture(reason.family, bars)
            elif reason.family == "linkage" and alert.evidence.related:
                chain = [*reversed(alert.evidence.related), name]
                found["linkage"] = Picture("linkage", None, _chain(outcome.usage, chain, end))
    return [picture for picture in found.values() if picture.lanes or (picture.bars and picture.bars.bars)]


def _scaled(rows: list[tuple[str, float, bool]], hidden: int = 0) -> Bars:
    most = max((value for _, value, _ in rows), default=0)
    bars = [(label, round(value / most, 4), out) for label, value, out in rows if most]
    return Bars(bars, most, hidden=hidden)


def _counted(counts: pl.DataFrame, stands_out: Callable[[int, int], bool]) -> Bars:
    """How often each value was counted, by value: those that came most. counts: two columns, value and count."""
    value, count = counts.columns
    chosen = counts.sort(count, value, descending=[True, False]).head(_MOST).sort(value)
    rows = [(str(each), many, stands_out(each, many)) for each, many in chosen.iter_rows()]
    return _scaled(rows, counts.height - chosen.height)


def _dispersion(outcome: Outcome, name: str, usage: pl.DataFrame, exposure: dict, end: int) -> Bars:
    """Calls of each number in a term, the most used first; those beyond the numbers needed stand out."""
    calls = (
        usage.filter(pl.col("day") > end - _TERM)
        .group_by("number")
        .agg(pl.col("calls").sum())
        .sort("calls", "number", descending=[True, False])["calls"]
    )
    needed = exposure.get("needed_numbers", 1)
    rows = [(str(at + 1), many, at >= needed) for at, many in enumerate(calls.head(_MOST))]
    return _scaled(rows, len(calls) - len(rows))


def _recontact(outcome: Outcome, name: str, usage: pl.DataFrame, exposure: dict, end: int) -> Bars:
    """Of the sampled persons who were called more than once, how many saw 1, 2, 3, ... numbers; more than one stands out."""
    state = outcome.judge.moment().state
    code = pl.Series([state.codes[name]], dtype=pl.Int32)
    # Of an alert of a version before it is not known.
    days = int(exposure.get("days", DAYS))
    saw = (
        state.met.persons(code, state.day - days, state.day)
        .group_by("person")
        .agg(pl.col("calls").sum(), pl.col("number").n_unique().alias("numbers"))
        .filter(pl.col("calls") > 1)["numbers"]
        .value_counts()
    )
    return replace(_counted(saw, lambda numbers, _: numbers > 1), days=days)


def _recycling(outcome: Outcome, name: str, usage: pl.DataFrame, exposure: dict, end: int) -> Bars:
    """How often a number came back after so many weeks of silence, in two terms."""
    rests = (
        usage.filter(pl.col("day") > end - 2 * _TERM)
        .select("number", "day")
        .unique()
        .sort("number", "day")
        .with_columns(rest=pl.col("day").diff().over("number") - 1)
        .filter(pl.col("rest") >= WEEK)
        .select(weeks=pl.col("rest") // WEEK)["weeks"]
        .value_counts()
    )
    return _counted(rests, lambda *_: False)


def _dialler(outcome: Outcome, name: str, usage: pl.DataFrame, exposure: dict, end: int) -> Bars:
    """On how many days a number made so many calls, in four weeks; the most usual count stands out."""
    days = (
        usage.filter(pl.col("day") > end - DAYS)
        .group_by("number", "day")
        .agg(pl.col("calls").sum())["calls"]
        .value_counts()
    )
    usual = days["count"].max() if days.height else 0
    return _counted(days, lambda _, many: many == usual)


def _warming(usage: pl.DataFrame, told: int) -> Bars:
    """Calls a day from a number by its day of use, of those born in the four weeks before it was told; the compared days stand out."""
    born = (
        usage.group_by("number")
        .agg(pl.col("day").min().alias("first"))
        .filter((pl.col("first") > told - DAYS) & (pl.col("first") + LATE[1] - 1 <= told))
    )
    rows = (
        usage.join(born, on="number")
        .filter(pl.col("day") <= told)
        .with_columns(age=pl.col("day") - pl.col("first"))
        .group_by("age")
        .agg(pl.col("calls").sum() / pl.col("number").n_unique())
        .sort("age")
        .head(_FORTNIGHT)
    )
    compared = {age for begin, end in (EARLY, LATE) for age in range(begin, end)}
    return _scaled(
        [
            (str(age + 1), round(calls, 1), age in compared)
            for age, calls in rows.select("age", "calls").iter_rows()
        ]
    )


def _local_presence(outcome: Outcome, name: str, usage: pl.DataFrame, exposure: dict, end: int) -> Bars:
    """Of each area's number the share of calls that go to people of that area; more than half stands out."""
    state = outcome.judge.moment().state
    areas = state.nearby.total(state.day - DAYS).filter(pl.col("organisation") == state.codes[name])
    rows = areas.sort("calls", "area", descending=[True, False]).head(_MOST).sort("area")
    bars = [
        (str(area)[2:], round(same / calls, 4), 2 * same > calls)
        for area, calls, same in rows.select("area", "calls", "same").iter_rows()
    ]
    return Bars(bars, 100, "%", areas.height - rows.height)


def _chain(usage: pl.DataFrame, names: list[str], end: int) -> Lanes:
    """The organisations that went on for each other, each a lane of its calls a day."""
    rows = (
        usage.filter(pl.col("organisation").is_in(names) & (pl.col("calls") > 0))
        .group_by("organisation", "day")
        .agg(pl.col("calls").sum())
        .sort("organisation", "day")
    )
    begin, most = rows["day"].min(), rows["calls"].max()
    lanes = []
    for each in names:
        own = rows.filter(pl.col("organisation") == each)
        if own.height:
            first, last = own["day"].min(), own["day"].max()
            lanes.append(
                Lane(each, own["calls"].sum(), first, last, bars_of(own, begin, most), each == names[-1])
            )
    width = max(end - begin + 1, 1)
    return Lanes(begin, width, lanes, 0, months(begin, width))


def _users(usage: pl.DataFrame, alert: Alert, end: int) -> Lanes:
    """The most used of the numbers that several use, each a lane for each of its users."""
    numbers = [int(each.number[1:]) for each in alert.evidence.numbers[:_NUMBERS]]
    names = [alert.organisation, *alert.evidence.related[:_USERS]]
    rows = (
        usage.filter(
            pl.col("number").is_in(numbers) & pl.col("organisation").is_in(names) & (pl.col("calls") > 0)
        )
        .group_by("number", "organisation", "day")
        .agg(pl.col("calls").sum())
        .sort("day")
    )
    begin, most = rows["day"].min(), rows["calls"].max()
    lanes = []
    for number in numbers:
        for each in names:
            own = rows.filter((pl.col("number") == number) & (pl.col("organisation") == each))
            if own.height:
                days = own["day"]
                label = f"…{number % 10_000:04} {each}"
                lanes.append(
                    Lane(label, own["calls"].sum(), days[0], days[-1], bars_of(own, begin, most), False)
                )
    width = max(end - begin + 1, 1)
    return Lanes(begin, width, lanes, 0, months(begin, width))


_DRAWN: dict[str, Callable[..., Bars]] = {
    "dispersion": _dispersion,
    "recontact": _recontact,
    "recycling": _recycling,
    "dialler": _dialler,
    "local_presence": _local_presence,
}
