"""Linkage, a family of the carousel: an organisation ends and another begins in its place.

Who changes its name with its numbers has no number that is replaced, and each shell by itself is a new
organisation with numbers that stay. So shells are judged together: one that began within days of
another's end, with other numbers, for the same persons or alone on the same line, goes on for it; and
where the one that ended had not been there for the use term, its numbers were given up before it. That it
had not been there is known of one that was not seen for a fortnight, or that itself went on for another. Of others in the
chain that were seen for less than the term, those numbers were given up whose own beginning was seen. What ended before the
rule bound the organisation counts nowhere.

- the persons: the part of those of the one who are called by the other (`kinship.py`)
- the line: an account, trunk or bureau that carried most of both, and hardly anybody else then
- how much of the one is asked depends on the other. With a line of their own, a fifth of the persons is enough, and
  months or some numbers between them do not matter; clients of one bureau, or of two that rent a list, may share half.
  It must be more than some that stay have in common with either: where all call the same few thousand, the persons say nothing
- what it can't be: a firm that takes its numbers along, a declared merger, one that is replaced once after
  a long life. A bureau has clients that come and go on one line, and may share lists: those need more, or must be
  many (`short_lives.py`)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.across.lives import SIGN, Life, carried
from monitor.families import Linkage
from monitor.fleet.survival import wilson
from monitor.policy import NumberCarousel, Policy
from monitor.reference import Reference
from monitor.rules.kinship import People, by_bureau, common, elsewhere, main_lines, taken
from monitor.rules.short_lives import ShortLives
from monitor.verdict import Evidence, Line, Reason, Severity, Verdict

#: Shells of one chain that are followed back, and that are named as those before.
_LONGEST = 12


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
    others: tuple[float, ...] = ()  # what those that stay have in common with either, the most first

    def least(self, terms: Linkage) -> float:
        """The share of persons from which it goes on for the other's people: more than others have in common with them."""
        usual = self.others[terms.alike - 1] if len(self.others) >= terms.alike else 0.0
        return max(self._asked(terms), usual)

    def _asked(self, terms: Linkage) -> float:
        if self.bureau or (self.shared and self.line is None):
            return terms.people_bureau
        return terms.people_alone if self.line is None else terms.people

    def for_people(self, terms: Linkage) -> bool:
        """Whether it surely goes on for the other's people."""
        return self.low >= self.least(terms)

    def likely(self, terms: Linkage) -> bool:
        """Whether it seems to: by what was seen, and not by its lower bound."""
        return self.people >= self.least(terms)

    def twice(self, terms: Linkage) -> bool:
        """Whether it is linked to the other by the persons and by a line of their own."""
        return self.line is not None and not self.bureau and self.for_people(terms)


def succession(
    heir: Life,
    ends: Mapping[str, Life],
    young: Mapping[str, Life],
    shared: Mapping[str, list[tuple[Life, bool]]],
    terms: Linkage,
    declared: frozenset[str],
    others: Sequence[People] = (),
) -> Succession | None:
    """For whom a new organisation goes on, if for anybody; of several, for the one with most persons in common.

    ends: organisations that have fallen silent; young: as they were when they were new, since who works
    through a list begins where the one before began. shared: who is on each line, and whether they ended.
    others: whom those call that stay.
    """
    best: tuple[tuple, Succession] | None = None
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
        line, many = _lines(heir, ended, shared, terms)
        bureau = by_bureau(heir) and by_bureau(ended)
        found = Succession(name, along, share, low, high, persons, line, many, bureau)
        if found.likely(terms):
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
) -> tuple[str | None, bool]:
    """A line that carried most of both, and of others then hardly any calls; and whether one did of others too.

    Who goes on is told of every four weeks only, and so is taken to have called since.
    """
    many = False
    for line in sorted(main_lines(heir) & main_lines(ended)):
        others = sum(
            life.lines[line]
            for life, over in shared.get(line, ())
            if life is not heir
            and life is not ended
            and life.first < heir.first
            and life.last > ended.last - (0 if over else SIGN)
        )
        if others <= terms.others * ended.lines[line]:
            return line, many
        many = True
    return None, many


def linkage(
    day: int,
    known: Mapping[str, Life],
    heirs: Mapping[str, Succession],
    crowds: Mapping[str, ShortLives],
    rule: NumberCarousel,
    policy: Policy,
    reference: Reference,
) -> Iterator[Verdict]:
    """The organisations that go on for others that did not last, and the numbers that ended with those.

    heirs: by organisation, for which one it goes on; crowds: after how many on its line it came.
    """
    term = policy.tenure.use_term
    bound = reference.bound("number_carousel", rule, day)
    since = reference.bound_since("number_carousel", rule, day)
    given_up: dict[str, Life] = {}
    told: set[str] = set()
    for name, found in sorted(heirs.items()):
        heir = known[name]
        if heir.calls < rule.linkage.calls or not bound(name):
            continue
        chain, links = _chain(name, known, heirs, rule.linkage)
        brief = [life for life in chain if _seen_for(life) < term]
        short = [
            life for life in brief if _begun(life, heirs, rule) and life.last >= since(life.organisation)
        ]
        if found.for_people(rule.linkage) or len(links) < 2:
            links = links[:1]
        people = surely(links, rule.linkage)
        # Persons say the most; a line alone, the clients of a bureau, or several together must have come and gone twice.
        needed = 1 if people and len(links) == 1 and not found.bureau else 2
        if not short or chain[0] not in short or len(short) < needed:
            continue
        if not people and (found.bureau or found.line is None):
            continue
        # Also one that may have been there before it was seen: `_numbers` looks at each number's own beginning.
        given_up |= {life.organisation: life for life in brief}
        if day - heir.first < term:  # from then on it has lasted, with its numbers
            told.add(name)
            yield _verdict(day, heir, links if people else [found], chain, short, rule, term)
    for name, crowd in sorted(crowds.items()):
        if not bound(name):
            continue
        given_up |= {life.organisation: life for life in crowd.lives}
        if name not in told and day - known[name].first < term:
            # It may have been over before there were enough: of who stopped calling nothing new is told.
            yield replace(_of_crowd(day, known[name], crowd, term), opens=name not in crowd.over)
    if policy.rules.short_tenure is not None:
        bound = reference.bound("short_tenure", policy.rules.short_tenure, day)
        since = reference.bound_since("short_tenure", policy.rules.short_tenure, day)
        for name, life in sorted(given_up.items()):
            if bound(name):
                yield from _numbers(day, life, policy, since(name))


def _seen_for(life: Life) -> int:
    """Days from its first call that was seen to its last one."""
    return life.last - life.first + 1


def _begun(life: Life, heirs: Mapping[str, Succession], rule: NumberCarousel) -> bool:
    """Whether its beginning was seen: it may have rested when the feed was new, unless it came for another's people."""
    found = heirs.get(life.organisation)
    came_for_another = found is not None and not found.bureau and found.for_people(rule.linkage)
    return came_for_another or life.first >= life.watched + rule.churn.birth


def _numbers(day: int, life: Life, policy: Policy, bound: int) -> Iterator[Verdict]:
    """The numbers that ended with an organisation, as `short_tenure` names those that end while it goes on.

    bound: the day since which that rule has bound it.

    One without which it called for long enough may be retired by its own calls (`Moment.status`), and is left to them: so
    no number is told of twice, whoever is the first to speak.
    """
    terms = policy.tenure
    for number, first, last, calls, since in sorted(life.numbers or ()):
        age = last - first + 1
        seen = first >= life.watched + terms.retired_after and day - life.watched + 1 >= terms.use_term
        if not seen or age >= terms.use_term or day - last < terms.retired_after:
            continue
        if since >= terms.called_days or last < bound:
            continue
        line = Line(number, first, True, last, calls, "retired")
        yield Verdict(
            kind="short_tenure",
            organisation=life.organisation,
            number=number,
            severity="low",
            reasons=(
                Reason(
                    family="tenure",
                    measure="days_in_use_until_succession",
                    value=float(age),
                    threshold=float(terms.use_term),
                    exposure={"calls": float(calls)},
                    clears_when="The number is called from regularly again, or is declared to have been replaced in a merger, a port or a "
                    "renumbering.",
                ),
            ),
            window=(first, day),
            evidence=lambda line=line: Evidence({"calls": line.calls}, (line,), *carried([life])),
        )


def surely(links: Sequence[Succession], terms: Linkage) -> bool:
    """Whether the first of some links of one chain surely is for the same people, by the samples of all of them."""
    return bool(links) and _together(links)[1] >= max(link.least(terms) for link in links)


def _together(links: Sequence[Succession]) -> tuple[float, float, float, int]:
    """The share of persons that are the same over several links, with its bounds, and of how many.

    Those before narrow the interval of the first one, and do not raise its share: a chain may end with somebody else.
    """
    persons = sum(link.persons for link in links)
    pooled = sum(link.people * link.persons for link in links) / max(persons, 1)
    share = min(links[0].people, pooled)
    low, high = wilson(np.array([share]), np.array([float(persons)]))
    return share, float(low[0]), float(high[0]), persons


def _chain(
    name: str, known: Mapping[str, Life], heirs: Mapping[str, Succession], terms: Linkage
) -> tuple[list[Life], list[Succession]]:
    """Those before it, the last one first, and the links that are for the same people, it seems, its own one first.

    None, if its own one is not. A link further back that by itself is not sure is followed where all together are.
    """
    chain: list[Life] = []
    found: list[Succession] = []
    while name in heirs and len(chain) < _LONGEST:
        link = heirs[name]
        name = link.predecessor
        if name not in known or known[name] in chain:
            break
        chain.append(known[name])
        found.append(link)
    links = [link for link in found if link.likely(terms)] if found[0].likely(terms) else []
    together = len(links) > 1 and surely(links, terms)
    unsure = (
        place
        for place, link in enumerate(found)
        if place and link.line is None and not link.for_people(terms) and not together
    )
    return chain[: next(unsure, len(chain))], links


def _verdict(
    day: int,
    heir: Life,
    links: Sequence[Succession],
    chain: list[Life],
    short: list[Life],
    rule: NumberCarousel,
    term: int,
) -> Verdict:
    """links: those that speak of the people, the one with its predecessor first."""
    terms, found = rule.linkage, links[0]
    share, low, high, persons = _together(links)
    gap = float(heir.first - chain[0].last)
    exposure = {
        "persons": float(persons),
        "links": float(len(links)),
        "days_between": max(gap, 0.0),
        "days_together": max(-gap, 0.0),
        "numbers_taken": found.taken,
        "same_line": float(found.line is not None),
        "predecessors": float(len(chain)),
        "others": float(len(found.others)),
        "others_alike": float(sum(theirs >= share for theirs in found.others)),
    }
    clears = "It is an organisation of its own: it calls other people, or takes its numbers along."
    reasons = (
        Reason(
            family="linkage",
            measure="phoenix",
            value=share,
            interval=(low, high),
            threshold=max(link.least(terms) for link in links),
            exposure=exposure,
            clears_when=clears,
        )
        if surely(links, terms)
        else Reason(
            family="linkage",
            measure="phoenix_line",
            value=float(len(chain)),
            threshold=1.0,
            exposure=exposure,
            strong=False,
            clears_when=clears,
        ),
        _life_before(chain[0], short, term),
    )
    return _told(day, heir, chain, reasons, "high" if len(short) > 1 else "medium")


def _of_crowd(day: int, heir: Life, crowd: ShortLives, term: int) -> Verdict:
    others = [life for life in crowd.lives if life.organisation != heir.organisation]
    before = next(life for life in others if life.first < heir.first)
    reasons = (
        Reason(
            family="linkage",
            measure="short_lives_on_a_line",
            value=float(len(crowd.lives)),
            threshold=float(crowd.needed),
            exposure={
                "people": crowd.people,
                "persons": float(crowd.persons),
                "days": float(others[0].last - min(life.first for life in others) + 1),
                "lasting": float(crowd.lasting),
            },
            clears_when="It is an organisation of its own: it calls other people, or stays with its number.",
        ),
        _life_before(before, others, term),
    )
    return _told(day, heir, others, reasons, "high")


def _life_before(before: Life, short: list[Life], term: int) -> Reason:
    """How long the one before was there, and how many in a row did not last."""
    return Reason(
        family="churn",
        measure="life_of_predecessor",
        value=float(before.last - before.first + 1),
        threshold=float(term),
        exposure={"short_lives": float(len(short)), "calls": float(before.calls)},
        strong=len(short) > 1,
        clears_when=f"It is there, with its numbers, for {term} days.",
    )


def _told(
    day: int, heir: Life, before: list[Life], reasons: tuple[Reason, ...], severity: Severity
) -> Verdict:
    """A verdict on an organisation, which rests on those before it, the last one first."""
    counts = {"calls": heir.calls, "calls_of_predecessor": before[0].calls, "predecessors": len(before)}
    related = tuple(life.organisation for life in before[:_LONGEST])
    return Verdict(
        kind="number_carousel",
        organisation=heir.organisation,
        number=None,
        severity=severity,
        reasons=reasons,
        window=(min(life.first for life in before), day),
        evidence=lambda: Evidence(counts, (), *carried([heir, *before]), related=related),
    )
