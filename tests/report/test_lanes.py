"""The numbers over time: between which days, and what becomes of those for which there is no room."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from monitor.alert import Number
from monitor.day.usage import EPOCH, start_of
from monitor.explain import LANGUAGES
from monitor.report.page import template
from monitor.report.pictures import Bar, Lane, Lanes, lanes, months
from monitor.report.received import Figures, lives
from monitor.report.texts import TEXTS

_BEGIN = (date(2026, 1, 5) - EPOCH).days


@pytest.fixture(scope="module")
def parts():
    """The page's macros."""
    known = {
        "received": Figures(0, 0, 0),
        "outcome": None,
        "judged_by": "",
        "jurisdiction": None,
        "until": None,
        "texts": TEXTS,
    }
    bare = {"languages": LANGUAGES, "chapters": [], "coverage": [], "css": ""}
    return template().make_module(known | bare | {"day": lambda day: start_of(day).date()})


def test_the_first_and_the_last_day_stand_under_the_lanes(parts) -> None:
    """Also of a fortnight in which no month begins, which had no date at all."""
    own = Lane("+31 85 000 0001", 9, _BEGIN, _BEGIN + 15, [Bar(0, 16, 0)], False)
    picture = str(parts.lane_picture(Lanes(_BEGIN, 16, [own], 0, months(_BEGIN, 16)), "numbers"))
    for words in ("5 jan 2026", "5 Jan 2026", "20 jan 2026", "20 Jan 2026"):
        assert words in picture


def test_the_names_of_lanes_stay_while_the_lanes_are_scrolled(parts) -> None:
    """They are a picture beside them, of the same height in the same scale."""
    own = Lane("+31 85 000 0001", 9, _BEGIN, _BEGIN + 15, [Bar(0, 16, 0)], False)
    picture = str(parts.lane_picture(Lanes(_BEGIN, 16, [own], 0, []), "numbers"))
    names, drawn = (box.split() for box in re.findall(r'viewBox="([^"]*)"', picture))
    assert (names[0], names[2], names[3]) == ("0", drawn[0], drawn[3])
    assert re.search(r'<svg class="names"[^>]*>\s*<g><title>\+31 85 000 0001: 9', picture)


def test_a_lane_whose_beginning_was_not_seen_says_so(parts) -> None:
    """It is marked where it begins, whether calls or alerts are drawn; and where all were seen nothing is."""
    usage = pl.DataFrame(
        [(31_850_000_001, _BEGIN, 9), (31_850_000_002, _BEGIN, 9)],
        schema=["number", "day", "calls"],
        orient="row",
    )
    numbers = [line(1, 0, 3, 9), line(2, 0, 3, 9)]
    for drawn in (
        lanes(usage, _BEGIN + 9, set(), uncertain={31_850_000_001}),
        lives(numbers, set(), uncertain={31_850_000_001}),
    ):
        assert [lane.begun for lane in drawn.lanes] == [False, True]
        picture = str(parts.numbers_over_time(drawn))
        assert picture.count('class="unbegun"') == 1
        assert TEXTS["nl"]["unbegun"] in picture
        assert f"≤ {date(2026, 1, 5)}" in picture
        # Within its picture: what is left of that lies under the names.
        mark = float(re.search(r'class="unbegun" d="M([\d.]+) ', picture)[1])
        assert float(re.findall(r'viewBox="([\d.]+) ', picture)[1]) < mark - 4
    for drawn in (lanes(usage, _BEGIN + 9, set()), lives(numbers, set())):
        assert "unbegun" not in str(parts.numbers_over_time(drawn))
        assert TEXTS["nl"]["unbegun"] not in str(parts.numbers_over_time(drawn))


def test_calls_of_numbers_that_are_not_drawn_are_a_lane_together() -> None:
    """On the days on which only those called the organisation is not silent."""
    busy = [(31_850_000_001, _BEGIN + at, 9) for at in range(3)]
    few = [(31_850_000_002 + at, _BEGIN + 3 + at, 2) for at in range(4)]
    usage = pl.DataFrame([*busy, *few], schema=["number", "day", "calls"], orient="row")
    drawn = lanes(usage, _BEGIN + 9, set(), most=2)
    assert (len(drawn.lanes), drawn.hidden) == (2, 3)
    assert (drawn.others.calls, drawn.others.first, drawn.others.last) == (6, _BEGIN + 4, _BEGIN + 6)
    assert [(bar.x, bar.width) for bar in drawn.others.bars] == [(4, 3)]
    assert lanes(usage, _BEGIN + 9, set()).others is None


def line(at: int, first: int, last: int, calls: int) -> Number:
    return Number(
        number=f"+3185{at:07}", first_use=start_of(_BEGIN + first).date(), first_use_known=True,
        last_use=start_of(_BEGIN + last).date(), calls=calls, status="retired",
    )  # fmt: skip


def test_lives_of_numbers_that_are_not_drawn_are_a_lane_together() -> None:
    """Of alerts the days of each number are not known, but from which day to which it was in use."""
    many = [line(at, 0, 1, 50) for at in range(60)]
    drawn = lives([*many, line(90, 7, 8, 2), line(91, 4, 5, 2), line(92, 5, 7, 2)], set())
    assert drawn.hidden == 3
    assert drawn.others.bars == [Bar(4, 5, 0)]
    assert lives(many, set()).others is None
    # Two dates that somebody sent there may be millions of days apart.
    far = line(93, 0, 1, 1).model_copy(update={"last_use": date(9999, 12, 31)})
    assert len(lives([*many, far], set()).others.bars) == 1


def test_more_numbers_than_alerts_name_are_counted_beside_them(parts) -> None:
    """An alert names fifty at most: of an organisation that has 156, none is taken for all of them."""
    many = [line(at, 0, 1, 50) for at in range(62)]
    said = re.sub(r"<[^>]*>", "\n", str(parts.numbers_over_time(lives(many, set(), 156))))
    assert "62 nummers worden in meldingen genoemd" in said
    assert "in totaal zijn het er ten minste" in said
    assert "62 numbers are named in alerts" in said
    assert "156" in said.split()
    assert "2 minder gebruikte nummers zijn samen de grijze rij onderaan" in said
    known = str(parts.numbers_over_time(lives(many, set(), 62)))
    assert "genoemd" not in known
