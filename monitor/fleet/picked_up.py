"""Picked up: the share of an organisation's calls that are answered by those it calls, with Wilson's interval (1927).

Whom customers, patients or colleagues know, they answer mostly; whom nobody knows, seldom. A machine that picks up is an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.policy import CallsBack


@dataclass(frozen=True, slots=True)
class PickedUp:
    """By organisation, over all that is known of the numbers that were asked about."""

    calls: np.ndarray
    share: np.ndarray  # of these that are answered
    low: np.ndarray
    high: np.ndarray

    def seldom(self, calls: int, share: float, slack: float = 1) -> np.ndarray:
        """Whose calls surely are answered less often; not where a feed never says who picked up, or of fewer calls.

        slack: what is left of the bounds.
        """
        return (self.calls >= calls * slack) & (self.low > 0) & (self.high < 1 - slack * (1 - share))

    def cold(self, terms: CallsBack, slack: float = 1) -> np.ndarray:
        """Who calls people that mostly do not pick up, as strangers' calls are not; slack: as for `seldom`."""
        return self.seldom(terms.known_calls, terms.strange_answered, slack)

    def exposure(self, code: int) -> dict[str, float]:
        """What a reason says of it that rests on it."""
        return {"picked_up_share": float(self.share[code])}


def picked_up(moment: Moment, numbers: np.ndarray) -> PickedUp:
    """Measure it at a moment, over some numbers (a mask). Cost: a pass over them."""
    tenures, groups = moment.state.tenures, moment.organisations
    codes = tenures.organisation[numbers]
    calls, answered = (
        np.bincount(codes, column[numbers], groups) for column in (tenures.calls, tenures.answered)
    )
    share = answered / np.maximum(calls, 1)
    return PickedUp(calls, share, *wilson(share, calls))
