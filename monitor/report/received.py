"""The page of alerts that were received: for whoever has the alerts, and not the calls.

It says of each alert what its states said. Beside it stand the numbers that their evidence names, from their first use to
their last; what they did in between only the calls know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from monitor.alert import Alert, Number
from monitor.day.usage import EPOCH
from monitor.explain import LANGUAGES, PARTING, UNSAYABLE, Called, figures, paragraphs, together
from monitor.number import pretty
from monitor.policy import Policy, profiles
from monitor.reference import called
from monitor.replay import Progress
from monitor.report.page import Chapter, Drawn, Standing, Words, render
from monitor.report.pictures import LANES, Bar, Days, Lane, Lanes, months, shade_of
from monitor.report.texts import TEXTS


@dataclass(frozen=True, slots=True)
class Received:
    """A state of an alert, and its words as they were told, by language."""

    alert: Alert
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """How much was received."""

    states: int
    alerts: int
    open: int
    latest: datetime | None = None  # when the last of them was told


def received(states: Sequence[Received], progress: Progress = lambda done, total: None) -> str:
    """The page (HTML), organisations with open alerts first.

    states: those of one alert in their order, none twice. progress: told of organisations done and in all.
    """
    standing = Standing(each.alert for each in states)
    counted, names = _counted(states), names_of(states)
    told = {each.alert.id: each for each in states}
    judged_by = sorted({(each.alert.policy.profile, each.alert.policy.version) for each in states})
    policies = {key: _policy(*key) for key in judged_by}

    def policy_of(alert: Alert) -> Policy | None:
        return policies[(alert.policy.profile, alert.policy.version)]

    def known_as(name: str) -> str:
        return called(name, names.get(name))

    def called_in(alert: Alert) -> Called:
        """As it was when an alert was told, for its own organisation: its words have it."""
        own = called(alert.organisation, alert.organisation_name)
        return lambda name: own if name == alert.organisation else known_as(name)

    def together_of(alerts: Sequence[Alert]) -> Mapping[str, str]:
        newest = max(alerts, key=lambda alert: (alert.as_of, alert.id))
        return _together(alerts, told[newest.id], policy_of(newest), known_as, called_in(newest))

    def chapter(at: int, name: str) -> Chapter:
        progress(at, len(standing.names))
        lanes = lives(standing.lines[name], standing.flagged(name), counted[name], standing.uncertain(name))
        drawn = Drawn(lanes, None, Days(0, 1, [], 0), [])
        return standing.chapter(
            name,
            drawn,
            lambda alert: _words(told[alert.id], policy_of(alert), called_in(alert)),
            together_of,
            known_as,
        )

    opened = sum(alert.status != "resolved" for alert in standing.last.values())
    return render(
        [chapter(*each) for each in enumerate(standing.names)],
        judged_by=", ".join(f"{profile} {version}" for profile, version in judged_by),
        received=Figures(
            len(states),
            len(standing.last),
            opened,
            max((each.alert.as_of.astimezone(UTC) for each in states), default=None),
        ),
    )


def names_of(states: Iterable[Received]) -> dict[str, str]:
    """What organisations are called by the alerts that name them, each by the one that was told last."""
    named = (each.alert for each in states if each.alert.organisation_name)
    return {
        alert.organisation: alert.organisation_name
        for alert in sorted(named, key=lambda alert: (alert.as_of, alert.id, alert.sequence))
    }


def _counted(states: Iterable[Received]) -> dict[str, int]:
    """How many numbers each organisation has at least, by what its alerts counted: they name some fifty at most."""
    found: dict[str, int] = {}
    for each in states:
        name, counts = each.alert.organisation, each.alert.evidence.counts
        found[name] = max(found.get(name, 0), counts.get("numbers", 0))
    return found


def lives(
    lines: Collection[Number], flagged: set[int], counted: int = 0, uncertain: Collection[int] = ()
) -> Lanes:
    """Numbers from first to last use: those that are used most; the others are one lane.

    flagged: of which there is an alert. counted: how many there are at least, named or not.
    uncertain: whose beginning was not seen.
    """
    if not lines:
        return Lanes(0, 1, [], 0, [])
    begin = min(_day(line.first_use) for line in lines)
    width = max(_day(line.last_use) for line in lines) - begin + 1
    busiest = max(map(_pace, lines))
    by_use = sorted(lines, key=lambda line: (-line.calls, line.number))
    chosen, others = by_use[:LANES], by_use[LANES:]
    lanes = [
        Lane(
            number=pretty(_digits(line)),
            calls=line.calls,
            first=_day(line.first_use),
            last=_day(line.last_use),
            bars=[Bar(_day(line.first_use) - begin, _length(line), _shade(line, busiest))],
            flagged=_digits(line) in flagged,
            begun=_digits(line) not in uncertain,
        )
        for line in sorted(chosen, key=lambda line: (line.first_use, line.last_use, line.number))
    ]
    more = counted > len(lines)
    return Lanes(
        begin=begin,
        width=width,
        lanes=lanes,
        hidden=len(others),
        months=months(begin, width),
        others=_side_by_side(others, begin),
        named=len(lines) if more else 0,
        counted=counted if more else 0,
    )


def _side_by_side(lines: Sequence[Number], begin: int) -> Lane | None:
    """The lane of several numbers: when any of them was in use."""
    bars: list[Bar] = []
    for line in sorted(lines, key=lambda line: line.first_use):
        x, end = _day(line.first_use) - begin, _day(line.last_use) - begin + 1
        if bars and x <= bars[-1].x + bars[-1].width:
            bars[-1] = Bar(bars[-1].x, max(bars[-1].width, end - bars[-1].x), 0)
        else:
            bars.append(Bar(x, end - x, 0))
    if not bars:
        return None
    first, last = begin + bars[0].x, begin + bars[-1].x + bars[-1].width - 1
    return Lane("", sum(line.calls for line in lines), first, last, bars, False)


def _digits(line: Number) -> int:
    return int(line.number.lstrip("+"))


def _shade(line: Number, busiest: float) -> int:
    return shade_of(_pace(line), busiest) if busiest else 0


def _day(of: date) -> int:
    return (of - EPOCH).days


def _length(line: Number) -> int:
    return (line.last_use - line.first_use).days + 1


def _pace(line: Number) -> float:
    """Calls a day."""
    return line.calls / _length(line)


def _policy(profile: str, version: str) -> Policy | None:
    """The policy that an alert names, where it comes along and is still of that version: it gives the basis its title."""
    policy = Policy.load(profile) if profile in profiles() else None
    return policy if policy is not None and policy.version == version else None


def _words(told: Received, policy: Policy | None, known_as: Called = str) -> Words:
    """What was told, in its own paragraphs; where it marks none, in those that its sentences would be put in today, and in one
    where they would be others.
    """
    try:
        today = paragraphs(told.alert, policy, known_as)
    except UNSAYABLE:
        today = {language: [text] for language, text in figures(told.alert, known_as).items()}
    return {language: _parted(told.words.get(language), parts) for language, parts in today.items()}


def _parted(said: str | None, today: list[str]) -> list[str]:
    """A text in paragraphs. today: those of the words that it would have now."""
    if said is None or said == " ".join(today):
        return today
    return [part for part in said.split(PARTING) if part.strip()] or [said]


def _together(
    alerts: Sequence[Alert], newest: Received, policy: Policy | None, known_as: Called, then: Called
) -> Mapping[str, str]:
    """What alerts about several numbers have in common; or what was told of the newest, where its policy is not at hand:
    it says what that is, a law or a proposal. known_as: what organisations are called; then: in the words of the newest.
    """
    try:
        if policy is not None:
            return together(alerts, policy, known_as)
    except UNSAYABLE:
        pass
    words = _words(newest, policy, then)
    return {each: f"{TEXTS[each]['for_instance']}: {' '.join(words[each])}" for each in LANGUAGES}
