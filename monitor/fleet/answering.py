"""Answering: whether people who call the shown numbers back reach somebody.

Of the calls to an organisation's numbers, the share that is answered, with Wilson's interval (1927). How
many people call back says little: few call back a shop that left a message, many call back a number that
they don't know. What tells a desk from a number that is thrown away is whether anybody picks up. Where few
calls came in, or a feed carries none, nothing is known: such an organisation is neither found nor cleared
by it.

- of a number, no more calls count than were made from it: a service desk that is shown now and then does
  not speak for the numbers that people see
- a machine that picks up is an answer: counts by day do not show who spoke
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.policy import CallsBack


@dataclass(frozen=True, slots=True)
class Answering:
    """By organisation, over the calls to its numbers in about a month."""

    terms: CallsBack
    calls: np.ndarray
    share: np.ndarray  # answered; 0 where nothing is known
    low: np.ndarray
    high: np.ndarray

    def hidden(self, slack: float = 1) -> np.ndarray:
        """Who surely leaves people unanswered; slack: by how much the bounds are eased."""
        return (self.calls >= self.terms.calls * slack) & (self.high < self.terms.answered / slack)

    def reached_from(self, slack: float) -> float:
        """The share of calls to an organisation's numbers from which, answered, it is not `hidden` any more."""
        return min(self.terms.answered / slack, 1.0)

    @property
    def reachable(self) -> np.ndarray:
        """Who surely answers."""
        return (self.calls >= self.terms.calls_answered) & (self.low >= self.terms.answered)

    def undesked(self, slack: float = 1) -> np.ndarray:
        """Who surely answers fewer callers than a desk does that is manned by day only; slack: as for `hidden`."""
        return (self.calls >= self.terms.calls * slack) & (self.high < 1 - slack * (1 - self.terms.desk))

    def seldom(self) -> np.ndarray:
        """Who surely answers few, whatever a floor on which all are calling may miss."""
        return (self.calls >= self.terms.calls) & (self.high < self.terms.seldom)

    def nobodys(self, slack: float = 1) -> np.ndarray:
        """Whose numbers hardly anybody answers: they are on no desk; slack: as for `hidden`."""
        return (self.calls >= self.terms.calls * slack) & (self.high < self.terms.nobodys / slack)

    def known_or(self, other: Answering, calls: float) -> Answering:
        """What is known of others, for the organisations of which fewer calls than this came in."""
        mine = self.calls >= calls
        measured = ("calls", "share", "low", "high")
        return replace(
            self, **{name: np.where(mine, getattr(self, name), getattr(other, name)) for name in measured}
        )

    def exposure(self, code: int) -> dict[str, float]:
        """What a reason says of it."""
        return {"calls_back": float(self.calls[code]), "answered_share": float(self.share[code])}


def reached(terms: CallsBack, called: int, answered: int) -> bool:
    """Whether so many calls to somebody's numbers, of which so many were answered, surely say that they answer."""
    low, _ = wilson(np.array([answered / max(called, 1)]), np.array([float(called)]))
    return called >= terms.calls_answered and bool(low[0] >= terms.answered)


def unanswered(terms: CallsBack, called: int, answered: int) -> bool:
    """Whether so many calls to somebody's numbers, of which so many were answered, surely say that people are left unanswered."""
    _, high = wilson(np.array([answered / max(called, 1)]), np.array([float(called)]))
    return called >= terms.calls and bool(high[0] < terms.answered)


def answering(
    moment: Moment, terms: CallsBack, numbers: np.ndarray | None = None, most: float = np.inf
) -> Answering:
    """Measure it at a moment. Cost: a pass over the numbers that were called in about a month.

    numbers: a mask of those that are asked about; all by default. most: calls that count of each, so that none speaks
        for the others.
    """
    tenures, groups = moment.state.tenures, moment.organisations
    inbound, answered = moment.called
    rows = np.flatnonzero(inbound if numbers is None else (inbound > 0) & numbers)
    codes, counted = (
        tenures.organisation[rows],
        np.minimum(inbound[rows], np.minimum(tenures.term[rows], most)),
    )
    calls = np.bincount(codes, counted, groups)
    theirs = np.bincount(codes, counted * answered[rows] / inbound[rows], groups)
    share = theirs / np.maximum(calls, 1)
    low, high = wilson(share, calls)
    return Answering(terms, calls, share, low, high)
