"""Claims: what says of calls whose they are, by the account they are made from or by the number they show.

A feed's rules of attribution and the accounts and ranges of the reference are made of the same parts, so that both
are read, checked and matched in one way (`attribution.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.config.name import Name, Text
from monitor.day.usage import in_order


class Claim(BaseModel):
    """Whose calls are meant, and of which days."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    organisation: Name | None = Field(None, description="Whose calls these are.")
    bureau: Name | None = Field(None, description="Who makes them for it.")
    since: date | None = Field(
        None,
        alias="from",
        description="The first day (UTC, of the call's start) on which this is so; without it from ever. With a day that "
        "is yet to come a change says the same in a stream and in a replay.",
    )
    until: date | None = Field(None, description="The last day on which this is so; without it for good.")

    @model_validator(mode="after")
    def _says(self) -> Self:
        if not (self.organisation or self.bureau):
            raise ValueError("says neither organisation nor bureau")
        in_order(self.since, self.until)
        return self


class Place(BaseModel):
    """Where a call was made from."""

    account: Text | None = Field(None, description="The call's account is this.")
    trunk: Text | None = Field(None, description="The call's trunk is this.")


class Span(BaseModel):
    """The numbers of a call: the shown one, or where it is withheld the network's."""

    prefix: str | None = Field(
        None,
        pattern=r"^\+?[0-9]{1,15}$",
        description="The shown number, or where it is withheld the network's, begins with these E.164 digits.",
    )
    first: str | None = Field(
        None, pattern=r"^\+?[0-9]{1,15}$", description="First number of a range, E.164."
    )
    last: str | None = Field(None, pattern=r"^\+?[0-9]{1,15}$", description="Last number of that range.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("prefix", "first", "last"):
            if digits(getattr(self, name)).startswith("0"):
                raise ValueError(f"{name} begins with 0; numbers are E.164: +31880000000, not 0880000000")
        if (self.first is None) != (self.last is None):
            raise ValueError("first and last go together")
        if self.first and int(digits(self.first)) > int(digits(self.last)):
            raise ValueError("first lies after last")
        return self


class Rule(Claim, Span, Place):
    """One rule of attribution: the calls that match all its conditions belong to its organisation."""

    bureau_is: Text | None = Field(None, description="The call's bureau is this.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not any((self.account, self.trunk, self.bureau_is, self.prefix, self.first)):
            raise ValueError("matches every call; give `organisation` of the feed instead")
        return self


class Account(Claim, Place):
    """An account or a trunk and whose it is."""

    feed: str | None = Field(None, min_length=1, description="The feed it is of; without it of any.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.account is None) == (self.trunk is None):
            raise ValueError("give either account or trunk; both at once are for attribution of a feed")
        return self

    @property
    def key(self) -> str:
        """What tells it from all others."""
        kind = "account" if self.account is not None else "trunk"
        return f"{kind}/{self.feed or '*'}/{self.since or '*'}/{self.account or self.trunk}"


class Range(Claim, Span):
    """A range or a prefix of E.164 numbers and whose it is."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.prefix is None) == (self.first is None):
            raise ValueError("give either prefix, or first and last")
        if self.first and len(digits(self.first)) != len(digits(self.last)):
            raise ValueError("first and last do not have as many digits")
        return self

    @property
    def key(self) -> str:
        """What tells it from all others."""
        span = f"{digits(self.prefix)}*" if self.prefix else f"{digits(self.first)}-{digits(self.last)}"
        return f"range/{self.since or '*'}/{span}"

    @property
    def width(self) -> int:
        """How many numbers of 15 digits begin like one of these: of two that overlap the narrower is meant."""
        if self.prefix:
            return 10 ** (15 - len(digits(self.prefix)))
        numbers = int(digits(self.last)) - int(digits(self.first)) + 1
        return numbers * 10 ** (15 - len(digits(self.last)))


def idle(rules: Iterable[Rule]) -> Iterator[int]:
    """The places of rules that never match, since one before says as much of all their calls: the first that matches counts.

    Told are those with the conditions of another, or with a prefix that begins with that of another, which holds on all days.
    """
    taken: dict[tuple, set[str]] = {}
    for at, rule in enumerate(rules):
        says = {name for name in ("organisation", "bureau") if getattr(rule, name) is not None}
        prefix = digits(rule.prefix)
        others = (rule.account, rule.trunk, rule.bureau_is, digits(rule.first), digits(rule.last))
        before = (taken.get((*others, prefix[:length]), ()) for length in range(len(prefix) + 1))
        if says <= set().union(*before):
            yield at
        if rule.since is None and rule.until is None:
            taken.setdefault((*others, prefix), set()).update(says)


def without_numbers(rules: Iterable[Rule]) -> list[str]:
    """Organisations that some rule names, and none by numbers alone, in the order of the rules.

    What a rule asks besides, as an account, a call that comes in seldom has: such a rule gives it no organisation.
    """
    named: dict[str, bool] = {}
    for rule in rules:
        if rule.organisation is None:
            continue
        apart = not any((rule.account, rule.trunk, rule.bureau_is))
        named[rule.organisation] = named.get(rule.organisation, False) or apart
    return [name for name, by_numbers in named.items() if not by_numbers]


def digits(number: str | None) -> str:
    """A number without its plus; empty for none."""
    return (number or "").lstrip("+")
