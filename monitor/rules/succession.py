"""Succession: that one organisation goes on for another that ended, as `linkage.py` judges it.

- by the persons: the part of those of the one who are called by the other (`kinship.py`)
- by the line: an account, trunk or bureau that carried most of both, and hardly anybody else then
- how much of the one is asked depends on the other. With a line of their own, a fifth of the persons is enough (a tenth, where
  no other has half as many in common with either), and weeks or some numbers between them do not matter; clients of one bureau, or
  of two that rent a list, may share half. It must be more than some that stay have in common with either: where all call the same few thousand, the persons say nothing
- where surely nobody answers on the numbers of either, a tenth is enough too, of several that came and went so (`in_a_row`): who rents
  a list to sell from it can be called back
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.across.lives import SIGN, Life
from monitor.families import Linkage
from monitor.fleet.answering import unanswered
from monitor.fleet.survival import wilson
from monitor.policy import NumberCarousel
from monitor.rules.kinship import People, by_bureau, common, elsewhere, is_bureau, main_lines, taken

#: Organisations of one chain that are followed back, and that are named as those before.
LONGEST = 12
#: How much more two that had a line to themselves must have in common than either has with those that stay (`people_some`, `people_line`),
#: and of how many more persons (`people_line`). No term of the policy: it is told in the words of those.
_TWICE = 2


@dataclass(frozen=True, slots=True)
class Succession:
    """That one organisation goes on for another."""

    predecessor: str
    taken: float  # share of the numbers that went along
    people: float  # share of the persons called that are the same
    low: float
    high: float
    persons: int
    line: str | None  # that both had to themselves
    shared: bool  # whether it was a line of others too that carried most of both
    bureau: bool  # whether both are called for by a bureau
    own_bureau: bool  # that calls for hardly anybody else
    unanswered: bool  # whether surely nobody answers those who call the numbers of either
    others: tuple[float, ...] = ()  # what those that stay have in common with either, the most first

    def least(self, terms: Linkage) -> float:
        """The share of persons from which it goes on for the other's people: more than others have in common with them."""
        usual = self.others[terms.alike - 1] if len(self.others) >= terms.alike else 0.0
        asked = self._asked(terms)
        if (self._on_own_line or self._unreachable) and self._apart(terms):
            asked = min(asked, terms.people_line)
        return max(asked, usual)

    def in_a_row(self, terms: Linkage) -> bool:
        """Whether the persons are enough only since nobody answers: of one such link nothing is told."""
        return self._unreachable and not self._on_own_line and self.low < self._asked(terms)

    @property
    def _unreachable(self) -> bool:
        """Whether nobody answers on either, and no bureau works through a list for both."""
        return self.unanswered and not self.bureau

    def _apart(self, terms: Linkage) -> bool:
        """Whether nobody that stays has half as many in common with either, of some of whom that is known."""
        known = len(self.others) >= terms.alike and self.persons >= _TWICE * terms.persons
        return known and self.people > _TWICE * max(self.others)

    def _asked(self, terms: Linkage) -> float:
        if (self.bureau and not self.own_bureau) or (self.shared and self.line is None):
            return terms.people_bureau
        return terms.people_alone if self.line is None else terms.people

    @property
    def _on_own_line(self) -> bool:
        """Whether they had a line to themselves that is no bureau's."""
        return self.line is not None and not self.bureau

    def for_people(self, terms: Linkage) -> bool:
        """Whether it surely goes on for the other's people."""
        return self.low >= self.least(terms)

    def for_some(self, terms: Linkage) -> bool:
        """Whether it surely calls some of the other's people, and twice as many of them as any that stays has in common with either."""
        return self.low >= terms.people_some and self.people > _TWICE * max(self.others, default=0.0)

    def by_line(self, terms: Linkage) -> bool:
        """Whether it is linked by a line of their own; clients of a bureau come and go on one, unless they call the same people."""
        return self._on_own_line or (self.line is not None and self.own_bureau and self.for_some(terms))

    def likely(self, terms: Linkage) -> bool:
        """Whether it seems to: by what was seen, and not by its lower bound."""
        return self.people >= self.least(terms)

    def twice(self, terms: Linkage) -> bool:
        """Whether it is linked to the other by the persons and by a line of their own."""
        return self._on_own_line and self.for_people(terms)


def succession(
    heir: Life,
    ends: Mapping[str, Life],
    young: Mapping[str, Life],
    shared: Mapping[str, list[tuple[Life, bool]]],
    rule: NumberCarousel,
    declared: frozenset[str],
    others: Sequence[People] = (),
) -> Succession | None:
    """For whom a new organisation goes on, if for anybody; of several, for the one with most persons in common.

    ends: organisations that have fallen silent; young: as they were when they were new, since who works
    through a list begins where the one before began. shared: who is on each line, and whether they ended.
    others: whom those call that stay.
    """
    best: tuple[tuple, Succession] | None = None
    terms = rule.linkage
    for name, ended in ends.items():
        gap = heir.first - ended.last
        if not -terms.overlap_twice <= gap <= terms.gap_twice or name == heir.organisation:
            continue
        if name in declared or ended.first >= heir.first or ended.calls < terms.calls:
            continue
        along = taken(heir, ended)
        if along >= terms.numbers_twice:
            continue
        share, low, high, persons = max(
            (common(heir, life, terms.persons) for life in (ended, young.get(name, ended))),
            key=lambda found: found[1],
        )
        own, many = _lines(heir, ended, shared, terms)
        bureau = by_bureau(heir) and by_bureau(ended)
        line, own_bureau = next(iter(own), None), any(map(is_bureau, own))
        lonely = all(unanswered(rule.calls_back, life.called, life.answered) for life in (heir, ended))
        found = Succession(name, along, share, low, high, persons, line, many, bureau, own_bureau, lonely)
        if found.likely(terms) or ((line is not None or lonely) and low >= terms.people_some):
            found = replace(
                found, others=tuple(elsewhere(heir, ended, others, share, terms.alike, terms.persons))
            )
        near = -terms.overlap <= gap <= terms.gap and along < terms.numbers
        linked = found.twice(terms) or (near and (line is not None or found.for_people(terms)))
        if not linked and not (near and found.likely(terms)):
            continue
        order = (linked, low, line is not None, name)
        if best is None or order > best[0]:
            best = order, found
    return best[1] if best else None


def _lines(
    heir: Life, ended: Life, shared: Mapping[str, list[tuple[Life, bool]]], terms: Linkage
) -> tuple[list[str], bool]:
    """The lines that carried most of both, and of others then hardly any calls; and whether one did of others too.

    Who goes on is told of every four weeks only, and so is taken to have called since.
    """
    own: list[str] = []
    both = sorted(main_lines(heir) & main_lines(ended))
    for line in both:
        others = sum(
            life.lines[line]
            for life, over in shared.get(line, ())
            if life is not heir
            and life is not ended
            and life.first < heir.first
            and life.last > ended.last - (0 if over else SIGN)
        )
        if others <= terms.others * ended.lines[line]:
            own.append(line)
    return own, len(own) < len(both)


def surely(links: Sequence[Succession], terms: Linkage) -> bool:
    """Whether the first of some links of one chain surely is for the same people, by the samples of all of them."""
    return bool(links) and together(links)[1] >= max(link.least(terms) for link in links)


def together(links: Sequence[Succession]) -> tuple[float, float, float, int]:
    """The share of persons that are the same over several links, with its bounds, and of how many.

    Those before narrow the interval of the first one, and do not raise its share: a chain may end with somebody else.
    """
    persons = sum(link.persons for link in links)
    pooled = sum(link.people * link.persons for link in links) / max(persons, 1)
    share = min(links[0].people, pooled)
    low, high = wilson(np.array([share]), np.array([float(persons)]))
    return share, float(low[0]), float(high[0]), persons


def chain_of(
    name: str, known: Mapping[str, Life], heirs: Mapping[str, Succession], terms: Linkage
) -> tuple[list[Life], list[Succession]]:
    """Those before it, the last one first, and the links that are for the same people, it seems, its own one first.

    None, if its own one is not. A link further back that by itself is not sure is followed where all together are.
    """
    chain: list[Life] = []
    found: list[Succession] = []
    while name in heirs and len(chain) < LONGEST:
        link = heirs[name]
        name = link.predecessor
        if name not in known or known[name] in chain:
            break
        chain.append(known[name])
        found.append(link)
    links = [link for link in found if link.likely(terms)] if found[0].likely(terms) else []
    as_one = len(links) > 1 and surely(links, terms)
    unsure = (
        place
        for place, link in enumerate(found)
        if place and not (link.by_line(terms) or link.for_people(terms) or as_one)
    )
    return chain[: next(unsure, len(chain))], links
