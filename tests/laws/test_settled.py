"""Days that are settled and kept by week: a book that comes back from them goes on as if it had never been away."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from monitor.book import Book, settled
from monitor.call import CALLS
from monitor.day.coverage import Coverage
from monitor.day.sheet import Sheet
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.remembered.met import DAYS
from monitor.tenure import Tenures
from monitor.told import Told

_POLICY = Policy.load("nl")
_FIRST, _DAY = 20_454, 86_400_000_000
_LAST, _GONE = 70, 55  # days


def _calls(seed: int) -> pl.DataFrame:
    """Ten weeks of three organisations that call the same people again from a few numbers."""
    chance = np.random.default_rng(seed)
    size = 9_000
    frame = pl.DataFrame(
        {
            "id": np.arange(size, dtype=np.uint64) << np.uint64(1),
            "started_at": np.sort(_FIRST * _DAY + chance.integers(0, _LAST * _DAY, size)),
            "direction": np.where(chance.random(size) < 0.9, "outbound", "inbound"),
            "number": 31_850_000_000 + chance.integers(0, 12, size),
            "presentation": "allowed",
            "person": chance.integers(1, 400, size) << 50,
            "organisation": chance.choice(["a", "b", "c"], size),
            "account": chance.choice(["x", "y"], size),
            "feed": chance.choice(["f", "g"], size),
        }
    )
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in CALLS.items()
    )


def _said(book: Book, day: int) -> tuple:
    """All that a judgement rests on."""
    state = book.judge._state
    met = state.met.persons(pl.Series(range(len(state.names)), dtype=pl.Int32), day - DAYS, day)
    columns = {name: getattr(state.tenures, name).tolist() for name in Tenures.COLUMNS}
    called = state.callbacks.days()
    feeds = [sorted(state.history.names(state.feeds_of(code, 0))) for code in range(len(state.names))]
    return state.names, columns, met.sort(met.columns).rows(), called.sort(called.columns).rows(), feeds


@pytest.mark.parametrize("seed", range(3))
def test_a_book_goes_on_from_weeks_as_from_days(seed: int) -> None:
    """Contacts beyond the four weeks that are looked back on are left out, and nobody can tell."""
    calls = _calls(seed)
    stayed = Book(Judge(_POLICY), Told(_POLICY))
    sheets = stayed.observe(calls).sheets
    coverage = Coverage.of(calls)
    gone = _FIRST + _GONE
    for day in range(_FIRST, gone + 1):
        stayed.close(day, coverage)
    last = settled(gone, (gone - 8) * 24)
    kept: dict[int, list[Sheet]] = {}
    for week in {day // 7 for day in sheets}:
        days = {day: sheet for day, sheet in sheets.items() if day // 7 == week}
        if max(days) <= last:
            content = Sheet.total(days.values()).thin().encode()
            days = Sheet.decode(content).days()
            assert not any(len(sheet.contacts) for sheet in days.values())
        kept |= {day: [sheet] for day, sheet in days.items()}
    back = Book(Judge(_POLICY), Told(_POLICY))
    back.rebuild(gone, _FIRST, kept, coverage)
    assert sum(len(sheet.contacts) for parts in kept.values() for sheet in parts) < 0.8 * sum(
        len(sheet.contacts) for sheet in sheets.values()
    )
    for day in range(gone + 1, _FIRST + _LAST):
        stayed.close(day, coverage)
        back.close(day, coverage)
        assert _said(back, day) == _said(stayed, day)


def test_a_day_is_settled_when_nothing_comes_and_nothing_is_asked() -> None:
    """Both the hour before which no call counts and the days that are looked back on have passed."""
    assert settled(closed=100, oldest=1_000_000) == 100 - DAYS
    assert settled(closed=1_000, oldest=24 * 90) == 89
    assert settled(closed=1_000, oldest=24 * 90 + 23) == 89
