"""The census: how many numbers and organisations stand where, for those who watch the whole field.

Counts alone: no organisation and no number is named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.churn import survival
from monitor.fleet.moment import STATUSES
from monitor.fleet.survival import NOTHING, Curve
from monitor.fleet.turnover import turnover
from monitor.judge import Judge
from monitor.policy import Churn

#: Numbers whose birth was seen, below which a share of survivors says nothing.
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Census:
    """Numbers by status; of each organisation the share of its numbers that survives the use term."""

    statuses: dict[str, int]
    survival: list[float | None]  # None: too early or too few to say


def census(judge: Judge) -> Census:
    """Count at the close of the last day folded."""
    found = curves(judge)
    if found is None:
        return Census({}, [])
    moment = judge.moment()
    counts = np.bincount(moment.status, minlength=len(STATUSES))
    curve, numbers = found
    term = moment.policy.tenure.use_term
    known = (numbers >= _LEAST) & ((curve.reached >= term - 1) | (curve.at_term <= NOTHING))
    shares = [float(share) if sure else None for share, sure in zip(curve.at_term, known, strict=True)]
    return Census(dict(zip(STATUSES, counts.tolist(), strict=True)), shares)


def curves(judge: Judge) -> tuple[Curve, np.ndarray] | None:
    """The survival curve of each organisation (by its code) and the numbers behind it; None before the first day."""
    moment = judge.moment()
    if moment.day is None:
        return None
    carousel = moment.policy.rules.number_carousel
    terms = carousel.churn if carousel else Churn()
    curve = survival(moment, terms, turnover(moment, terms))
    tenures = moment.state.tenures
    numbers = np.bincount(tenures.organisation[moment.born], minlength=moment.organisations)
    return curve, numbers
