"""`short_tenure`: a number was retired before the use term.

Retired is: silent for as long as the policy says on days on which its feeds were seen, while the
organisation made the calls that it would have made. One whose birth was not seen, or whose feed has
not been seen for a whole term, has an unknown tenure and never a short one. A birth was seen when the feed had been seen for `retired_after` days before it; for
as many as churn asks for (`births.py`) where the organisation is not seen to take numbers back. So has one that may have been in use
for the term on days on which it could not be seen, or that calls so seldom that its term may have begun before
its first call and gone on after its last.

It is named where the organisation keeps replacing numbers, at any time within the policy's window
of its end, and its new numbers surely do not last; the last of a rotation too, after which older numbers
call again. Or by itself, when it made most of the organisation's calls and newer numbers make them now. A
number that rests with its season or its campaign is neither, nor is a colleague who leaves within the term
and whose seat another takes.

A number that rests and returns was not retired. So where numbers of the organisation that had not lasted the
term were seen to return, one is named only when it has been silent for clearly longer than they rested; and the first
numbers that an organisation gives up are named some days later than those that follow them. One that was only tried is
waited for as long as others were silent between their trial and their use. Of an organisation that answers whoever
calls it, none is named before it was seen for a term; nor of one whose numbers are each a customer's own or whom people know (`known_callers.py`), nor one that ended
before the rule bound its organisation. One that made too few calls for a pace is not known to be gone, unless its organisation hardly ever
uses a number again (`single_use.py`): then all are named that are silent, up to `once_most`. Nor is one of which a single call is all there is, where the organisation's other
numbers make far more: it is as well another organisation's, to which the call belongs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor.fleet.answering import answering
from monitor.fleet.churn import survival
from monitor.fleet.dispersion import spread as measured
from monitor.fleet.moment import RETIRED, Moment
from monitor.fleet.returning import Taking, longest_rest
from monitor.fleet.single_use import single_use
from monitor.fleet.trickle import calling
from monitor.fleet.turnover import Turnover
from monitor.policy import Churn, NumberCarousel, ShortTenure
from monitor.rules.churn import hardly_again
from monitor.rules.evidence import of_number
from monitor.rules.kept_before import kept_before
from monitor.rules.known_callers import known_callers, strangers
from monitor.rules.own_numbers import own_numbers
from monitor.rules.returns import too_early
from monitor.tenure import WEEK
from monitor.verdict import Reason, Verdict

#: The part of an organisation's numbers, and how many, that have a single call before it is asked whether it uses any again. No terms of the
#: policy: they save the asking where numbers are used as others use them, and say nothing of conduct.
_PART_SINGLE = 0.25
_LEAST_SINGLE = 15


def short_tenure(
    moment: Moment, rule: ShortTenure, carousel: NumberCarousel, found: Turnover
) -> Iterator[Verdict]:
    """The numbers that were retired before the use term and replaced, or made most calls, and have not been used since.

    Those that were not given up surely enough to be named keep open what was told of them (`opens` is false).
    carousel: what replacing numbers means, and who is excused from it.
    """
    tenures, use_term = moment.state.tenures, moment.policy.tenure.use_term
    bound = moment.bound_since("short_tenure", rule)
    rows = np.flatnonzero(
        (moment.status == RETIRED)
        & (moment.born | found.fresh)
        & ~moment.excused
        & (moment.used_until >= bound[tenures.organisation])
        & (moment.age + 2 * _between_calls(moment) < use_term)
        & (moment.seen - tenures.watched + 1 >= use_term)
        & moment.applies("short_tenure", rule)[tenures.organisation]
        & ~_strays(moment, rule)
    )
    once = _used_once(moment, carousel.churn, rows)[tenures.organisation[rows]]
    gone = np.where(
        once,
        _first(moment, rows, once, rule.once_most),
        found.due[rows] >= moment.policy.tenure.expected_calls,
    )
    rows, once = rows[gone], once[gone]
    sole = (found.share[rows] >= rule.sole_share) & (
        found.missed[rows] >= moment.policy.tenure.expected_calls
    )
    replaced = once | _replaced_around(moment, carousel.churn, found, rows)
    short = found.short.copy()
    short[rows[once]] = True
    patience, rested = _waits(moment, rule, found, rows, short)
    born = moment.born[rows]
    sole &= born & (moment.silent[rows] >= rested)
    # One that came soon after its feed did may only have rested before, where numbers of its organisation are seen to.
    replaced &= born | (rested == 0)
    opens = sole | (replaced & (moment.silent[rows] >= patience))
    # What was told is not taken back for a number that rested somewhat longer, unless this one may be at such a rest too.
    lasts = opens | (replaced & (moment.silent[rows] >= rule.telling.slack * patience))
    rows, opens = rows[lasts], opens[lasts]
    opens &= ~_excused(moment, carousel, found, tenures.organisation[rows[opens]])[tenures.organisation[rows]]
    for at in np.lexsort((tenures.number[rows], tenures.organisation[rows])).tolist():
        yield _verdict(moment, int(rows[at]), bool(opens[at]))


def _strays(moment: Moment, rule: ShortTenure) -> np.ndarray:
    """Which numbers may be another organisation's: with a single call, among numbers that make far more."""
    tenures = moment.state.tenures
    codes, calls = tenures.organisation, tenures.calls.astype(np.float64)
    total, squares, single = (
        np.bincount(codes, made, moment.organisations) for made in (calls, calls**2, calls == 1)
    )
    few = (squares >= rule.stray_times * total) & (single < rule.stray_share * total)
    return few[codes] & (calls == 1)


def _used_once(moment: Moment, terms: Churn, rows: np.ndarray) -> np.ndarray:
    """By organisation: who hardly ever uses a number again, of those of which some numbers are asked about.

    What tells it costs a pass over all numbers, so it is asked only where a good part of them have a single call.
    """
    tenures, groups = moment.state.tenures, moment.organisations
    numbers, single = (
        np.bincount(tenures.organisation[those], minlength=groups)
        for those in (slice(None), tenures.calls == 1)
    )
    asked = np.zeros(groups, bool)
    asked[tenures.organisation[rows]] = True
    asked &= (single >= _PART_SINGLE * numbers) & (single >= _LEAST_SINGLE)
    return asked & hardly_again(moment, terms, single_use(moment, terms)) if asked.any() else asked


def _first(moment: Moment, rows: np.ndarray, chosen: np.ndarray, most: int) -> np.ndarray:
    """Which of the chosen rows are among so many of their organisation that ended first: what was told of these stays so."""
    tenures = moment.state.tenures
    those = np.flatnonzero(chosen)
    codes, ends = tenures.organisation[rows[those]], tenures.end[rows[those]]
    order = np.lexsort((tenures.number[rows[those]], ends, codes))
    begin = np.searchsorted(codes[order], codes[order])
    first = np.zeros(len(rows), bool)
    first[those[order]] = np.arange(len(those)) - begin < most
    return first


def _excused(moment: Moment, carousel: NumberCarousel, found: Turnover, codes: np.ndarray) -> np.ndarray:
    """Of the organisations `codes`, whose numbers are each a customer's own, or not known to have been given up yet."""
    asked = np.zeros(moment.organisations, bool)
    asked[codes] = True
    if not asked.any():
        return asked
    terms = carousel.calls_back
    early = asked & too_early(moment, terms, found)
    early &= ~strangers(moment, terms, found, early)
    shown = answering(moment, terms, moment.state.tenures.week > 0)
    spread = measured(moment, carousel.dispersion)
    own = early | own_numbers(moment, terms, spread, found, shown, asked & ~early)
    steady = kept_before(moment, terms, carousel.churn, found)
    known, _ = known_callers(moment, terms, found, answering(moment, terms), asked & ~own, steady)
    return own | known


def _between_calls(moment: Moment) -> np.ndarray:
    """Days between two calls of a number on which it makes none, usually; n calls are n - 1 waits.

    A number that calls every third day may be in use for two days before its first call, and for two after its last.
    """
    tenures = moment.state.tenures
    wait = (moment.used_until - tenures.first) / np.maximum(tenures.calls.astype(np.float64) - 1, 1)
    return np.maximum(np.ceil(wait) - 1, 0)


def _waits(
    moment: Moment, rule: ShortTenure, found: Turnover, rows: np.ndarray, short: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What `_patience` says for each of some numbers. One that was only tried may be taken into use as late as others were."""
    codes = moment.state.tenures.organisation[rows]
    waits = [days[codes] for days in _patience(moment, rule, found, np.unique(codes), short)]
    tried = _only_tried(moment, found, rows)
    if tried.any():
        later = _patience(moment, rule, found, np.unique(codes[tried]), short, trials=True)
        waits = [np.where(tried, days[codes], used) for days, used in zip(later, waits, strict=True)]
    return waits[0], waits[1]


def _only_tried(moment: Moment, found: Turnover, rows: np.ndarray) -> np.ndarray:
    """Which of some numbers made no more than a trickle of what those of their organisation made that did not last."""
    tenures = moment.state.tenures
    codes = tenures.organisation[found.short]
    usual = np.bincount(codes, tenures.best_week[found.short].astype(np.float64), moment.organisations)
    usual = usual / np.maximum(np.bincount(codes, minlength=moment.organisations), 1)
    return tenures.best_week[rows] < moment.policy.tenure.trickle * usual[tenures.organisation[rows]]


def _patience(
    moment: Moment,
    rule: ShortTenure,
    found: Turnover,
    codes: np.ndarray,
    short: np.ndarray,
    trials: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Days of silence after which a number of each organisation is given up, for the organisations `codes`; and
    those of them for which its numbers rest. short: which numbers did not last. trials: as for `longest_rest`.
    """
    tenures, terms = moment.state.tenures, moment.policy.tenure
    groups = moment.organisations
    wanted = np.zeros(groups, bool)
    wanted[codes] = True
    short = short & wanted[tenures.organisation]
    known = np.zeros(groups, bool)
    known[tenures.organisation[short & (moment.silent >= terms.retired_after + rule.first_wait)]] = True
    # A number that was used for long and comes back says nothing of those that did not last, nor does one of many: it
    # would be a shield for all.
    spell = np.where(found.life > 0, np.maximum(rule.spell * found.life, WEEK), np.inf)
    gone = np.bincount(tenures.organisation[short & (moment.silent >= terms.retired_after)], minlength=groups)
    rested = longest_rest(moment, wanted, terms.idle_after, Taking(spell, gone, rule.returns), trials)
    rests = np.ceil(rule.rests * rested)
    patience = np.where(known, terms.retired_after, terms.retired_after + rule.first_wait)
    return np.maximum(patience, rests), rests


def _replaced_around(moment: Moment, terms: Churn, found: Turnover, rows: np.ndarray) -> np.ndarray:
    """Whether the organisation replaced its numbers often enough in the window around each number's end."""
    tenures = moment.state.tenures
    wanted = np.unique(tenures.organisation[rows])
    compact = np.full(moment.organisations, -1, np.int32)
    compact[wanted] = np.arange(len(wanted))
    days = 2 * terms.window
    start = moment.seen - days

    def totals(chosen: np.ndarray) -> np.ndarray:
        """Running totals of shares by day of end, per organisation."""
        those = np.flatnonzero(chosen & (compact[tenures.organisation] >= 0) & (tenures.end > start))
        cell = compact[tenures.organisation[those]] * (days + 1) + tenures.end[those] - start
        table = np.bincount(cell, found.share[those], len(wanted) * (days + 1))
        return table.reshape(len(wanted), days + 1).cumsum(axis=1)

    all_ends, short_ends = totals(found.gone), totals(found.short)
    place = compact[tenures.organisation[rows]]
    until = np.clip(tenures.end[rows] + terms.window // 2 - start, 0, days)
    since = np.clip(tenures.end[rows] - terms.window // 2 - start, 0, days)
    enough = all_ends[place, until] - all_ends[place, since] >= terms.turnovers
    enough &= short_ends[place, until] - short_ends[place, since] >= terms.short_turnovers
    if not enough.any():
        return enough
    # A small shop may lose several colleagues in a few months; what is said of its numbers is not said by chance.
    long = terms.model_copy(update={"window": days})
    curve = survival(moment, long, found, among=compact >= 0)
    return enough & (curve.high[tenures.organisation[rows]] < terms.survival)


def _verdict(moment: Moment, row: int, opens: bool) -> Verdict:
    tenures, terms = moment.state.tenures, moment.policy.tenure
    made = calling(moment, row)
    return Verdict(
        kind="short_tenure",
        organisation=moment.state.names[tenures.organisation[row]],
        number=int(tenures.number[row]),
        severity="low",
        reasons=(
            Reason(
                family="tenure",
                measure="days_in_use",
                value=float(made.last - made.first + 1),
                threshold=float(terms.use_term),
                exposure={
                    "calls": float(made.calls),
                    "days_with_calls": float(made.days),
                    "days_to_last_call": float(made.last_call - made.last),
                    **{name: float(amount) for name, amount in made.told().items()},
                    "days_unseen": float(moment.unseen[row]),
                    # Of one that came soon after its feed did: why it is held to be new.
                    **(
                        {}
                        if moment.born[row]
                        else {"days_seen_before": float(made.first - tenures.watched[row])}
                    ),
                },
                clears_when="The number is called from regularly again, or is declared to have been replaced in a merger, a port or a "
                "renumbering, or its last use is too long ago to be looked at.",
            ),
        ),
        window=(made.first, moment.day),
        evidence=lambda: of_number(moment, row, moment.day - made.first + 1),
        opens=opens,
    )
