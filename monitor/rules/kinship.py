"""Kinship: what two organisations have in common, of what was told of them (`lives.py`).

- the persons: of two samples of those with the smallest pseudonyms, the part of the smaller one that is in
  the other, among those below which nothing of either is missing (Beyer et al., 2007); Wilson's bounds (1927)
- what others have in common with either: where all call the same few thousand, any two have
- the numbers that went along, and the lines that carried most of both
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from monitor.across.lives import Life
from monitor.fleet.survival import wilson

#: The part of its calls that a line carries at least to be its own, and that bureaus make of one that they call for. No term of
#: the policy: below it a line says whose records were put to the wrong organisation, and nothing of conduct.
_PART = 0.1


class People(NamedTuple):
    """Whom an organisation calls: a sample, as `Life` has it, made ready to be compared with many others."""

    organisation: str
    first: int  # its first day
    upto: int
    persons: Sequence[int]  # in order, none beyond `upto`
    among: frozenset[int]  # the same

    @classmethod
    def of(cls, life: Life) -> People:
        persons = life.persons or ()
        return cls(life.organisation, life.first, life.upto, persons, frozenset(persons))


def common(heir: Life, ended: Life, least: int) -> tuple[float, float, float, int]:
    """Of the persons of the smaller sample, the share in the other, with its bounds, and how many they are.

    least: persons, of fewer nothing is known.
    """
    shared, persons = _both(People.of(heir), People.of(ended))
    if persons < least:
        return 0.0, 0.0, 1.0, persons
    share = shared / persons
    low, high = wilson(np.array([share]), np.array([float(persons)]))
    return share, float(low[0]), float(high[0]), persons


def elsewhere(
    heir: Life, ended: Life, others: Iterable[People], share: float, enough: int, least: int
) -> list[float]:
    """What others that were there before an heir have in common with it, or with the one that ended: the most first.

    least: persons, as for `common`; others with fewer are left out. It ends where `enough` have as much as the two.

    Cost: for each of the others, one look at its sample of persons.
    """
    two = (People.of(heir), People.of(ended))
    names = {each.organisation for each in two}  # what is known of either may be older than the two
    shares: list[float] = []
    alike = 0
    for other in others:
        if alike >= enough:
            break
        if other.first < heir.first and other.organisation not in names:
            both = [_both(each, other) for each in two]
            theirs = max((shared / of for shared, of in both if of >= least), default=None)
            if theirs is not None:
                shares.append(theirs)
                alike += theirs >= share
    return sorted(shares, reverse=True)


def _both(one: People, other: People) -> tuple[int, int]:
    """How many persons are in both samples, of how many in the smaller one; below what neither is missing."""
    upto = min(one.upto, other.upto)
    of = min(bisect_right(one.persons, upto), bisect_right(other.persons, upto))
    return len(one.among & other.among), of


def taken(heir: Life, ended: Life) -> float:
    """The share of the numbers that went along, of those of the one that had fewer; all, where the heir's are not known."""
    ours, theirs = ({number for number, *_ in life.numbers or ()} for life in (heir, ended))
    return len(ours & theirs) / min(len(ours), len(theirs) or 1) if ours else 1.0


def main_lines(life: Life) -> set[str]:
    """The lines that carried most of its calls, of each kind of line at most two.

    Where its feeds don't say over which line a call came, one that was misattributed may be the only one that had any.
    """
    totals: dict[str, int] = defaultdict(int, life.others)
    for line, calls in life.lines.items():
        totals[_kind(line)] += calls
    least = _PART * life.calls
    return {line for line, calls in life.lines.items() if calls >= max(totals[_kind(line)] / 2, least)}


def by_bureau(life: Life) -> bool:
    """Whether bureaus call for it: a call that was misattributed may have come through one, too."""
    calls = sum(calls for line, calls in life.lines.items() if is_bureau(line))
    return calls > 0 and calls + life.others.get("bureau", 0) >= _PART * life.calls


def is_bureau(line: str) -> bool:
    return _kind(line) == "bureau"


def _kind(line: str) -> str:
    return line.partition(":")[0]
