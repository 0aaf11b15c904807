"""`number_carousel`: an organisation goes through numbers so that nobody can recognise it.

No family is enough by itself: an office with ten thousand extensions is dispersed, a newcomer's
numbers are young. At least two must agree, one of them strongly, on enough calls.

That numbers are replaced says nothing of those who may yet return to them, nor, until it was done three times
over, of those who are called back on each new number and answer; sooner where numbers go one by one and hardly any stays.
Numbers that are each a customer's own are none, nor are those of a caller whom people know (`known_callers.py`).
Nor is what an organisation did before the rule bound it, as while it was exempt: what was replaced then does not
count, and it is judged again once it was bound for `history` days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from monitor.fleet.answering import Answering, answering
from monitor.fleet.churn import survival
from monitor.fleet.dispersion import Spread
from monitor.fleet.dispersion import spread as measured
from monitor.fleet.moment import Moment
from monitor.fleet.picked_up import picked_up
from monitor.fleet.rate import rate
from monitor.fleet.returning import longest_rest
from monitor.fleet.turnover import Turnover
from monitor.fleet.wholesale import Wholesale, wholesale
from monitor.policy import NumberCarousel
from monitor.rules.churn import churn, replaced_beside
from monitor.rules.dialler import by_machine, dialler, spans, warming
from monitor.rules.dispersion import dispersion
from monitor.rules.evidence import of_organisation
from monitor.rules.family import NONE, STRONG, Family
from monitor.rules.hiding import Hiding
from monitor.rules.kept_before import kept_before
from monitor.rules.known_callers import known_callers, strangers
from monitor.rules.local_presence import local_presence
from monitor.rules.own_numbers import own_numbers
from monitor.rules.recontact import recontact
from monitor.rules.recycling import recycling
from monitor.rules.returns import may_yet_return
from monitor.tenure import WEEK, WEEKS
from monitor.verdict import DESCRIBING, Severity, Verdict

_TERM = WEEKS * WEEK
#: The part of the days from its first use to its last on which a number that is kept calls: one of two that take turns calls on no more.
_USED = 0.5
#: The part of the use term up to which numbers last that are one of several changes of who kept others for months: those of two months.
_SOON = 2 / 3


@dataclass(frozen=True, slots=True)
class _Replies:
    """Who answers those that call an organisation's numbers."""

    all: Answering
    shown: Answering  # of its pool now: those that it had before may have been answered
    new: Answering  # those that came into use lately


def number_carousel(moment: Moment, rule: NumberCarousel, found: Turnover) -> Iterator[Verdict]:
    """The organisations of which enough families agree."""
    bound = moment.day - moment.bound_since("number_carousel", rule) + 1
    judged = moment.applies("number_carousel", rule) & (np.minimum(moment.watched_for, bound) >= rule.history)
    if not judged.any():
        return
    spread = measured(moment, rule.dispersion)
    replies = _Replies(
        all=answering(moment, rule.calls_back),
        shown=answering(moment, rule.calls_back, moment.state.tenures.week > 0),
        new=answering(moment, rule.calls_back, found.fresh),
    )
    calls, slack = moment.calls(_TERM), rule.telling.slack
    even, kept_months = spans(moment), kept_before(moment, rule.calls_back, rule.churn, found)
    called = picked_up(moment, moment.state.tenures.week > 0)
    replaced = _given_up(moment, rule, found, judged, replies, spread, kept_months)
    dispersed = dispersion(moment, rule.dispersion, spread)
    rested = recycling(moment, rule.recycling, spread, replies.all, rule.dispersion, called, slack)
    hand = dialler(rule.dialler, even)
    local = local_presence(moment, rule.local_presence, spread, replies.shown, called, slack)
    # Re-contact costs most: it is asked where it could be strong, or of use to others that are.
    others = [replaced, dispersed, rested, hand, local]
    supported = _lasts(others) | _strong(others)
    dealt, machine = hand.grade > NONE, by_machine(moment, rule.dialler, even[1])
    hiding = Hiding(rule.recontact, spread, replies.shown, called, dealt, machine, moment.unheard)
    again = recontact(moment, hiding, judged, supported, slack)
    families = [replaced, dispersed, again, rested, hand, local]
    grades = np.stack([family.grade for family in families])
    holds = (
        judged
        & (grades.sum(axis=0) >= rule.grade)
        & ((grades > NONE).sum(axis=0) >= 2)
        & _strong(families)
        & (calls >= rule.calls)
    )
    lasts = judged & _lasts(families)
    own = own_numbers(moment, rule.calls_back, spread, found, replies.shown, holds | lasts)
    asked = (holds | lasts) & ~own
    known, surely = known_callers(moment, rule.calls_back, found, replies.all, asked, kept_months, slack)
    # That each person sees one number, of their own area, is how local presence hides; where nobody answers on them nobody knows it.
    known, surely = known & (local.grade < STRONG), surely & ~local.lasts
    holds, lasts = holds & ~(own | known), lasts & ~(own | surely)
    lately = moment.calls(moment.policy.tenure.idle_after) > 0
    # What is said besides, and counts for nothing: neither for an alert nor for its severity.
    besides = warming(moment, rule.dialler, found.fresh, holds) if holds.any() else None
    for code in np.flatnonzero(holds | lasts).tolist():
        agreeing = [family for family in families if family.grade[code] > NONE]
        keeping = [] if holds[code] else [family for family in families if family.keeps(code)]
        verdict = _verdict(moment, agreeing, keeping, code, found)
        if besides is not None and besides.grade[code] > NONE:
            verdict = replace(verdict, reasons=(*verdict.reasons, besides.reason(code)))
        yield replace(
            verdict, opens=bool(holds[code]), by_others=len(agreeing) > 1, current=bool(lately[code])
        )


def _strong(families: Iterable[Family]) -> np.ndarray:
    """By organisation: whether any of them is strong that says that anybody is kept from recognising the caller."""
    return np.any([family.grade == STRONG for family in families if family.name not in DESCRIBING], axis=0)


def _lasts(families: Iterable[Family]) -> np.ndarray:
    """By organisation: whether any of them keeps an alert open."""
    return np.any([family.lasts for family in families if family.lasts is not None], axis=0)


def _given_up(
    moment: Moment,
    rule: NumberCarousel,
    found: Turnover,
    judged: np.ndarray,
    replies: _Replies,
    spread: Spread,
    kept_months: np.ndarray,
) -> Family:
    """Churn, of which nothing is left for those whose numbers may yet return, or who were renumbered and answer.

    Of who calls strangers less of either is believed: they know no shift's number, and none that was changed by bad luck.
    """
    terms, sets = rule.calls_back, wholesale(moment, rule.churn, found)
    beside = replaced_beside(moment, rule.churn, found) & judged & ~replies.all.hidden()
    replaced = judged & (found.short_turnovers >= rule.churn.short_turnovers)
    strange = strangers(moment, terms, found, beside | replaced)
    # Those who call a number that stays may be answered, and nobody is on the others.
    beside &= strange | replies.new.hidden()
    part = np.where(strange, terms.strange_part, 1.0)
    turns = np.where(kept_months, np.minimum(part, terms.steady_part), part)
    in_turn = _takes_turns(moment, rule)
    few = in_turn & (spread.at_once < terms.on_duty) & (found.deaths <= terms.on_duty_numbers)
    unknown = moment.unheard | (replies.all.calls < terms.calls_answered)
    may_return, returning = may_yet_return(moment, terms, found, turns, strange, unknown)
    excused = may_return | (_answers_on(moment, rule, found, sets, replies, part, kept_months) & ~beside)
    early = in_turn & ~replies.all.hidden() & ~replies.shown.hidden()
    excused |= early & (moment.watched_for < _known_by(moment, rule, found, early, few))
    slack = rule.telling.slack
    return churn(moment, rule.churn, found, replies.all, replies.new, sets, beside, slack, excused, returning)


def _known_by(
    moment: Moment, rule: NumberCarousel, found: Turnover, early: np.ndarray, few: np.ndarray
) -> np.ndarray:
    """Days for which a feed must have been seen until it is known of those who were there when it began whether their numbers come back.

    early: who may take turns. few: of these, who may be people on duty.
    """
    cold = picked_up(moment, found.counted | found.fresh).cold(rule.calls_back)
    often = early & cold & ~few & (found.turnovers >= rule.cold_changes)
    often &= (moment.watched_for >= rule.history_of_cold) & (moment.watched_for < rule.history_of_old)
    if often.any():
        often &= longest_rest(moment, often, rule.calls_back.silent_short) == 0
    on_duty = few & moment.unheard & ~cold
    of_many = np.where(often, rule.history_of_cold, rule.history_of_old)
    return np.where(on_duty, moment.policy.tenure.use_term, of_many)


def _takes_turns(moment: Moment, rule: NumberCarousel) -> np.ndarray:
    """Who was there when its feed began and kept no numbers, nor did before it began to replace them: they may take turns."""
    tenures, clocks, groups = moment.state.tenures, moment.policy.tenure, moment.organisations
    first = np.full(groups, np.iinfo(np.int32).max, np.int32)
    np.minimum.at(first, tenures.organisation, tenures.first)
    there = first - (moment.seen - moment.watched_for + 1) < clocks.retired_after
    lasted = moment.used_until - tenures.first
    # A number that has come back for its second turn was not kept in between.
    kept = (tenures.days >= np.maximum(clocks.called_days, _USED * lasted)) & (lasted >= rule.kept_days)
    calls = tenures.calls.astype(np.float64)
    of_kept, of_all = (np.bincount(tenures.organisation, calls * part, groups) for part in (kept, 1))
    return there & (of_kept < rule.kept_share * of_all)


def _answers_on(
    moment: Moment,
    rule: NumberCarousel,
    found: Turnover,
    sets: Wholesale,
    replies: _Replies,
    part: np.ndarray,
    kept_months: np.ndarray,
) -> np.ndarray:
    """Who was renumbered more than once, and each time is called back and answered on the new numbers.

    Where too few call those to know it, whether it answers on the numbers that it shows now: one of them may be its own.
    Bad luck and waves of temporary staff end many numbers at once, and of staff that comes and goes some stay: who
    replaces numbers one by one, and keeps hardly any, was not renumbered. Numbers of unknown age count as well where all
    are replaced in a rhythm.
    """
    terms = rule.calls_back
    soon = kept_months & (found.life <= _SOON * moment.policy.tenure.use_term)
    bound = np.where(soon, np.minimum(part * terms.replaced, terms.steady_replaced), part * terms.replaced)
    few = found.short_turnovers + np.where(sets.rhythm, sets.replaced, 0) < bound
    singly = few & (found.steps >= terms.steps) & (found.short_turnovers >= terms.replaced_singly)
    if singly.any():
        # Those that were seen to go one by one are as many decisions as there are days on which they did: of a quarter of
        # their life, which `found.alone` takes for one, only four fit into it.
        apart = rate(moment, rule.churn, found).days / np.maximum(found.deaths, 1)
        stay = survival(moment, rule.churn, found, among=singly).of_fewer(apart)
        few &= ~(singly & (stay.high < np.where(kept_months, terms.steady_stay, terms.stay)))
    unknown = replies.new.calls < terms.calls
    return few & (replies.new.reachable | (unknown & replies.shown.reachable))


def _verdict(
    moment: Moment, families: list[Family], keeping: list[Family], code: int, found: Turnover
) -> Verdict:
    """What the families say that agree; and of an alert that goes on without them, those that keep it open."""
    counts = {"numbers_replaced": int(found.deaths[code])}
    kept = (replace(family.reason(code), strong=False) for family in keeping)
    return Verdict(
        kind="number_carousel",
        organisation=moment.state.names[code],
        number=None,
        severity=_severity(families, code),
        reasons=(*(family.reason(code) for family in families), *kept),
        window=(moment.since(code, _TERM), moment.day),
        evidence=lambda: of_organisation(moment, code, _TERM, counts, known=found.fresh),
    )


def _severity(families: list[Family], code: int) -> Severity:
    """High when every family is strong, or three agree; else medium."""
    grades = [int(family.grade[code]) for family in families]
    return "high" if len(grades) > 2 or (grades and sum(grades) == 2 * len(grades)) else "medium"
