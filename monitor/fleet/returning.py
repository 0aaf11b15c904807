"""Returning: for how long an organisation's numbers are silent before they are used again.

A number that has been silent for a month may be gone, or it may rest. What the organisation's other
numbers did is the best that is known of it: where they came back after five weeks, one that is silent
for five weeks has not been given up; where some have been silent for much longer and none came back,
it has.

A return is one in earnest: within two calendar weeks it makes a good part of the calls of its best
week; in its first days, of as many days. A call now and then from a number that was given up is none.
"""

from __future__ import annotations

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.recycling import CHUNK
from monitor.tenure import WEEK

#: The part of its best week's calls that a number makes in the week of its return and the next one. A number
#: that is used for three days and rests makes all of them; one that is kept alive by a trickle, hardly any.
_EARNEST = 0.5


def longest_rest(moment: Moment, wanted: np.ndarray, least: int, *, young: bool = False) -> np.ndarray:
    """The longest silence that a number came back from, by organisation; 0 where none did.

    wanted: a mask of organisations; the others are not looked at. least: days of silence from which it counts.
    young: only of numbers that had not lasted the use term when they fell silent.
    Looked at: the current and the last twelve calendar weeks; of a rest that began before, what lies in them.
    Cost: 91 bytes for each of their numbers.
    """
    tenures = moment.state.tenures
    longest = np.zeros(moment.organisations, np.int32)
    rows = np.flatnonzero(wanted[tenures.organisation] & (tenures.term > 0))
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        begin, used = tenures.used_on(some, moment.day)
        # Of one that was used before the first of those days, the rest began on that day at the latest.
        used[:, 0] |= tenures.first[some] < begin
        number, day = np.nonzero(used)
        follows = number[1:] == number[:-1]
        who, since, back = number[1:][follows], day[:-1][follows], day[1:][follows]
        weeks = np.pad(tenures.calls_by_week(some, moment.day), ((0, 0), (0, 1)))
        then = weeks[who, back // WEEK] + weeks[who, back // WEEK + 1]
        # Of one that came back today, a day's calls.
        there = np.minimum(moment.day - begin - back + 1, WEEK) / WEEK
        usual = _EARNEST * tenures.best_week[some[who]] * there
        earnest = np.maximum(usual, moment.policy.tenure.expected_calls)
        rested = np.flatnonzero((back - since > least) & (then >= earnest))
        pattern, since, back = tenures.pattern[some[who[rested]]], begin + since[rested], begin + back[rested]
        rest = moment.state.history.covered(pattern, since, back - 1)  # a feed that is out is no rest
        rest[rest < least] = 0
        if young:
            rest[since - tenures.first[some[who[rested]]] + 1 >= moment.policy.tenure.use_term] = 0
        np.maximum.at(longest, tenures.organisation[some[who[rested]]], rest)
    return longest
