"""The truth about a simulation: who evades, since when, and what became of every number.

One JSON object:

- `scenario`, `seed`, `start`, `days`, `scale`, `says`: what it is the truth of
- `organisations`: by name `behaviour`, `says`, `evading`, `class`, `bureau`, `feeds`, `calls`;
  `begins` and `ends` of the behaviour (dates; null: before the first day, after the last);
  `expected`, the kinds of alert it deserves; `parameters`, what the scenario changed; `numbers`
- `numbers`, by number as shown: `began` and `ended`, the plan's days of real use (null: before the
  first day, still in use); `first_use`, `last_use` and `calls`, as made; `retired`, whether it is given
  up for good by the last day; `short`, whether that was before the use term of 90 days;
  `kept`, whether a trickle of calls keeps it alive after its end
- `reference`: what a reference file would hold: classes other than commercial, and declarations
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import polars as pl

from monitor.simulate.actor import Actor
from monitor.simulate.hours import Calendar

#: Days for which a number should be used: the term that KSF proposes.
USE_TERM = 90

SAYS = "A simulation, written by the same people as the detector: no measurement of anybody."


class Uses:
    """First and last use and calls of every number shown, added up as the traffic is made."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []

    def add(self, records: np.ndarray) -> None:
        """Count the outbound calls among some records, each once however often it is sent."""
        names = ("actor", "shown", "started")
        calls = records[~records["inbound"] & ~records["again"]]
        frame = pl.DataFrame({name: calls[name] for name in names})
        self._parts.append(
            frame.group_by("actor", "shown").agg(
                first=pl.col("started").min(), last=pl.col("started").max(), calls=pl.len()
            )
        )
        if len(self._parts) > 512:
            self._parts = [self.total]

    @property
    def total(self) -> pl.DataFrame:
        """actor, shown (0: no number), first, last (microseconds), calls."""
        return (
            pl.concat(self._parts)
            .group_by("actor", "shown")
            .agg(pl.col("first").min(), pl.col("last").max(), pl.col("calls").sum())
            .sort("actor", "shown")
        )


def labels(actors: list[Actor], calendar: Calendar, feeds: tuple[str, ...], uses: Uses) -> dict:
    """The truth about the actors of a simulation whose traffic was made; feeds: by name, as actors count them."""
    by_actor = uses.total.partition_by("actor", as_dict=True, include_key=False)
    empty = uses.total.clear().drop("actor")
    last_of_all = _plans(actors).group_by("number").agg(anywhere=pl.col("stop").max())
    return {
        "says": SAYS,
        "organisations": {
            actor.name: _organisation(
                actor, by_actor.get((actor.index,), empty), last_of_all, calendar, feeds
            )
            for actor in actors
        },
        "reference": reference(actors, calendar),
    }


def reference(actors: list[Actor], calendar: Calendar) -> dict:
    """What is declared beforehand, as `monitor.reference.Reference` reads it."""
    return {
        "organisations": {
            actor.name: {"class": actor.behaviour.organisation_class}
            for actor in actors
            if actor.behaviour.organisation_class != "commercial"
        },
        "declarations": [
            {
                "event": declared.event,
                "on": calendar.date(declared.day).isoformat(),
                "organisation": actor.name,
                "formerly": list(declared.formerly),
            }
            for actor in actors
            for declared in actor.declared
        ],
    }


def _organisation(
    actor: Actor, uses: pl.DataFrame, last_of_all: pl.DataFrame, calendar: Calendar, feeds: tuple[str, ...]
) -> dict:
    behaviour = actor.behaviour
    numbers = _numbers(actor, uses, last_of_all, calendar)
    expected = list(behaviour.alerts)
    if behaviour.evading and any(number["short"] for number in numbers.values()):
        expected.append("short_tenure")
    begins = behaviour.begins if behaviour.begins is not None else behaviour.born
    ends = behaviour.ends if behaviour.ends is not None else behaviour.dies
    return {
        "behaviour": actor.behaviour_name,
        "says": behaviour.says,
        "evading": behaviour.evading,
        "class": behaviour.organisation_class,
        "bureau": actor.bureau,
        "feeds": sorted({feeds[feed] for feed in actor.feeds}),
        "begins": _date(begins, calendar) if behaviour.evading else None,
        "ends": _date(ends, calendar) if behaviour.evading else None,
        "expected": expected,
        "parameters": actor.parameters,
        "calls": int(uses["calls"].sum()),
        "numbers": numbers,
    }


def _plans(actors: Iterable[Actor]) -> pl.DataFrame:
    """The spells of some organisations: number, start, stop, kept, main (in real use)."""
    columns = {"number": pl.UInt64, "start": pl.Int32, "stop": pl.Int32, "kept": pl.Boolean}
    frames = [
        pl.DataFrame({name: getattr(phase.spells, name) for name in columns}, schema=columns)
        for actor in actors
        for phase in actor.phases
    ]
    return pl.concat(frames)


def _numbers(
    actor: Actor, uses: pl.DataFrame, last_of_all: pl.DataFrame, calendar: Calendar
) -> dict[str, dict]:
    """What became of each number that was shown."""
    main = ~pl.col("kept")
    plan = (
        _plans([actor])
        .group_by("number")
        .agg(
            began=pl.col("start").filter(main).min(),
            ended=pl.col("stop").filter(main).max(),
            kept=pl.col("kept").any(),
        )
        .join(last_of_all, on="number")
    )
    given_up = (pl.col("ended") <= calendar.days) & ((pl.col("anywhere") <= calendar.days) | pl.col("kept"))
    truth = (
        uses.filter(pl.col("shown") > 0)
        .join(plan, left_on="shown", right_on="number", how="left", maintain_order="left")
        .with_columns(retired=given_up.fill_null(False))
        .with_columns(short=pl.col("retired") & (pl.col("ended") - pl.col("began") < USE_TERM))
    )
    return {
        f"+{row['shown']}": {
            "began": _date(row["began"], calendar),
            "ended": _date(row["ended"], calendar),
            "first_use": _instant(row["first"]),
            "last_use": _instant(row["last"]),
            "calls": row["calls"],
            "retired": row["retired"],
            "short": row["short"] or False,
            "kept": bool(row["kept"]),
        }
        for row in truth.iter_rows(named=True)
    }


def _date(day: int | None, calendar: Calendar) -> str | None:
    """The date of a day; null when it is none, long ago or never."""
    if day is None or not -1000 < day <= calendar.days:
        return None
    return calendar.date(day).isoformat()


def _instant(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat(timespec="milliseconds")
