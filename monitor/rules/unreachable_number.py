"""`unreachable_number`: calls to a number that was shown are not answered, within the reachability term.

Judged on the calls to the number in about a month, up to a term after the last call from it. Where a
feed has no calls to numbers, nothing is known and nothing is said. A line that is often busy, or shut
at night, is answered now and then: the upper end of the interval must be below the policy's share. A desk
that is out of order for some days is no finding: people must have called on enough of them. Nor is one caller who dials all
night: of one number on one day only a few calls count, since calls are counted and not callers. Nor is a number that was hardly shown:
of each no more calls count than were made from it, since who calls it otherwise has it from elsewhere. Where many numbers of
an organisation are tested, or one again in month after month, each is at a level that fits how many tests there are: of
fifty that are judged daily at 95 %, some would be named by chance. None is judged by a month in which the rule did not bind its organisation.

Who spreads calls over many numbers gets few calls back on each. So an organisation's numbers are also
judged together; while that is told, no further number is named by itself (`told.py`).

People stop calling a number that nobody answers. So an alert lasts until calls are surely answered, or
the term is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from monitor.fleet.level import shared_level
from monitor.fleet.moment import Moment
from monitor.fleet.survival import CONFIDENCE, Z, wilson
from monitor.policy import UnreachableNumber
from monitor.remembered.callbacks import WEEKS
from monitor.rules.evidence import of_number, of_organisation
from monitor.tenure import WEEK
from monitor.verdict import Reason, Verdict

#: Days of which calls to a number are known.
_MONTH = WEEK * (WEEKS + 1)


def unreachable_number(moment: Moment, rule: UnreachableNumber) -> Iterator[Verdict]:
    """The organisations whose numbers together are hardly ever answered, and every such number of the others."""
    state, tenures = moment.state, moment.state.tenures
    bound = moment.day - moment.bound_since("unreachable_number", rule) + 1
    applies = moment.applies("unreachable_number", rule) & (bound >= _MONTH)
    days = moment.day - state.callbacks.since() + 1
    inbound, picked = _counted(moment, rule)
    numbers, calls, answered = _together(moment, rule, inbound, picked)
    raw, raw_together = moment.called, _in_all(moment, _in_term(moment, rule, inbound))
    hidden = wilson(answered / np.maximum(calls, 1), calls)[1] < rule.answered
    hidden &= applies & (numbers >= rule.numbers) & (calls >= rule.calls_together)
    if hidden.any():
        hidden &= moment.called_days_of(_in_term(moment, rule, inbound)) >= rule.days
    for code in np.flatnonzero(hidden).tolist():
        yield Verdict(
            kind="unreachable_number",
            organisation=state.names[code],
            number=None,
            severity="medium",
            reasons=(_reason(rule, calls[code], answered[code], _at(raw_together, code), numbers[code]),),
            window=(moment.since(code, days), moment.day),
            evidence=lambda code=code: of_organisation(moment, code, days),
        )
    rows = np.flatnonzero((inbound >= rule.calls) & (moment.day - tenures.last <= rule.term))
    # Judged each night on about a month, one that was shown for half a year was tested some six times.
    months = 1 + np.minimum(moment.day - tenures.first[rows], rule.term) // _MONTH
    tests = np.bincount(tenures.organisation[rows], months, moment.organisations).astype(np.int64)
    levels = shared_level(tests[tenures.organisation[rows]])
    high = wilson(picked[rows] / inbound[rows], inbound[rows], levels)[1]
    sure = (high < rule.answered) & (moment.called_days[rows] >= rule.days)
    chosen = sure & applies[tenures.organisation[rows]]
    rows, levels = rows[chosen], levels[chosen]
    for at in np.lexsort((tenures.number[rows], tenures.organisation[rows])).tolist():
        row, level = int(rows[at]), float(levels[at])
        code = int(tenures.organisation[row])
        yield Verdict(
            kind="unreachable_number",
            organisation=state.names[code],
            number=int(tenures.number[row]),
            severity="medium",
            reasons=(_reason(rule, inbound[row], picked[row], _at(raw, row), level=level),),
            window=(moment.since(code, days), moment.day),
            evidence=lambda row=row: of_number(moment, row, days),
        )


def still_unreachable(moment: Moment, rule: UnreachableNumber) -> Callable[[str, int | None], bool]:
    """Whether an alert of (organisation, number) that is open lasts although its verdict does not hold.

    It does while nothing shows that calls are answered, and records are such as would show it. Cost: a pass over the numbers, and a
    look-up for each that is asked.
    """
    state, tenures = moment.state, moment.state.tenures
    applies = moment.applies("unreachable_number", rule)
    alone = _counted(moment, rule)
    together = _together(moment, rule, *alone)[1:]
    latest = np.zeros(moment.organisations, np.int32)
    np.maximum.at(latest, tenures.organisation, tenures.last)

    def lasts(organisation: str, number: int | None) -> bool:
        code = state.codes.get(organisation)
        if code is None or not applies[code] or moment.unsaid[code]:
            return False
        if not state.says_who_answers(code, moment.day - rule.term):
            return False
        row = code if number is None else state.find(organisation, number)
        if row < 0:
            return False
        columns, last = (together, latest) if number is None else (alone, tenures.last)
        calls, answered = (counts[row] for counts in columns)
        low, _ = wilson(np.array([answered / max(calls, 1)]), np.array([calls]))
        return bool(moment.day - last[row] <= rule.term and low[0] < rule.answered)

    return lasts


def _counted(moment: Moment, rule: UnreachableNumber) -> tuple[np.ndarray, np.ndarray]:
    """By number: the calls to it that count, and how many of them were answered, in the share that was seen.

    Of calls from a number, only those of some three months are known apart (`Tenures.term`). They are what counts where its
    use ended before the term, and a trickle keeps it within; else all that it made do, of which most are within the term.
    """
    tenures = moment.state.tenures
    inbound, answered = moment.called_at_most(rule.calls_a_day)
    in_use = moment.used_until >= moment.day - rule.term
    counted = np.minimum(inbound, np.where(in_use, tenures.calls, tenures.term))
    return counted, answered * (counted / np.maximum(inbound, 1))


def _in_term(moment: Moment, rule: UnreachableNumber, inbound: np.ndarray) -> np.ndarray:
    """Which numbers calls are counted of: those that were called, and from which the last call is no longer ago than the term."""
    return (inbound > 0) & (moment.day - moment.state.tenures.last <= rule.term)


def _together(
    moment: Moment, rule: UnreachableNumber, inbound: np.ndarray, answered: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By organisation: its numbers in the term that were called, the calls to them, and how many were answered.

    inbound, answered: by number, as they are counted. Of each number no more calls count than one is judged by alone, so that none speaks for the others.
    """
    tenures, groups = moment.state.tenures, moment.organisations
    rows = np.flatnonzero(_in_term(moment, rule, inbound))
    codes, counted = tenures.organisation[rows], np.minimum(inbound[rows], rule.calls)
    return (
        np.bincount(codes, minlength=groups),
        np.bincount(codes, counted, groups),
        np.bincount(codes, counted * answered[rows] / inbound[rows], groups),
    )


def _in_all(moment: Moment, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By organisation: all calls to these numbers (a mask), and how many of them were answered; weighed by nothing."""
    codes = moment.state.tenures.organisation[numbers]
    inbound, answered = (np.bincount(codes, each[numbers], moment.organisations) for each in moment.called)
    return inbound, answered


def _at(counts: tuple[np.ndarray, np.ndarray], row: int) -> dict[str, float]:
    return {
        f"{name}_in_all": float(each[row]) for name, each in zip(("inbound", "answered"), counts, strict=True)
    }


def _reason(
    rule: UnreachableNumber,
    calls: float,
    answered: float,
    in_all: dict[str, float],
    numbers: float | None = None,
    level: float = Z,
) -> Reason:
    """in_all: what came in, beside the calls that count."""
    share, counted = np.array([answered / calls]), np.array([calls])
    low, high = wilson(share, counted, level)
    known = {
        "value": float(share[0]),
        "interval": (float(low[0]), float(high[0])),
        "threshold": rule.answered,
        "clears_when": f"With {CONFIDENCE:.0%} certainty at least {rule.answered:.0%} of the calls are answered, or {rule.term} days have passed "
        "since the last call that showed it.",
    }
    exposure = {
        "inbound": float(calls),
        "answered": float(answered),
        "term_days": float(rule.term),
        **in_all,
    }
    if numbers is None:
        return Reason(family="unreachable_number", measure="answered_share", exposure=exposure, **known)
    return Reason(
        family="unreachable_number",
        measure="answered_share_together",
        exposure=exposure | {"numbers": float(numbers)},
        **known,
    )
