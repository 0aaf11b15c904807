"""Reference: what is known of organisations from elsewhere, as a file or a topic tells it.

The class an organisation has before the law, whose accounts and number ranges are, exemptions that were granted, and
events that were declared beforehand: a merger, a port, a renumbering. A declared event is one step, over which
tenure carries; what is not declared is judged as it looks.

Every entry has a key that is made of what it says, so that an entry can be replaced or taken away by it
(`Reference.entries`). In a list no key is there twice, and no order matters: of accounts that of the feed comes before that of
any, an account before a trunk, both before ranges; of ranges the narrowest counts; then what holds since later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from monitor.claim import Account, Range, Rule
from monitor.config.closed import Closed
from monitor.config.mistakes import checked, did_you_mean, plain
from monitor.config.name import Name
from monitor.day.usage import EPOCH, in_order, within
from monitor.policy import Class, Rules
from monitor.policy import Rule as Judging

#: Before all calls: what has no beginning holds from here on.
_EVER = date(1970, 1, 2)


class WrongReference(ValueError):
    """The reference can't be used; the text says where and why, one mistake a line."""


class Organisation(Closed):
    """What is known of one organisation."""

    of_class: Class = Field("commercial", alias="class", description="What it is before the law.")
    name: str | None = Field(
        None, description="As a letter would write it; in the words of alerts it stands before the key."
    )


class Exemption(Closed):
    """Rules that do not apply to an organisation for a time."""

    organisation: Name
    rules: frozenset[str] = Field(description="Kinds of rules, for instance anonymous_calls.")
    since: date = Field(_EVER, alias="from")
    until: date | None = None
    reason: str = Field(description="Who granted it, and why.")

    @field_validator("rules")
    @classmethod
    def _are_rules(cls, kinds: frozenset[str]) -> frozenset[str]:
        if not kinds:
            raise ValueError("names no rule, so it exempts from nothing")
        for kind in sorted(kinds - set(Rules.model_fields)):
            raise ValueError(f"no rule is called {kind!r}{did_you_mean(kind, Rules.model_fields)}")
        return kinds

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        in_order(self.since, self.until)
        return self

    @property
    def key(self) -> str:
        """What tells it from all others."""
        since = "*" if self.since == _EVER else self.since
        return f"exemption/{since}/{','.join(sorted(self.rules))}/{self.organisation}"

    def holds_on(self, day: int) -> bool:
        return within(day, self.since, self.until)


class Declaration(Closed):
    """An event that explains a change of numbers or of organisation; see `Reference.explaining` for which do."""

    event: Literal["merger", "porting", "renumbering"]
    on: date = Field(description="The day on which it takes effect; a fortnight around it is allowed for.")
    organisation: Name = Field(description="The organisation whose numbers change, or that goes on.")
    formerly: frozenset[Name] = Field(
        frozenset(), description="Organisations whose numbers it took over: their tenure carries over."
    )

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"declaration/{self.on}/{self.event}/{self.organisation}"

    @property
    def day(self) -> int:
        return (self.on - EPOCH).days


#: The class of organisations that are not named: it has most duties.
UNNAMED = "commercial"


Entry = Organisation | Account | Range | Exemption | Declaration


class Reference(Closed):
    """All that was told beforehand."""

    organisations: Mapping[Name, Organisation] = Field(default_factory=dict)
    accounts: tuple[Account, ...] = ()
    ranges: tuple[Range, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    declarations: tuple[Declaration, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        # An organisation is a key of a mapping, and so there once.
        listed = Counter(entry.key for entry in self._listed())
        if twice := [key for key, times in listed.items() if times > 1]:
            raise ValueError("; ".join(f"{key} is given twice" for key in twice))
        return self

    def _listed(self) -> Iterator[Account | Range | Exemption | Declaration]:
        for entries in (self.accounts, self.ranges, self.exemptions, self.declarations):
            yield from entries

    def entries(self) -> dict[str, Entry]:
        """All that is in it, by key."""
        named = {f"organisation/{name}": known for name, known in self.organisations.items()}
        return named | {entry.key: entry for entry in self._listed()}

    def rules(self, feed: str) -> list[Rule]:
        """What accounts and ranges say of the calls of a feed, as rules of which the first that matches counts."""
        accounts = sorted(
            (account for account in self.accounts if account.feed in (feed, None)),
            key=lambda account: (account.feed is None, account.account is None, *_later(account)),
        )
        ranges = sorted(self.ranges, key=lambda each: (each.width, *_later(each)))
        return [
            Rule.model_construct(**each.model_dump(exclude={"feed"}, exclude_none=True))
            for each in (*accounts, *ranges)
        ]

    def class_of(self, organisation: str) -> str:
        """The class of an organisation."""
        known = self.organisations.get(organisation)
        return known.of_class if known else UNNAMED

    def bound(self, kind: str, rule: Judging, day: int) -> Callable[[str], bool]:
        """Whom a rule of the policy binds on a day, to be asked by name: those of its classes that have no exemption."""
        if not rule.holds_on(day):
            return lambda organisation: False
        exempt = {each.organisation for each in self.exemptions if kind in each.rules and each.holds_on(day)}
        return lambda organisation: organisation not in exempt and self.class_of(organisation) in rule.classes

    def exempt_until(self, kind: str, day: int) -> dict[str, int]:
        """By organisation the last day of its exemptions from a rule that are over on a day."""
        last: dict[str, int] = {}
        for each in self.exemptions:
            if kind in each.rules and each.until is not None and (until := (each.until - EPOCH).days) < day:
                last[each.organisation] = max(until, last.get(each.organisation, until))
        return last

    def bound_since(self, kind: str, rule: Judging, day: int) -> Callable[[str], int]:
        """The day since which a rule of the policy has bound an organisation without a break, to be asked by name.

        Only of those that it binds on that day: what they did before is no breach.
        """
        first, exempt = (rule.since - EPOCH).days, self.exempt_until(kind, day)
        return lambda organisation: max(first, exempt.get(organisation, first - 1) + 1)

    def explaining(self, term: int) -> list[Declaration]:
        """The events that explain a change of numbers: those that come by themselves.

        One that took nobody's numbers over, and was declared so many days or less after another such one of its organisation,
        explains nothing: to keep changing numbers is what a carousel does, declared or not.
        """
        own: dict[str, list[int]] = {}
        for event in self.declarations:
            if not event.formerly:
                own.setdefault(event.organisation, []).append(event.day)
        return [
            event
            for event in self.declarations
            if event.formerly or not any(0 < event.day - day <= term for day in own[event.organisation])
        ]

    def name_of(self, organisation: str) -> str | None:
        """The name of an organisation as a letter would write it; None where it has none but its key."""
        known = self.organisations.get(organisation)
        return (known.name or None) if known else None

    def called(self, organisation: str) -> str:
        """What a letter calls an organisation: its name, and its key to find it by."""
        return called(organisation, self.name_of(organisation))

    def told_of(self) -> set[str]:
        """The organisations to which a rule may apply otherwise than to all those that are not named."""
        return {*self.organisations, *(exemption.organisation for exemption in self.exemptions)}

    @classmethod
    def load(cls, source: str | Mapping | None) -> Reference:
        """A reference from the text of a YAML or JSON file, or from plain data. Raises `WrongReference`."""
        data = source
        if isinstance(source, str):
            data = plain(source, WrongReference)
        return checked(cls, data or {}, WrongReference)


def called(organisation: str, name: str | None) -> str:
    """What a letter calls an organisation of this key and name."""
    return f"{name} ({organisation})" if name else organisation


class Known:
    """What is known now. It changes while a worker runs: whoever begins something looks once, and goes by that."""

    __slots__ = ("now",)

    def __init__(self, now: Reference) -> None:
        self.now = now

    @classmethod
    def of(cls, reference: Reference | Known | None) -> Known:
        """What may change, or a reference that stays as it is."""
        return reference if isinstance(reference, Known) else cls(reference or Reference())


def _later(claim: Account | Range) -> tuple[int, str]:
    """What holds since later first; the key, so that the order of a list is of no matter."""
    return -claim.since.toordinal() if claim.since else 0, claim.key
