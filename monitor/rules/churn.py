"""Churn, a family of the carousel: the numbers do not survive the use term, and others take over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from monitor.fleet.ages import Ages, ages
from monitor.fleet.answering import Answering
from monitor.fleet.churn import survival
from monitor.fleet.moment import Moment
from monitor.fleet.rate import Rate, rate
from monitor.fleet.single_use import SingleUse, single_use
from monitor.fleet.staying import staying
from monitor.fleet.survival import Curve
from monitor.fleet.turnover import Turnover
from monitor.fleet.wholesale import Wholesale
from monitor.policy import Churn
from monitor.rules.family import NONE, STRONG, Family
from monitor.tenure import WEEK
from monitor.verdict import Reason


def churn(
    moment: Moment,
    terms: Churn,
    found: Turnover,
    replies: Answering,
    new: Answering,
    sets: Wholesale,
    beside: np.ndarray,
    slack: float,
) -> Family:
    """Strong where survival at the use term is surely too low, the fleet was replaced, and still is.

    new: who answers on the numbers that came into use lately. beside: whose numbers that do not stay are a fleet by themselves though
    callers are answered (`replaced_beside`, and who surely is not known by those that they call, or answers nobody on them). slack: what is left of each bound where an alert is open.

    What ends together is one observation (`turnover.py`), and enough must have ended apart from the largest of them; and
    numbers that stay must not carry so much that people know the caller by them. But where people who call the numbers
    surely are not answered (`replies`), a fleet that is replaced as a whole was not moved, and one that is known is not reached;
    there the part of it that does not stay is a fleet by itself. Elsewhere a whole fleet that is replaced again in a rhythm (`sets`)
    is told of at its second change, when its feed was seen for a term.

    It lasts while numbers that do not last are still replaced, though by the bounds it would not be strong again: where numbers end by
    chance fewer do in some months than in others. A pause in which nobody calls does not end it, nor do numbers that come back after a
    season, where nobody is answered on them.
    """
    each = survival(moment, terms, found)
    curve = each.of_fewer(found.alone)
    quiet = np.maximum(terms.ongoing, 2 * found.life)
    ongoing = (found.since <= quiet) | _paused(moment, terms, found)
    hidden = replies.hidden()
    unknown = moment.watched_for < moment.policy.tenure.use_term
    known_by = found.kept >= np.where(unknown, terms.kept / 2, terms.kept)
    # A number that stays makes nobody known who is called from the others; it would hide them.
    least = np.maximum(1 - found.kept, terms.early_short_turnovers)
    turned = found.turnovers / np.where(hidden | beside, least, 1)
    eased = hidden | replaced_beside(moment, terms, found, slack)
    apart = hidden | beside | ((found.outside >= terms.early_short_turnovers) & ~known_by)
    low = np.where(hidden, each.high, curve.high) < terms.survival
    strong = (
        low
        & apart
        & (found.deaths >= terms.deaths)
        & (found.turnovers >= terms.turnovers)
        & (found.short_turnovers >= terms.short_turnovers)
        & ongoing
    )

    # Sooner, where new numbers keep ending: by the rate at which they do (`rate.py`), or by the curve where those
    # that became old enough all ended.
    pace = rate(moment, terms, found)
    early = (
        ~strong
        & (low | (pace.high < terms.survival))
        & apart
        & (np.minimum(found.deaths, pace.days) >= terms.early_deaths)
        & (pace.successors >= found.deaths)
        & (turned >= terms.early_turnovers)
        & (found.short_turnovers >= terms.early_short_turnovers)
        & ongoing
    )
    lasts = (
        (1 - np.minimum(each.high, pace.high) > slack * (1 - terms.survival))
        & (found.deaths >= terms.deaths)
        & (found.turnovers / np.where(eased, least, 1) >= terms.early_turnovers * slack)
        & (found.short_turnovers >= terms.early_short_turnovers * slack)
        & ongoing
    )
    lasts |= replies.hidden(slack) & (staying(moment, terms) < terms.stayed)

    used = single_use(moment, terms)
    # Only of who has called for long enough of late that it would be known who answers: it is forgotten in about a month.
    clocks, everybody = moment.policy.tenure, slice(0, moment.organisations)
    days = moment.state.active.between(everybody, moment.seen - clocks.retired_after, moment.seen)
    again = ~strong & ~early & ongoing & ~unknown & sets.rhythm & (days >= clocks.called_days)
    again &= found.since >= terms.whole_silent
    lately = moment.calls(moment.policy.tenure.idle_after) > 0
    once = ~strong & ~early & ~again & lately & (used.ratio >= terms.once) & (used.again < terms.once_again)
    seen = _Seen(
        terms=terms,
        term=moment.policy.tenure.use_term,
        found=found,
        replies=replies,
        quiet=quiet,
        hidden=hidden,
        passing=new,
        unanswered=beside & new.hidden(slack),
        part=np.where(beside | (hidden & (found.turnovers < terms.early_turnovers)), least, 1),
        pace=pace,
        used=used,
        sets=sets,
        each=each,
        curve=curve,
        aged=cache(lambda: ages(moment, terms)),
    )

    grade = np.where(strong | early | again | once, STRONG, NONE)

    def reason(code: int) -> Reason:
        if once[code]:
            return _once_reason(seen, code)
        if again[code]:
            return _again_reason(seen, code)
        if early[code] and pace.high[code] < terms.survival:
            return _rate_reason(seen, code)
        curved = _curve_reason(seen, code)
        # Of an alert that goes on, the bound that keeps it open.
        return curved if grade[code] else replace(curved, threshold=1 - slack * (1 - terms.survival))

    return Family("churn", grade, reason, lasts=lasts)


def replaced_beside(moment: Moment, terms: Churn, found: Turnover, slack: float = 1) -> np.ndarray:
    """By organisation: whether some numbers stay, and those beside them are short-lived and replaced over and over.

    Nothing is known of it before the feed was seen for the use term. Colleagues who come and go beside numbers that stay have theirs
    for longer, and campaigns are not so many. slack: what is left of each bound where an alert is open.
    """
    known = moment.watched_for >= moment.policy.tenure.use_term
    part = np.maximum(1 - found.kept, terms.early_short_turnovers)
    return (
        known
        & (found.kept >= slack * terms.kept / 2)
        & (found.short_turnovers >= slack * terms.beside_turnovers * part)
        & (found.steps >= slack * terms.beside_steps)
        & (found.life <= terms.beside_life * moment.policy.tenure.use_term / slack)
    )


def _paused(moment: Moment, terms: Churn, found: Turnover) -> np.ndarray:
    """Who calls these days, and has hardly called since a number was replaced: while nobody calls, none is.

    Of who calls on some days a month these days are a month, and a week more.
    """
    clocks, term = moment.policy.tenure, moment.term
    days = moment.state.active.between(slice(0, moment.organisations), moment.day - term, moment.day)
    seldom = days <= terms.bursts / WEEK * term
    lately = np.where(seldom, moment.calls(terms.ongoing + WEEK), moment.calls(clocks.idle_after))
    return (lately > 0) & (found.called < clocks.called_days)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the reasons of all organisations are told from; arrays are by organisation."""

    terms: Churn
    term: int
    found: Turnover
    replies: Answering
    quiet: np.ndarray  # days without an end from which numbers stay in use
    hidden: np.ndarray  # whether people who call the numbers surely are not answered
    passing: Answering
    unanswered: (
        np.ndarray
    )  # whose numbers beside others are judged by themselves, and surely nobody answers on them
    part: np.ndarray  # share of calls of numbers that do not stay, where the fleet is judged by these; else 1
    pace: Rate
    used: SingleUse
    sets: Wholesale
    each: Curve  # as if every number ended by itself
    curve: Curve  # as many as there are steps
    aged: Callable[[], Ages]  # a pass over a week's numbers, where anybody is told

    def replaced(self, code: int) -> dict[str, float]:
        """What either measure rests on; who calls back, where it counts; how old the numbers are."""
        return {
            "numbers_ended": float(self.found.deaths[code]),
            "turnovers": float(self.found.turnovers[code]),
            "usual_life_days": float(self.found.life[code]),
            "quiet_days": float(self.quiet[code]),
            **self.of_part(code),
            **self.aged().exposure(code),
            **(self.replies.exposure(code) if self.hidden[code] else {}),
            **(self.of_passing(code) if self.unanswered[code] else {}),
        }

    def of_passing(self, code: int) -> dict[str, float]:
        """Who answers on the numbers that do not stay, where that is what they are judged by."""
        return {f"passing_{name}": value for name, value in self.passing.exposure(code).items()}

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


def _once_reason(seen: _Seen, code: int) -> Reason:
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


def _again_reason(seen: _Seen, code: int) -> Reason:
    return Reason(
        family="churn",
        measure="life_between_changes",
        value=float(seen.sets.life[code]),
        threshold=round(seen.terms.whole_life * seen.term, 1),
        exposure={**seen.replaced(code), "days_seen_before": float(seen.sets.before[code])},
        clears_when=seen.stays(code),
    )


def _rate_reason(seen: _Seen, code: int) -> Reason:
    pace = seen.pace
    return Reason(
        family="churn",
        measure="survival_at_this_rate",
        value=float(pace.survival[code]),
        interval=(float(pace.low[code]), float(pace.high[code])),
        threshold=seen.terms.survival,
        exposure={
            **seen.replaced(code),
            "successors": float(pace.successors[code]),
            "steps": float(pace.independent[code]),
        },
        clears_when=seen.stays(code),
    )


def _curve_reason(seen: _Seen, code: int) -> Reason:
    """With the interval that was held against the threshold: where nobody is answered, that of numbers which count each."""
    tested = seen.each if seen.hidden[code] else seen.curve
    together = {} if seen.hidden[code] else {"steps": float(seen.found.steps[code])}
    return Reason(
        family="churn",
        measure="survival_at_use_term",
        value=float(tested.at_term[code]),
        interval=(float(tested.low[code]), float(tested.high[code])),
        threshold=seen.terms.survival,
        exposure={
            **seen.replaced(code),
            "age_reached_days": float(tested.reached[code]),
            **together,
        },
        clears_when=seen.stays(code),
    )
