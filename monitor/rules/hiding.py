"""Hiding: of whom re-contact is strong, since people are kept from recognising, blocking or calling back who calls.

There are two ways. Those whom an organisation calls again on purpose see another number, of a pool that is no office's: each
of its numbers makes more calls than a person at a desk, and nobody answers on them. Or strangers are called, who mostly do not
pick up and see another number when they are called again: no customer is called so, and fewer numbers are enough.

Some of those who call back may reach somebody. Where a quarter of them and more do, numbers must surely be dealt more evenly
than by chance; from a third on it is strong only of who calls strangers, and from many numbers: on a sales floor each has a
number, all have one list, and few are free to answer. More still are asked for of those on whose feeds nobody is ever heard to
answer, and whose calls surely no people at desks deal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from monitor.fleet.answering import Answering
from monitor.fleet.dispersion import Spread
from monitor.fleet.picked_up import PickedUp
from monitor.fleet.recontact import Recontact as Met
from monitor.policy import Recontact as Terms

#: The part of `numbers_cold` that people must surely see, if no more are needed: a bound lies beyond what is seen. No term of the policy: it is
#: told in the words of that one.
_SEEN_OF_COLD = 0.5
#: The part of `strong` that is enough where calls are surely dealt more evenly than by chance. No term of the policy: it is told in the words of that one.
_MACHINE = 0.5


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is known by organisation, besides the numbers that people see; each question takes what is left of its bounds.

    That is 1 where an alert may begin, and less where one is open: `slack`.
    """

    terms: Terms
    spread: Spread
    replies: Answering  # whether anybody answers on the numbers that are shown
    called: PickedUp  # whether those who are called pick up
    dealt: np.ndarray  # whose numbers are surely dealt by a machine, in turn or up to a cap
    by_machine: Callable[[float], np.ndarray]  # or by chance, but by no people at desks
    unheard: np.ndarray  # on whose feeds nobody is ever heard to answer

    def looked_at(self, judged: np.ndarray, supported: np.ndarray, slack: float) -> np.ndarray:
        """Of whom it is worth the cost to know what people see; supported: of whom it is of use that this supports others."""
        # By itself it is strong of those only who surely leave people unanswered, or some of them: nobody else is looked at for it.
        hidden = self.wide(slack) & self.replies.hidden(slack) & self.exposed(slack, listed=True)
        some = self.answers_some(slack) & self._used(slack, listed=True)
        return judged & ((supported & self.exposed(slack)) | hidden | some)

    def wide(self, slack: float) -> np.ndarray:
        """Who uses numbers enough to hide behind, in either way."""
        enough = np.where(self._cold(slack), np.minimum(self._many, self._many_cold), self._many)
        return self.spread.a_week >= slack * enough

    def exposed(self, slack: float, listed: np.ndarray | bool = False) -> np.ndarray:
        """Whose numbers are no desks', and are not known to be answered; listed: who works through a list."""
        return self._used(slack, listed) & ~self.replies.reachable

    def answers_some(self, slack: float) -> np.ndarray:
        """Who calls strangers from so many numbers that callers may be answered, or that it may be unheard whether they are."""
        return self._cold(slack) & self._wide_if_answered(slack)

    def again_on_purpose(self, met: Met, again: np.ndarray, slack: float) -> np.ndarray:
        """Who calls people again on purpose, and hides from them; again: the share of people who are called again."""
        terms = self.terms
        busy = again >= terms.again_busy * slack
        busy &= (self.spread.calls_a_number >= terms.busy * slack) | self.replies.nobodys()
        listed = again >= terms.again * slack
        enough = (met.again >= terms.persons * slack) & (listed | busy | self.dealt)
        # Nobody can see more numbers than there are: a few that are shown in turn hardly meet either.
        few = (met.high < 1 / (slack * self._seen)) & (self.spread.a_week >= slack * self._many)
        return self._unanswered(slack) & self.exposed(slack, listed | self.replies.nobodys()) & enough & few

    def from_strangers(self, met: Met, again: np.ndarray, slack: float) -> np.ndarray:
        """Who calls strangers, and hides from them; again: as above."""
        terms = self.terms
        some = (met.again >= terms.persons * slack) & (again >= terms.again_busy * slack)
        seen = np.maximum(terms.strong_dealt * self.spread.needed, _SEEN_OF_COLD * terms.numbers_cold)
        others = met.high < 1 / (slack * seen)
        hidden = self._unanswered(slack) & (self.spread.a_week >= slack * self._many_cold)
        return (
            self._cold(slack)
            & self._used(slack, listed=True)
            & some
            & others
            & (hidden | self._wide_if_answered(slack))
        )

    @property
    def _seen(self) -> np.ndarray:
        """Numbers that those must see who are called again on purpose."""
        terms, needed = self.terms, self.spread.needed
        return np.where(
            self.dealt, terms.strong_dealt * needed, np.maximum(terms.strong * needed, terms.numbers)
        )

    @property
    def _many(self) -> np.ndarray:
        """Numbers that it takes to hide from those."""
        return np.where(self.dealt, np.maximum(self._seen, self.terms.numbers_dealt), self._seen)

    @property
    def _many_cold(self) -> np.ndarray:
        """Numbers that it takes to hide from strangers."""
        return np.maximum(self.terms.strong_dealt * self.spread.needed, self.terms.numbers_cold)

    def _wide_if_answered(self, slack: float) -> np.ndarray:
        terms, needed = self.terms, self.spread.needed
        in_turn = self.replies.undesked(slack) & self.dealt
        least = np.where(
            in_turn,
            np.maximum(_MACHINE * terms.strong * needed, terms.numbers_by_machine),
            np.maximum(terms.strong_unheard * needed, terms.numbers_unheard),
        )
        seldom = self.called.seldom(self.replies.terms.known_calls, terms.picked_up_unheard, slack)
        by_nobody = in_turn | (self.unheard & seldom & self.by_machine(slack))
        return by_nobody & (self.spread.a_week >= slack * least)

    def _cold(self, slack: float) -> np.ndarray:
        return self.called.cold(self.replies.terms, slack)

    def _used(self, slack: float, listed: np.ndarray | bool) -> np.ndarray:
        """Whose numbers make more calls than a desk's."""
        least = np.where(listed, self.terms.calls_a_number_listed, self.terms.calls_a_number)
        return self.spread.calls_a_number >= least * slack

    def _unanswered(self, slack: float) -> np.ndarray:
        """Where surely nobody answers callers. Whose calls people or chance may deal: an alert begins at a lower share than it goes on at."""
        return self.replies.hidden(slack) & (self.dealt | self.replies.seldom() | (slack < 1))
