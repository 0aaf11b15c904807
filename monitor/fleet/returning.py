"""Returning: for how long an organisation's numbers are silent before they are used again.

A number that has been silent for a month may be gone, or it may rest. What the organisation's other
numbers did is the best that is known of it: where they came back after five weeks, one that is silent
for five weeks has not been given up; where some have been silent for much longer and none came back,
it has. One that came back does not speak for all the others: where surely few return, none is waited for.

A return is one in earnest: within two calendar weeks it makes a good part of the calls of its best
week; in its first days, of as many days. A call now and then from a number that was given up is none.

Nor is what came before a number was used a rest: it made more than a trickle before it fell silent. A call that tries
a number out, weeks before its use, says nothing of when numbers come back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.recycling import CHUNK
from monitor.fleet.survival import wilson
from monitor.tenure import WEEK

#: The part of its best week's calls that a number makes in the week of its return and the next one. A number
#: that is used for three days and rests makes all of them; one that is kept alive by a trickle, hardly any. No term of the policy: it
#: says what the word means there.
_EARNEST = 0.5


@dataclass(frozen=True, slots=True)
class Taking:
    """Of which numbers a rest says something: of those that may take turns with the ones that are asked about."""

    spell: np.ndarray  # by organisation: days of use before a rest, at most
    gone: np.ndarray  # by organisation: numbers that did not last and have not come back
    share: float  # of those that fell silent, that return; where it is surely less, nothing is waited for


def longest_rest(
    moment: Moment, wanted: np.ndarray, least: int, turns: Taking | None = None, trials: bool = False
) -> np.ndarray:
    """The longest silence that a number came back from, by organisation; 0 where none did.

    wanted: a mask of organisations; the others are not looked at. least: days of silence from which it counts.
    turns: only of numbers that had not lasted the use term when they fell silent, and as it says; of all by default.
    trials: whether a silence counts as well after which a number was used that had only been tried before.
    Looked at: the current and the last twelve calendar weeks; of a rest that began before, what lies in them.
    Cost: 91 bytes for each of their numbers.
    """
    tenures = moment.state.tenures
    longest, returned = np.zeros(moment.organisations, np.int32), np.zeros(moment.organisations)
    rows = np.flatnonzero(wanted[tenures.organisation] & (tenures.term > 0))
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        begin, used = tenures.used_on(some, moment.day)
        # Of one that was used before the first of those days, the rest began on that day at the latest.
        unseen = ~used[:, 0] & (tenures.first[some] < begin)
        used[:, 0] |= unseen
        number, day = np.nonzero(used)
        follows = number[1:] == number[:-1]
        who, since, back = number[1:][follows], day[:-1][follows], day[1:][follows]
        weeks = np.pad(tenures.calls_by_week(some, moment.day), ((0, 0), (0, 1)))
        past = tenures.calls[some] - weeks.sum(axis=1, dtype=np.int64)  # made before those weeks
        then = weeks[who, back // WEEK] + weeks[who, back // WEEK + 1]
        # Of one that came back today, a day's calls.
        there = np.minimum(moment.day - begin - back + 1, WEEK) / WEEK
        usual = _EARNEST * tenures.best_week[some[who]] * there
        earnest = np.maximum(usual, moment.policy.tenure.expected_calls)
        silent = (back - since > least) & (then >= earnest)
        if not trials:
            last = since // WEEK
            # Those before the first of these weeks it may have made at any time before.
            earlier = weeks[who, last] + np.where(last > 0, weeks[who, last - 1], past[who])
            silent &= earlier >= _trickle(moment, some[who])
        rested = np.flatnonzero(silent)
        pattern, since, back = tenures.pattern[some[who[rested]]], begin + since[rested], begin + back[rested]
        rest = moment.state.history.covered(pattern, since, back - 1)  # a feed that is out is no rest
        rest[rest < least] = 0
        mine = some[who[rested]]
        theirs = tenures.organisation[mine]
        if turns:
            begun = tenures.first[mine].astype(np.int64)
            rest[since - begun + 1 >= moment.policy.tenure.use_term] = 0
            # A spell of use begins with the end of the rest before it.
            again = np.flatnonzero(mine[1:] == mine[:-1]) + 1
            begun[again] = back[again - 1]
            spell = since - begun + 1
            # When one fell silent before those weeks is not known; at its best pace its calls took so many days at least.
            pace = np.maximum(tenures.best_week[mine], 1) / WEEK
            hidden = unseen[who[rested]] & (since == begin)
            spell = np.where(hidden, np.minimum(spell, np.ceil(past[who[rested]] / pace)), spell)
            rest[spell > turns.spell[theirs]] = 0
            returned += np.bincount(tenures.organisation[np.unique(mine[rest > 0])], minlength=len(returned))
        np.maximum.at(longest, theirs, rest)
    if turns:
        total = returned + turns.gone
        _, high = wilson(returned / np.maximum(total, 1), total)
        longest[high < turns.share] = 0
    return longest


def _trickle(moment: Moment, rows: np.ndarray) -> np.ndarray:
    """Calls within two calendar weeks below which each number was not used: a trickle of its best week, or a trial."""
    terms = moment.policy.tenure
    return np.maximum(terms.trickle * moment.state.tenures.best_week[rows], terms.expected_calls)
