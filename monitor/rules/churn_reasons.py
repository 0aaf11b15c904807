"""The reasons of churn: of what an organisation's numbers were found to do, what is said and what would clear it.

Whoever is graded (`churn.py`) is told why by the measure that graded it. Of an alert that only goes on, the reason is the bound that keeps
it open, and its interval is the one that was held against it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from monitor.fleet.ages import Ages
from monitor.fleet.answering import Answering
from monitor.fleet.rate import Rate
from monitor.fleet.single_use import SingleUse
from monitor.fleet.staying import Staying
from monitor.fleet.survival import Curve
from monitor.fleet.turnover import Turnover
from monitor.fleet.wholesale import Wholesale
from monitor.policy import Churn
from monitor.verdict import Reason


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reasons of all organisations are told from; arrays are by organisation."""

    terms: Churn
    term: int
    found: Turnover
    replies: Answering
    quiet: np.ndarray  # days without an end from which numbers stay in use
    hidden: np.ndarray  # whether people who call the numbers surely are not answered
    new: Answering  # who answers on the numbers that came into use lately
    unanswered: (
        np.ndarray
    )  # whose numbers beside others are judged by themselves, and surely nobody answers on them
    part: np.ndarray  # share of calls of numbers that do not stay, where the fleet is judged by these; else 1
    pace: Rate
    used: SingleUse
    sets: Wholesale
    stayed: Staying
    each: Curve  # as if every number ended by itself
    curve: Curve  # as many as there are steps
    aged: Callable[[], Ages]  # a pass over a week's numbers, where anybody is told
    reached: float  # share of callers that must be answered to end an alert
    lasting: float  # share of numbers that last the term; an alert goes on where fewer surely do
    early: np.ndarray  # who is graded, and sooner than by the curve of a whole term
    again: np.ndarray  # who is graded by a rhythm of changes of all numbers
    once: np.ndarray  # who is graded by numbers that are hardly used again
    graded: np.ndarray  # who is graded at all
    replaced: np.ndarray  # whose alert goes on since numbers are replaced; of others, since hardly any stayed

    def exposure(self, code: int) -> dict[str, float]:
        """What either measure rests on; who calls back, where it counts; how old the numbers are."""
        return {
            "term_days": float(self.term),
            "numbers_ended": float(self.found.deaths[code]),
            "turnovers": float(self.found.turnovers[code]),
            "usual_life_days": float(self.found.life[code]),
            "quiet_days": float(self.quiet[code]),
            **self.of_part(code),
            **self.aged().exposure(code),
            **(self.replies.exposure(code) if self.hidden[code] else {}),
            **(self.of_new(code) if self.unanswered[code] else {}),
        }

    def of_new(self, code: int) -> dict[str, float]:
        """Who answers on the numbers that do not stay, where that is what they are judged by."""
        return {f"passing_{name}": value for name, value in self.new.exposure(code).items()}

    def of_part(self, code: int) -> dict[str, float]:
        """How much of the calls the numbers make that do not stay, and how many times over they were replaced."""
        part = float(self.part[code])
        return (
            {"part_of_calls": part, "turnovers_of_part": float(self.found.turnovers[code]) / part}
            if 0 < part < 1
            else {}
        )

    def stays(self, code: int) -> str:
        """What clears either measure."""
        return f"Numbers stay in use, and none is replaced for {self.quiet[code]:.0f} days."


def reason_of(seen: Seen, code: int) -> Reason:
    """Why an organisation is graded; or of one that is not, what keeps its alert open."""
    if seen.once[code]:
        return _once_reason(seen, code)
    if seen.again[code]:
        return _again_reason(seen, code)
    if seen.early[code] and seen.pace.high[code] < seen.terms.survival:
        return _rate_reason(seen, code)
    if seen.graded[code]:
        return _curve_reason(seen, code)
    if not seen.replaced[code]:
        return _stayed_reason(seen, code)
    # By the rate only where the curve does not bear it out: near each other, one would take turns with the other.
    of_curve = seen.each.high[code] < seen.lasting
    return replace((_curve_reason if of_curve else _rate_reason)(seen, code), threshold=seen.lasting)


def _once_reason(seen: Seen, code: int) -> Reason:
    return Reason(
        family="churn",
        measure="numbers_used_once",
        value=float(seen.used.ratio[code]),
        threshold=seen.terms.once,
        exposure={
            "calls": float(seen.used.calls[code]),
            "least_pool": float(seen.used.pool[code]),
            **seen.aged().exposure(code),
        },
        clears_when="The same numbers are used over and over.",
    )


def _again_reason(seen: Seen, code: int) -> Reason:
    return Reason(
        family="churn",
        measure="life_between_changes",
        value=float(seen.sets.life[code]),
        threshold=round(seen.terms.whole_life * seen.term, 1),
        exposure={**seen.exposure(code), "days_seen_before": float(seen.sets.before[code])},
        clears_when=seen.stays(code),
    )


def _rate_reason(seen: Seen, code: int) -> Reason:
    pace = seen.pace
    return Reason(
        family="churn",
        measure="survival_at_this_rate",
        value=float(pace.survival[code]),
        interval=(float(pace.low[code]), float(pace.high[code])),
        threshold=seen.terms.survival,
        exposure={
            **seen.exposure(code),
            "successors": float(pace.successors[code]),
            "steps": float(pace.independent[code]),
        },
        clears_when=seen.stays(code),
    )


def _curve_reason(seen: Seen, code: int) -> Reason:
    """With the interval that was held against the threshold: where nobody is answered, that of numbers which count each."""
    tested = seen.each if seen.hidden[code] or not seen.graded[code] else seen.curve
    together = {"steps": float(seen.found.steps[code])} if tested is seen.curve else {}
    return Reason(
        family="churn",
        measure="survival_at_use_term",
        value=float(tested.at_term[code]),
        interval=(float(tested.low[code]), float(tested.high[code])),
        threshold=seen.terms.survival,
        exposure={
            **seen.exposure(code),
            "age_reached_days": float(tested.reached[code]),
            **together,
        },
        clears_when=seen.stays(code),
    )


def _stayed_reason(seen: Seen, code: int) -> Reason:
    return Reason(
        family="churn",
        measure="stayed_share",
        value=float(seen.stayed.share[code]),
        threshold=seen.terms.stayed,
        exposure={
            "calls": float(seen.stayed.calls[code]),
            **seen.replies.exposure(code),
            "reached_share": seen.reached,
        },
        clears_when=f"At least {seen.terms.stayed:.0%} of a week's calls come from numbers that were called from a month or two before as "
        f"well, or at least {seen.reached:.0%} of those who call back are answered.",
    )
