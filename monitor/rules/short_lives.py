"""Short lives: organisations of a number or two that come and go on one line, and call the same persons.

At a bureau each number can be an organisation. Several of them call at once then, and share out the persons, so
that of any two that succeed each other too few persons are the same for one to go on for the other (`linkage.py`).
What tells them is how many there are: nobody on that line lasts, and whoever ends is followed within days by one
that calls its persons.

- counted: those that ended before the use term, whose beginning was seen, and of whose persons the one that came
  after calls a good part, and more of them than some that stay do; of all of them together that part is surely as large
- what it can't be: clients with lists of their own, however many come and go; campaigns of one list that are few, that
  begin and end together, or that are done beside clients who stay. Of those that are called back and answer, twice
  as many are asked
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.across.lives import Life
from monitor.families import Linkage
from monitor.fleet.answering import reached
from monitor.fleet.survival import wilson
from monitor.policy import NumberCarousel
from monitor.rules.kinship import People, common, elsewhere, main_lines, taken

#: Who is on each line, and whether they ended.
Shared = Mapping[str, list[tuple[Life, bool]]]


@dataclass(frozen=True, slots=True)
class ShortLives:
    """Those on one line that ended young and were followed, when one more came after any of them."""

    line: str
    lives: tuple[Life, ...]  # the last one first
    over: frozenset[str]  # all on the line that have ended
    needed: int  # how many it takes
    lasting: int  # others on the line that stay
    people: float  # share of their persons whom those that came after call too
    low: float
    high: float
    persons: int


def crowded(day: int, ended: Iterable[Life], rule: NumberCarousel, term: int) -> dict[str, list[Life]]:
    """The lines on which enough organisations ended young to be looked at, and these."""
    terms = rule.linkage
    found: dict[str, list[Life]] = defaultdict(list)
    for life in ended:
        if life.last - life.first + 1 < term and day - life.last < terms.lives_days and _small(life, rule):
            for line in main_lines(life):
                found[line].append(life)
    return {line: lives for line, lives in sorted(found.items()) if len(lives) >= terms.lives}


def short_lives(
    day: int,
    ended: Mapping[str, list[Life]],
    young: Mapping[str, Life],
    shared: Shared,
    others: Sequence[People],
    rule: NumberCarousel,
    term: int,
) -> dict[str, ShortLives]:
    """By the organisations that came after those that did not last: what is said of the line.

    ended: as `crowded` has them. young: organisations as they were when they were new. others: whom those call that stay.
    """
    found: dict[str, ShortLives] = {}
    for line, lives in ended.items():
        members = [(life, over) for life, over in shared.get(line, ()) if line in main_lines(life)]
        lasting = sum(lasts(day, life, over, rule, term) for life, over in members)
        if lasting > rule.linkage.lives_lasting * len(lives):
            continue
        small = [life for life, _ in members if _small(life, rule)]
        after = {life.organisation: _after(life, small, young, others, rule.linkage) for life in lives}
        followed = [life for life in lives if after[life.organisation]]
        needed = _needed(followed, rule)
        if len(followed) < needed or lasting > rule.linkage.lives_lasting * len(followed):
            continue
        best = [max(after[life.organisation].values()) for life in followed]
        persons = sum(persons for _, persons in best)
        people = sum(share * persons for share, persons in best) / persons
        low, high = (float(bound[0]) for bound in wilson(np.array([people]), np.array([float(persons)])))
        if low < rule.linkage.people:
            continue
        order = tuple(sorted(followed, key=lambda life: (-life.last, life.organisation)))
        gone = frozenset(life.organisation for life, over in members if over)
        said = ShortLives(line, order, gone, needed, lasting, people, low, high, persons)
        found |= {heir: said for life in followed for heir in after[life.organisation] if heir not in found}
    return found


def _small(life: Life, rule: NumberCarousel) -> bool:
    """Whether it was seen to begin, calls at all, and from no more numbers than a campaign has."""
    begun = life.first >= life.watched + rule.churn.birth
    return (
        begun
        and life.calls >= rule.linkage.calls
        and 0 < len(life.numbers or ()) <= rule.linkage.lives_numbers
    )


def lasts(day: int, life: Life, over: bool, rule: NumberCarousel, term: int) -> bool:
    """Whether it was there for the use term, or may have been and still is."""
    if not over and life.first < life.watched + rule.churn.birth:
        return True
    return (life.last if over else day) - life.first + 1 >= term


def _after(
    ended: Life, small: list[Life], young: Mapping[str, Life], others: Sequence[People], terms: Linkage
) -> dict[str, tuple[float, int]]:
    """Who came after one that ended, from other numbers and for its persons: their share, and of how many."""
    found = {}
    for heir in small:
        gap = heir.first - ended.last
        if not -terms.overlap <= gap <= terms.gap or heir.first <= ended.first:
            continue
        if taken(heir, ended) >= terms.numbers:
            continue
        began = young.get(heir.organisation, heir)
        share, _, _, persons = max(
            common(began, life, terms.persons) for life in (ended, young.get(ended.organisation, ended))
        )
        if share < terms.people:
            continue
        theirs = elsewhere(began, ended, others, share, terms.alike, terms.persons)
        if sum(each >= share for each in theirs) < terms.alike:
            found[heir.organisation] = share, persons
    return found


def _needed(followed: list[Life], rule: NumberCarousel) -> int:
    """How many must have ended young, so that it is no run of small clients; of those that surely answer, more."""
    terms, replies = rule.linkage, rule.calls_back
    called, answered = (sum(getattr(life, name) for life in followed) for name in ("called", "answered"))
    return terms.lives_answered if reached(replies, called, answered) else terms.lives
