"""Survival: the share of numbers that are still in use at an age, from those whose birth was seen.

The Kaplan-Meier estimator (Kaplan and Meier, 1958) with late entry and right censoring, for many
organisations at once, weighted. Its variance is Greenwood's (1926). The usual intervals (plain,
log-log) collapse when all or none have died, which is where a carousel is; so Greenwood's variance
is turned into the number of independent observations that would give it (Dorey and Korn, 1987),
and Wilson's score interval (1927) is taken for that many: at 0 of n it is 0 to z2/(n + z2). Where all have died
that number is the one before the last of them did, and where none has, those at risk: who was taken into use last
week says nothing of those that are old.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

#: How sure an interval is, two-sided; what is certain lies beyond it as a whole.
CONFIDENCE = 0.95
#: The same, in standard deviations of a normal law.
Z = 1.959964
#: Up to which a share, or a part of all weights, is nought: sums of weights that cancel leave some.
NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Curve:
    """Survival by whole days of age, one row an organisation, columns 0..term."""

    survival: np.ndarray
    low: np.ndarray  # at the end of the curve
    high: np.ndarray
    reached: np.ndarray  # the greatest age at which any number was still at risk
    events: np.ndarray  # numbers whose end was seen, at ages up to the term
    n: np.ndarray  # independent observations that the interval rests on

    @property
    def at_term(self) -> np.ndarray:
        return self.survival[:, -1]

    def of_fewer(self, part: np.ndarray) -> Curve:
        """With the interval that a part of its observations give: those that are independent of each other."""
        low, high = wilson(self.at_term, self.n * part)
        return replace(self, low=np.where(self.reached < self.survival.shape[1] - 1, 0.0, low), high=high)


def kaplan_meier(
    group: np.ndarray,
    groups: int,
    age: np.ndarray,
    ended: np.ndarray,
    term: int,
    entered: np.ndarray | None = None,
    weight: np.ndarray | None = None,
) -> Curve:
    """Survival of each group up to `term`.

    group: row of the organisation of each number, below `groups`.
    age: whole days of use, at least 1: at the end, or so far.
    ended: whether it ended then; else it was last known to be in use.
    entered: the age from which it was watched (0: from birth); those entered at or after `age` don't count.
    weight: of each number; survival then is that of the weight. 1 by default.

    A number that ends at an age is at risk there, and so is one that is censored there: ends come first.

    >>> curve = kaplan_meier(np.zeros(3, int), 1, np.array([1, 2, 3]), np.array([True, True, False]), 3)
    >>> curve.survival[0].round(3).tolist()
    [1.0, 0.667, 0.333, 0.333]
    """
    entered = np.zeros_like(age) if entered is None else entered
    weight = np.ones(len(age)) if weight is None else weight.astype(np.float64)
    watched = (entered < age) & (entered < term)
    group, age, ended, entered, weight = (x[watched] for x in (group, age, ended, entered, weight))

    last = term + 1  # all that goes on beyond the term leaves there
    shape = (groups, last + 1)

    def table(
        ages: np.ndarray, amounts: np.ndarray | None, chosen: np.ndarray | slice = slice(None)
    ) -> np.ndarray:
        cells = group[chosen] * (last + 1) + np.minimum(ages[chosen], last)
        return np.bincount(cells, None if amounts is None else amounts[chosen], groups * (last + 1)).reshape(
            shape
        )

    # At risk at age a: entered before a, and not gone before a.
    came = np.cumsum(table(entered, weight), axis=1)
    went = np.cumsum(table(age, weight), axis=1)
    risk = np.zeros(shape)
    risk[:, 1:] = came[:, :-1] - went[:, :-1]
    ends = table(age, weight, ended)
    risk, ends = risk[:, :last], ends[:, :last]

    total = np.bincount(group, weight, groups)
    exposed = risk > NOTHING * np.maximum(total, 1)[:, None]
    hazard = np.divide(ends, risk, out=np.zeros_like(risk), where=exposed)
    survival = np.cumprod(1 - np.minimum(hazard, 1), axis=1)

    # With weights, as many equal numbers as have the same spread (Kish, 1965).
    squares = np.bincount(group, weight**2, groups)
    scale = np.divide(total, squares, out=np.ones(groups), where=squares > 0)[:, None]
    left = (risk - ends) * scale
    final = survival[:, -1]
    # At the last age at which any was left: where all have ended, Greenwood's variance of that is nought.
    every = np.arange(groups)
    at = (survival > NOTHING).sum(axis=1) - 1
    share = survival[every, at]
    steps = np.divide(hazard, left, out=np.zeros_like(risk), where=left > NOTHING)
    greenwood = np.cumsum(steps, axis=1)[every, at]
    n = (risk * scale)[every, np.minimum(at + 1, term)]
    n = np.divide(1 - share, share * greenwood, out=n, where=greenwood > 0)
    low, high = wilson(final, n)
    reached = np.where(exposed.any(axis=1), last - 1 - np.argmax(exposed[:, ::-1], axis=1), 0)
    # Beyond the last age at risk nothing was seen: what the curve has left may still all have ended.
    low = np.where(reached < last - 1, 0.0, low)
    events = np.bincount(group[ended & (age <= term)], minlength=groups)
    return Curve(survival, low, high, reached, events, n)


def wilson(share: np.ndarray, n: np.ndarray, z: np.ndarray | float = Z) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval for a share seen in n independent trials; (0, 1) for none.

    z: the normal quantile of its level, of 95 % by default; see `level.py` for several that are tested.

    >>> [float(bound[0].round(3)) for bound in wilson(np.array([0.0]), np.array([10.0]))]
    [0.0, 0.278]
    """
    n = np.maximum(n, 0)
    z2 = z * z
    middle = (share * n + z2 / 2) / (n + z2)
    half = z * np.sqrt(np.maximum(share * (1 - share) * n + z2 / 4, 0)) / (n + z2)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
