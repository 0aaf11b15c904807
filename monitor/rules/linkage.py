"""Linkage, a family of the carousel: an organisation ends and another begins in its place.

Who changes its name with its numbers has no number that is replaced, and each shell by itself is a new
organisation with numbers that stay. So shells are judged together: one that began within days of
another's end, with other numbers, for the same persons or alone on the same line, goes on for it; and
where the one that ended had not been there for the use term, its numbers were given up before it. That it
had not been there is known of one that was not seen for a fortnight, or that itself went on for another. Of others in the
chain that were seen for less than the term, those numbers were given up whose own beginning was seen. What ended before the
rule bound the organisation counts nowhere.

- for whom one goes on: by the persons that both call, or by a line that both had to themselves (`succession.py`)
- of whom it was told to the end that it replaces its numbers: these did not last, however long it had been there itself, and
  who goes on for it begins with others again. But not of who surely answers those who call it back
- what it can't be: a firm that takes its numbers along, a declared merger, one that is replaced once after
  a long life. A bureau has clients that come and go on one line, and may share lists: those need more, or must be
  many (`short_lives.py`)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from monitor.across.lives import Life, carried
from monitor.fleet.answering import reached
from monitor.policy import NumberCarousel, Policy
from monitor.reference import Reference
from monitor.rules.short_lives import ShortLives
from monitor.rules.succession import LONGEST, Succession, chain_of, surely, together
from monitor.verdict import Evidence, Line, Reason, Severity, Verdict

#: Days of an organisation's life for which it is not known that nobody calls it back. No term of the policy: it is about what is known, not conduct.
_UNKNOWN = 14


def linkage(
    day: int,
    known: Mapping[str, Life],
    heirs: Mapping[str, Succession],
    crowds: Mapping[str, ShortLives],
    churned: Mapping[str, Reason],
    rule: NumberCarousel,
    policy: Policy,
    reference: Reference,
) -> Iterator[Verdict]:
    """The organisations that go on for others that did not last, or whose numbers did not, and the numbers that ended with those.

    heirs: by organisation, for which one it goes on; crowds: after how many on its line it came. churned: of those of which it
    was told to the end that they replace their numbers, why.
    """
    term = policy.tenure.use_term
    bound = reference.bound("number_carousel", rule, day)
    since = reference.bound_since("number_carousel", rule, day)
    given_up: dict[str, Life] = {}
    told: set[str] = set()
    for name in sorted(heirs):
        if known[name].calls < rule.linkage.calls or not bound(name):
            continue
        ended, verdict = _succeeded(day, name, known, heirs, churned, rule, term, since)
        given_up |= {life.organisation: life for life in ended}
        if verdict is not None:
            told.add(name)
            yield verdict
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


def _succeeded(
    day: int,
    name: str,
    known: Mapping[str, Life],
    heirs: Mapping[str, Succession],
    churned: Mapping[str, Reason],
    rule: NumberCarousel,
    term: int,
    since: Callable[[str], int],
) -> tuple[list[Life], Verdict | None]:
    """Those that an organisation goes on for and whose numbers were given up with them; and what is told of it, if anything is.

    since: the day since which the rule has bound an organisation.
    """
    heir, found = known[name], heirs[name]
    chain, links = chain_of(name, known, heirs, rule.linkage)
    if not chain:
        return [], None
    brief = [life for life in chain if _seen_for(life) < term]
    short = [life for life in brief if _begun(life, heirs, rule) and life.last >= since(life.organisation)]
    if found.for_people(rule.linkage) or len(links) < 2:
        links = links[:1]
    people = surely(links, rule.linkage)
    # Persons say the most; a line alone, the clients of a bureau, or several together must have come and gone twice.
    alone = people and len(links) == 1 and not (found.bureau or found.in_a_row(rule.linkage))
    needed = 1 if alone else 2
    last = chain[0]
    why_last = churned.get(last.organisation) if last.last >= since(last.organisation) else None
    through = [life for life in chain if life in short or (life is last and why_last is not None)]
    if not through or last is not through[0] or len(through) < needed:
        return [], None
    if not people and not found.by_line(rule.linkage):
        return [], None
    # Also one that may have been there before it was seen: `_numbers` looks at each number's own beginning.
    ended = [*brief, *through]
    # From a term on it has lasted, with its numbers.
    if day - heir.first >= term or (last not in short and not _unanswered(day, heir, rule)):
        return ended, None
    why = (
        *([_life_before(last, short, term)] if last in short else ()),
        *_numbers_before(why_last, term),
    )
    speaking = links if people else [found]
    severity = "high" if len(through) > 1 or (people and why[-1].strong) else "medium"
    return ended, _told(day, heir, chain, (_phoenix(heir, speaking, chain, rule), *why), severity)


def _unanswered(day: int, heir: Life, rule: NumberCarousel) -> bool:
    """Whether those who call a new organisation back are not surely answered; for a fortnight nothing is said where few did.

    A trustee, a buyer of the list, or a firm on the same line may come after one that went through numbers, and can be reached.
    """
    replies = rule.calls_back
    known = heir.called >= replies.calls_answered or day - heir.first >= _UNKNOWN
    return known and not reached(replies, heir.called, heir.answered)


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
                    "renumbering, or its last use is too long ago to be looked at.",
                ),
            ),
            window=(first, day),
            evidence=lambda line=line: Evidence({"calls": line.calls}, (line,), *carried([life])),
        )


def _phoenix(heir: Life, links: Sequence[Succession], chain: list[Life], rule: NumberCarousel) -> Reason:
    """That it goes on for the one before it. links: those that speak of the people, the one with its predecessor first."""
    found, terms = links[0], rule.linkage
    share, low, high, persons = together(links)
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
        **({"answered_below": rule.calls_back.answered} if found.in_a_row(terms) else {}),
    }
    clears = "It is an organisation of its own: it calls other people, or takes its numbers along."
    if surely(links, terms):
        return Reason(
            family="linkage",
            measure="phoenix",
            value=share,
            interval=(low, high),
            threshold=max(link.least(terms) for link in links),
            exposure=exposure,
            clears_when=clears,
        )
    return Reason(
        family="linkage",
        measure="phoenix_line",
        value=float(len(chain)),
        threshold=1.0,
        exposure=exposure,
        strong=False,
        clears_when=clears,
    )


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
                "term_days": float(term),
            },
            clears_when="It is an organisation of its own: it calls other people, or stays with its number.",
        ),
        _life_before(before, others, term),
    )
    return _told(day, heir, others, reasons, "high")


def _over(term: int) -> str:
    """When a successor is not looked at any more, whether or not it still calls."""
    return f"Its first call is {term} days ago: after that this is not looked at any more."


def _life_before(before: Life, short: list[Life], term: int) -> Reason:
    """How long the one before was there, and how many in a row did not last."""
    return Reason(
        family="churn",
        measure="life_of_predecessor",
        value=float(before.last - before.first + 1),
        threshold=float(term),
        exposure={"short_lives": float(len(short)), "calls": float(before.calls)},
        strong=len(short) > 1,
        clears_when=_over(term),
    )


def _numbers_before(churned: Reason | None, term: int) -> Iterator[Reason]:
    """How long the numbers of the one before lasted, where that was why it was told of."""
    if churned is not None:
        yield Reason(
            family="churn",
            measure="life_of_numbers_before",
            value=churned.exposure["usual_life_days"],
            threshold=float(term),
            exposure={name: churned.exposure[name] for name in ("numbers_ended", "turnovers")},
            clears_when=_over(term),
        )


def _told(
    day: int, heir: Life, before: list[Life], reasons: tuple[Reason, ...], severity: Severity
) -> Verdict:
    """A verdict on an organisation, which rests on those before it, the last one first."""
    counts = {"calls": heir.calls, "calls_of_predecessor": before[0].calls, "predecessors": len(before)}
    related = tuple(life.organisation for life in before[:LONGEST])
    return Verdict(
        kind="number_carousel",
        organisation=heir.organisation,
        number=None,
        severity=severity,
        reasons=reasons,
        window=(min(life.first for life in before), day),
        evidence=lambda: Evidence(counts, (), *carried([heir, *before]), related=related),
    )
