"""The page itself: chapters of organisations, the gravest first, whatever is known beside their alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from monitor.alert import Alert
from monitor.day.usage import start_of
from monitor.explain import LANGUAGES, Called
from monitor.explain.formats import FORMATS
from monitor.report.families import Picture
from monitor.report.numbers import Named, Table, Use, Uses, began_in_sight, newest, tables
from monitor.report.pictures import Curve, Days, Lanes
from monitor.report.texts import TEXTS
from monitor.verdict import GRAVITY

#: Paragraphs of an alert, by language.
Words = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """The last state of an alert, and in words."""

    alert: Alert
    words: Words


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pictures of one organisation."""

    lanes: Lanes
    curve: Curve | None
    days: Days
    families: list[Picture]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One organisation."""

    name: str
    anchor: str
    alerts: list[Told]
    tables: list[Table]  # alerts about single numbers, where they are many
    named: Named  # numbers that its other alerts name
    kinds: list[str]
    severity: str
    drawn: Drawn


class Standing:
    """What stands of alerts, of whose states some or all are known: the last of each, by organisation."""

    def __init__(self, states: Iterable[Alert], uses: Uses | None = None) -> None:
        """states: those of one alert in their order. uses: of numbers, where more is known of them than alerts say."""
        states = list(states)
        self.last = {alert.id: alert for alert in states}
        #: The last states that had numbers: one that is resolved names none.
        self.noted = {alert.id: alert for alert in states if alert.evidence.numbers}
        self.of: dict[str, list[Alert]] = {}
        for alert in self.last.values():
            self.of.setdefault(alert.organisation, []).append(alert)
        named = newest(states)
        #: By organisation, the numbers that its alerts name, each as it was named last.
        self.lines = {name: [line for line, _ in named[name].values()] for name in self.of}
        #: By organisation and number, its use, as far as is known.
        self.uses: dict[str, dict[str, Use]] = {
            name: {line.number: Use.of(line, told) for line, told in named[name].values()}
            | dict((uses or {}).get(name, {}))
            for name in self.of
        }
        #: By organisation, the numbers that those of its alerts name that are about no single one.
        self._rested_on: dict[str, set[str]] = {}
        for alert in states:
            if alert.number is None:
                theirs = (line.number for line in alert.evidence.numbers)
                self._rested_on.setdefault(alert.organisation, set()).update(theirs)
        #: Organisations, those with open alerts first.
        self.names = sorted(self.of, key=self._rank)
        self._places = {name: at for at, name in enumerate(self.names)}

    def flagged(self, name: str) -> set[int]:
        """The numbers of an organisation of which there is an alert."""
        return {int(alert.number.lstrip("+")) for alert in self.of[name] if alert.number is not None}

    def uncertain(self, name: str) -> set[int]:
        """The numbers of an organisation that may have been in use before they were seen."""
        found = {use.digits for use in self.uses[name].values() if use.first_known is False}
        for alert in self.of[name]:
            if alert.number is not None and began_in_sight(alert, self.noted) is False:
                found.add(int(alert.number.lstrip("+")))
        return found

    def _named(self, name: str) -> Named:
        uses = (self.uses[name][number] for number in self._rested_on.get(name, ()))
        return Named(sorted(uses, key=lambda use: (use.first is None, use.first, use.number)))

    def chapter(
        self,
        name: str,
        drawn: Drawn,
        words: Callable[[Alert], Words],
        together: Callable[[Sequence[Alert]], Mapping[str, str]],
        called: Called = str,
    ) -> Chapter:
        """words: of one alert; together: what several of a kind have in common, by language."""
        alerts = sorted(
            self.of[name],
            key=lambda alert: (alert.number is not None, alert.status == "resolved", alert.opened_at),
        )
        fleet = [alert for alert in alerts if alert.number is None]
        single = [alert for alert in alerts if alert.number is not None]
        few, many = tables(single, self.noted, self.uses[name], together)
        opened = [alert.severity for alert in alerts if alert.status != "resolved"]
        return Chapter(
            name=called(name),
            anchor=f"o{self._places[name]}",
            alerts=[Told(alert, words(alert)) for alert in fleet + few],
            tables=many,
            named=self._named(name),
            kinds=list(dict.fromkeys(alert.kind for alert in alerts)),
            severity=next((each for each in GRAVITY if each in opened), "none"),
            drawn=drawn,
        )

    def _rank(self, name: str) -> tuple[object, ...]:
        opened = [alert for alert in self.of[name] if alert.status != "resolved"]
        worst = min((GRAVITY.index(alert.severity) for alert in opened), default=len(GRAVITY))
        return worst, -len(opened), name


def render(chapters: list[Chapter], **known: object) -> str:
    """The whole page (HTML). known: `until`, `judged_by`, and `outcome` with `coverage` and `jurisdiction`, or `received`."""
    return template().render(
        {"outcome": None, "received": None, "until": None, "coverage": [], "jurisdiction": None} | known,
        chapters=chapters,
        languages=LANGUAGES,
        texts=TEXTS,
        css=resources.files("monitor.report").joinpath("dossier.css").read_text("utf-8"),
        day=lambda number: start_of(number).date(),
    )


@cache
def template() -> Template:
    """The page's form; its macros are the pictures."""
    environment = Environment(
        loader=PackageLoader("monitor.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    for language, formats in FORMATS.items():
        environment.filters |= {f"{name}_{language}": form for name, form in formats.items()}
    return environment.get_template("dossier.html.j2")
