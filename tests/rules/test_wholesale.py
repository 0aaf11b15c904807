"""Wholesale: a gap of as many days as are allowed between two fleets counts, whatever the shares of their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.fleet.turnover import turnover
from monitor.fleet.wholesale import Wholesale, wholesale
from monitor.policy import Policy
from tests.rules.traffic import Traffic, judged

NL = Policy.load("nl")
CHURN = NL.rules.number_carousel.churn
_FIRMS, _LIFE = 12, 30


def replaced_twice(gap: int) -> Wholesale:
    """Of firms whose numbers are each used at a pace of its own, and all replaced by others, twice, after so many days without."""
    random, traffic = np.random.default_rng(5), Traffic()
    paces = random.integers(3, 60, (_FIRMS, 3, 7))
    begins = [0, _LIFE + gap, 2 * (_LIFE + gap)]
    for firm, fleets in enumerate(paces):
        for place, (begin, fleet) in enumerate(zip(begins, fleets, strict=True)):
            for day in range(begin, begin + _LIFE):
                for number, calls in enumerate(fleet.tolist()):
                    traffic.call(day, f"firm{firm:02}", 1000 * firm + 10 * place + number, calls)
    traffic.watch(range(begins[2] + _LIFE))
    _, judge, _ = judged(traffic, begins[2] + _LIFE - 1)
    moment = judge.moment()
    return wholesale(moment, CHURN, turnover(moment, CHURN))


@pytest.mark.wide
@pytest.mark.parametrize(("more", "counts"), [(0, _FIRMS), (1, 0)])
def test_a_gap_of_as_many_days_as_are_allowed_counts(more: int, counts: int) -> None:
    """All of one day began on that day, and not a little later; a day more is too much for all."""
    found = replaced_twice(CHURN.whole_days + more)
    assert len(set(found.life.tolist())) == 1
    assert (found.before > 0).sum() == counts
