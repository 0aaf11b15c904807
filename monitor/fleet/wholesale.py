"""Wholesale: a fleet that is replaced as a whole, and then again, in a rhythm.

One change of all numbers is a renumbering, and two may be a move and then a change of operator, or some weeks on borrowed
numbers; so what ends together is one observation (`turnover.py`). They are a rhythm where the numbers between two such
changes, whose birth was seen, were given up well within the use term, and those before them had been seen for hardly longer:
how old these were is not known, since they were there when the feed began, but who kept numbers for months before is
seen to have. Of those that came with a declared event nothing is known either: their tenure carries over from others. New numbers
must have come when the old ones ended: campaigns with weeks between them replace nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.turnover import Turnover, about
from monitor.policy import Churn

#: Decimals of a mean of days, by shares that are no whole numbers: unrounded, that of numbers which all began on one day lies a
#: little before or after it, and a gap or a life of exactly as many days as are allowed would count or not by chance.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Wholesale:
    """By organisation; 0 and false where nothing was replaced so."""

    life: np.ndarray  # days of use of the first new numbers that were given up as a whole
    before: np.ndarray  # days for which those were seen which they had replaced as a whole
    replaced: np.ndarray  # how much of the fleet these were, of numbers whose birth was not seen
    rhythm: np.ndarray  # whether both were as short as a rhythm asks, of a fleet that is large enough


def wholesale(moment: Moment, terms: Churn, found: Turnover) -> Wholesale:
    """Measure it at a moment, from what was replaced in the window."""
    tenures, groups = moment.state.tenures, moment.organisations
    where = tenures.organisation
    recent = found.gone & ~moment.brought & (tenures.end > moment.seen - terms.window)
    asked = (found.short_turnovers >= terms.whole) & (found.turnovers >= 2 * terms.whole)
    between, before = (np.zeros(tenures.size, bool) for _ in range(2))
    rows = np.flatnonzero(found.counted & asked[where])
    between[rows] = _first_whole(moment, terms, found, rows)
    seen_for = tenures.end - tenures.first + 1 + moment.unseen

    def mean(values: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shares = np.bincount(where[chosen], found.share[chosen], groups)
        total = np.bincount(where[chosen], found.share[chosen] * values[chosen], groups)
        days = np.divide(total, shares, out=np.zeros(groups), where=shares > 0)
        return np.round(days, _DIGITS), shares

    life, share = mean(seen_for, between)
    birth, _ = mean(tenures.first, between)
    rows = np.flatnonzero(recent & ~between & (share > 0)[where])
    before[rows] = np.abs(birth[where[rows]] - 1 - tenures.end[rows]) <= terms.whole_days
    seen_before, ended = mean(seen_for, before)
    squares = np.bincount(where[between], found.share[between] ** 2, groups)
    numbers = np.divide(share**2, squares, out=np.zeros(groups), where=squares > 0)  # Kish, 1965
    use_term = moment.policy.tenure.use_term
    unknown = before & ~found.fresh
    return Wholesale(
        life=life,
        before=seen_before,
        replaced=np.bincount(where[unknown], found.share[unknown], groups),
        rhythm=(ended >= terms.whole)
        & (life <= terms.whole_life * use_term)
        & (seen_before <= terms.whole_longer * life)
        & (numbers >= terms.whole_numbers)
        & (np.bincount(where[between], tenures.calls[between], groups) >= terms.whole_calls),
    )


def _first_whole(moment: Moment, terms: Churn, found: Turnover, rows: np.ndarray) -> np.ndarray:
    """Which of some numbers that ended did so together, as a whole fleet, and first."""
    if not len(rows):
        return np.zeros(0, bool)
    tenures, half = moment.state.tenures, terms.whole_days // 2
    some, row = np.unique(tenures.organisation[rows], return_inverse=True)
    ago = np.clip(moment.seen - tenures.end[rows], 0, terms.window - 1)
    _, ended = about(terms.window, np.full(len(some), half), row, ago, found.share[rows])
    whole = ended >= terms.whole
    first = terms.window - 1 - np.argmax(whole[:, ::-1], axis=1)
    return whole.any(axis=1)[row] & (np.abs(ago - first[row]) <= half)
