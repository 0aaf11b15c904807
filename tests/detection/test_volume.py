"""What must hold of every fleet at another volume: size says nothing."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from tests.detection.fleets import (
    SEEDS,
    again,
    alerts,
    base,
    named,
    shapes,
)
from tests.detection.plain import (
    BEGIN,
)

#: Days before the end of a history within which what another volume shows may still be on its way.
_EDGE = 14
#: A third, as it is, thrice.
_VOLUMES = (1 / 3, 1, 3)
#: Calls a day of a number at the least of these volumes below which nothing is claimed of that.
_HEARD = 1.5
#: The kinds of alert that say how long numbers last.
_LIVES = {"number_carousel", "short_tenure"}
#: Days by which an alert may open later with more calls: they are drawn anew, and with them the days on which numbers fall silent.
_LATER = 5


@pytest.mark.wide
@pytest.mark.parametrize("seed", SEEDS)
def test_volume_at_the_same_shape_flips_no_verdict(seed: int) -> None:
    """The same lives of numbers with a third and with thrice the calls: the same kinds of alerts, within days of each other.

    With more calls none opens more than some days later. With fewer none is new, and those of lives (carousel, short
    tenure) are there if numbers still make enough calls to be missed when they end; who calls back is too few to tell.
    Calls are drawn anew, and with them the days on which a number falls silent: of fleets that are drawn around the
    threshold one in 26 may fall to either side by that. Of one that stays nothing is told of lives at any volume.
    """
    days = 105
    drawn = shapes(seed, (20, 30), 26)
    parts = [base(seed, days)]
    for shape in drawn:
        for turn, times in enumerate(_VOLUMES):
            calls = named(replace(shape, rate=shape.rate * times).calls(days), f"{shape.name}x{turn}")
            number, person = pl.col("number") + (turn + 1) * 10**9, pl.col("person").hash(turn)
            parts.append(again(calls, 3 * shape.place + turn, number=number, person=person))
    opened: dict[str, dict[str, int]] = {}
    for alert in alerts(parts, days):
        if alert.status == "open":
            opened.setdefault(alert.organisation, {}).setdefault(alert.kind, (alert.opened_at - BEGIN).days)
    flipped = []
    for shape in drawn:
        few, some, many = (opened.get(f"{shape.name}x{turn}", {}) for turn in range(3))
        heard = shape.rate * _VOLUMES[0] >= _HEARD * shape.pool
        lives = {kind: day for kind, day in some.items() if kind in _LIVES}
        lost = {**_missing(some, many), **_missing(many, some), **_missing(few, some)}
        lost |= _missing(lives, few) if heard else {}
        late = {kind: day for kind, day in many.items() if day > some.get(kind, day) + _LATER}
        if lost or late:
            flipped.append((shape, few, some, many))
        if shape.kind == "stays":
            assert not {*few, *some, *many} & _LIVES, shape
    assert len(flipped) <= 1, flipped
    assert sum("number_carousel" in opened.get(f"{shape.name}x1", {}) for shape in drawn) >= 8


def _missing(of: dict[str, int], there: dict[str, int], until: int = 105 - _EDGE) -> dict[str, int]:
    """What was opened in time and is not there."""
    return {kind: day for kind, day in of.items() if day < until and kind not in there}
