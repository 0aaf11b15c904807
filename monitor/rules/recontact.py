"""Re-contact, a family of the carousel: people who are called again see another number.

Judged where people are called again on purpose, where each number is used enough that it is nobody's
desk, and strong only where the numbers are surely not answered when people call back: an office, however
large, is at least one of these. Fewer numbers are enough where most of the calls are not picked up: whom strangers call is
no customer of a desk. Of who answers a quarter of them and more it becomes strong only where calls are surely dealt more evenly than by
chance, and from a third on many numbers are asked for: on a sales floor each has a number, all have one list, and few are free to answer. More still are asked for of those on whose feeds
nobody is ever heard to answer, and whose calls surely no people at desks deal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from monitor.fleet.answering import Answering
from monitor.fleet.dispersion import Spread
from monitor.fleet.moment import Moment
from monitor.fleet.picked_up import PickedUp
from monitor.fleet.recontact import Recontact as Recontacts
from monitor.fleet.recontact import recontact as measured
from monitor.policy import Recontact
from monitor.remembered.met import DAYS
from monitor.rules.family import NONE, STRONG, SUPPORTS, Family
from monitor.verdict import Reason

#: Days looked at: a campaign's attempts to reach one person take some days. No term of the policy: of those that are kept, the
#: longest that says the most is told, and shorter ones only see sooner who begins.
_SPANS = (DAYS, 14, 9)
#: The part of `numbers_cold` that people must surely see, if no more are needed: a bound lies beyond what is seen. No term of the policy: it is
#: told in the words of that one.
_SEEN_OF_COLD = 0.5
#: The part of `strong` that is enough where calls are surely dealt more evenly than by chance. No term of the policy: it is told in the words of that one.
_MACHINE = 0.5


def recontact(
    moment: Moment,
    terms: Recontact,
    spread: Spread,
    replies: Answering,
    judged: np.ndarray,
    heard: np.ndarray,
    dealt: np.ndarray,
    by_machine: Callable[[float], np.ndarray],
    called: PickedUp,
    slack: float,
) -> Family:
    """Graded by how much less often the same number is seen than the needed ones would give.

    - replies: who answers is not asked about, but for who calls strangers and answers some; called: whether those pick up
    - judged: which organisations are; heard: of which of them it is of use that this supports others; dealt: of which of them the
      numbers are surely dealt by a machine, in turn or up to a cap; by_machine: or by chance, but by no people at desks
    - slack: what is left of each bound where an alert is open
    """
    wanted = 1 / (terms.supports * spread.needed)
    cold = partial(called.cold, replies.terms)
    met = np.where(
        dealt, terms.strong_dealt * spread.needed, np.maximum(terms.strong * spread.needed, terms.numbers)
    )
    many = np.where(dealt, np.maximum(met, terms.numbers_dealt), met)
    met_cold = np.maximum(terms.strong_dealt * spread.needed, terms.numbers_cold)

    def wide_cold(eased: float) -> np.ndarray:
        """Whose pool is wide enough where most calls are not picked up, and callers may be answered, or it is never heard whether they are."""
        in_turn = replies.undesked(eased) & dealt
        least = np.where(
            in_turn,
            np.maximum(_MACHINE * terms.strong * spread.needed, terms.numbers_by_machine),
            np.maximum(terms.strong_unheard * spread.needed, terms.numbers_unheard),
        )
        return (in_turn | (moment.unheard & by_machine(eased))) & (spread.a_week >= eased * least)

    is_wide = spread.a_week >= slack * np.where(cold(slack), np.minimum(many, met_cold), many)

    def exposed(eased: float, listed: np.ndarray | bool = False) -> np.ndarray:
        """Whose numbers are no desks', and are not known to be answered; listed: who works through a list."""
        return used(eased, listed) & ~replies.reachable

    def used(eased: float, listed: np.ndarray | bool) -> np.ndarray:
        least = np.where(listed, terms.calls_a_number_listed, terms.calls_a_number)
        return spread.calls_a_number >= least * eased

    def unanswered(eased: float) -> np.ndarray:
        """Where surely nobody answers callers. Whose calls people or chance may deal: an alert begins at a lower share than it goes on at."""
        return replies.hidden(eased) & (dealt | replies.seldom() | (eased < 1))

    answers_some = cold(slack) & wide_cold(slack)
    # By itself it is strong of those only who surely leave people unanswered, or some of them: nobody else is looked at for it.
    hidden_wide = is_wide & replies.hidden(slack) & exposed(slack, listed=True)
    looked = judged & ((heard & exposed(slack)) | hidden_wide | (answers_some & used(slack, listed=True)))
    # The shorter looks are for who begins to hide behind many numbers; for others they would only cost.
    wide = looked & is_wide
    spans = [measured(moment, looked if days == DAYS else wide, days) for days in _SPANS]
    # Whether people are called again on purpose is a matter of how somebody calls, whatever numbers they show.
    again = spans[0].again / np.maximum(spans[0].persons, 1)

    def hides(found: Recontacts, eased: float) -> np.ndarray:
        """Where it is strong; eased: by how much each bound is eased."""
        enough = found.again >= terms.persons * eased
        busy = again >= terms.again_busy * eased
        busy &= (spread.calls_a_number >= terms.busy * eased) | replies.nobodys()
        listed = again >= terms.again * eased
        enough &= listed | busy | dealt
        # Nobody can see more numbers than there are: a few that are shown in turn hardly meet either.
        few = (found.high < 1 / (eased * met)) & (spread.a_week >= eased * many)
        hidden = unanswered(eased) & exposed(eased, listed | replies.nobodys()) & enough & few
        return hidden | strange(found, eased)

    def strange(found: Recontacts, eased: float) -> np.ndarray:
        """The same of those who call strangers."""
        some = (found.again >= terms.persons * eased) & (again >= terms.again_busy * eased)
        others = found.high < 1 / (
            eased * np.maximum(terms.strong_dealt * spread.needed, _SEEN_OF_COLD * terms.numbers_cold)
        )
        hidden = unanswered(eased) & (spread.a_week >= eased * met_cold)
        return cold(eased) & used(eased, listed=True) & some & others & (hidden | wide_cold(eased))

    def graded(found: Recontacts) -> np.ndarray:
        supports = exposed(1) & (found.again >= terms.persons) & (found.high < wanted)
        return np.where(hides(found, 1), STRONG, np.where(supports, SUPPORTS, NONE))

    grades = np.stack([graded(found) for found in spans])
    lasting = np.stack([hides(found, slack) for found in spans])
    # The longest of those that say the most; or, of an alert that goes on, that keep it open.
    best = np.where(grades.any(axis=0), grades.argmax(axis=0), lasting.argmax(axis=0))
    by_strangers = np.stack([strange(found, slack) for found in spans])
    # Whether callers are answered does not clear them until a desk's share of them is.
    of_some = by_strangers & answers_some & ~replies.hidden(slack)
    manned = 1 - slack * (1 - replies.terms.desk)

    def reason(code: int) -> Reason:
        found, some = spans[best[code]], of_some[best[code], code]
        return Reason(
            family="recontact",
            measure="same_number_share",
            value=float(found.same[code]),
            interval=(float(found.low[code]), float(found.high[code])),
            threshold=float(wanted[code]),
            exposure={
                "persons": float(found.persons[code]),
                "called_again": float(found.again[code]),
                "needed_numbers": float(spread.needed[code]),
                **replies.exposure(code),
                **(called.exposure(code) if by_strangers[best[code], code] else {}),
                **({"manned_share": manned} if some else {}),
            },
            strong=bool(grades[best[code], code] == STRONG),
            clears_when=f"People who are called again see the same number in at least {wanted[code]:.1%} of the cases, or "
            + (
                f"at least {manned:.0%} of those who call back are answered."
                if some
                else "are mostly answered when they call back."
            ),
        )

    return Family("recontact", grades.max(axis=0), reason, lasts=lasting.any(axis=0))
