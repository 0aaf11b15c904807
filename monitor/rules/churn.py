"""Churn, a family of the carousel: the numbers do not survive the use term, and others take over."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from monitor.fleet.ages import ages
from monitor.fleet.answering import Answering
from monitor.fleet.churn import survival
from monitor.fleet.moment import Moment
from monitor.fleet.rate import rate
from monitor.fleet.single_use import SingleUse, single_use
from monitor.fleet.staying import staying
from monitor.fleet.turnover import Turnover
from monitor.fleet.wholesale import Wholesale
from monitor.policy import Churn
from monitor.rules.churn_reasons import Seen, reason_of
from monitor.rules.family import NONE, STRONG, Family
from monitor.tenure import WEEK


def churn(
    moment: Moment,
    terms: Churn,
    found: Turnover,
    replies: Answering,
    new: Answering,
    sets: Wholesale,
    beside: np.ndarray,
    slack: float,
    excused: np.ndarray,
    returning: np.ndarray,
) -> Family:
    """Strong where survival at the use term is surely too low, the fleet was replaced, and still is.

    new: who answers on the numbers that came into use lately. beside: whose numbers that do not stay are a fleet by themselves though
    callers are answered (`replaced_beside`, and who surely is not known by those that they call, or answers nobody on them). slack: what is left of each bound where an alert is open.
    excused: who is not graded, since its numbers may yet return or it was renumbered. returning: whose alert does not go on for this.

    What ends together is one observation (`turnover.py`), and enough must have ended apart from the largest of them; and
    numbers that stay must not carry so much that people know the caller by them. But where people who call the numbers
    surely are not answered (`replies`), a fleet that is replaced as a whole was not moved, and one that is known is not reached;
    there the part of it that does not stay is a fleet by itself. Elsewhere a whole fleet that is replaced again in a rhythm (`sets`)
    is told of at its second change, when its feed was seen for a term.

    It lasts while numbers that do not last are still replaced, though by the bounds it would not be strong again: where numbers end by
    chance fewer do in some months than in others. A pause in which nobody calls does not end it. Nor do numbers that come back after a
    season, where nobody is answered on them: that is told by the share that stayed.
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
    lasting = 1 - slack * (1 - terms.survival)
    replaced = (
        (np.minimum(each.high, pace.high) < lasting)
        & (found.deaths >= terms.deaths)
        & (found.turnovers / np.where(eased, least, 1) >= terms.early_turnovers * slack)
        & (found.short_turnovers >= terms.early_short_turnovers * slack)
        & ongoing
    )
    stayed = staying(moment, terms)
    rests = replies.hidden(slack) & (stayed.share < terms.stayed)

    used = single_use(moment, terms)
    again = ~(strong | early) & ongoing & ~unknown & _in_rhythm(moment, terms, found, sets)
    once = ~(strong | early | again) & hardly_again(moment, terms, used)
    strong, early, again, once = (mask & ~excused for mask in (strong, early, again, once))
    graded = strong | early | again | once
    seen = Seen(
        terms=terms,
        term=moment.policy.tenure.use_term,
        found=found,
        replies=replies,
        quiet=quiet,
        hidden=hidden,
        new=new,
        unanswered=beside & new.hidden(slack),
        part=np.where(beside | (hidden & (found.turnovers < terms.early_turnovers)), least, 1),
        pace=pace,
        used=used,
        sets=sets,
        stayed=stayed,
        each=each,
        curve=curve,
        aged=cache(lambda: ages(moment, terms)),
        reached=replies.reached_from(slack),
        lasting=lasting,
        early=early,
        again=again,
        once=once,
        graded=graded,
        replaced=replaced,
    )
    return Family(
        "churn",
        np.where(graded, STRONG, NONE),
        partial(reason_of, seen),
        lasts=(replaced | rests) & ~returning,
    )


def _in_rhythm(moment: Moment, terms: Churn, found: Turnover, sets: Wholesale) -> np.ndarray:
    """Who replaces its whole fleet over and over, and has called for long enough of late that it would be known who answers.

    That is forgotten in about a month.
    """
    clocks, everybody = moment.policy.tenure, slice(0, moment.organisations)
    days = moment.state.active.between(everybody, moment.seen - clocks.retired_after, moment.seen)
    return sets.rhythm & (days >= clocks.called_days) & (found.since >= terms.whole_silent)


def hardly_again(moment: Moment, terms: Churn, used: SingleUse) -> np.ndarray:
    """Who calls these days, and hardly ever from a number that it used before."""
    lately = moment.calls(moment.policy.tenure.idle_after) > 0
    return lately & (used.ratio >= terms.once) & (used.again < terms.once_again)


def replaced_beside(moment: Moment, terms: Churn, found: Turnover, slack: float = 1) -> np.ndarray:
    """By organisation: whether some numbers stay, and those beside them are short-lived and replaced over and over.

    Nothing is known of it while what takes turns may have had its first one only. Colleagues who come and go beside numbers that stay have theirs
    for longer, and campaigns are not so many. slack: what is left of each bound where an alert is open.
    """
    known = moment.watched_for >= terms.beside_history
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
