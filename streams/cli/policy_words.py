"""A policy in words: what holds from when, for whom, on what it rests, and every threshold with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape

from streams.cli.screen import Screen

if TYPE_CHECKING:
    from pydantic import BaseModel

    from monitor.policy import Policy, Rule

#: What the head of a rule says already.
_HEAD = frozenset({"since", "until", "basis", "classes"})


def explain(policy: Policy, screen: Screen) -> None:
    """Say what a policy asks."""
    screen.say(f"[bold]{escape(policy.profile)}[/] {policy.version}, for {escape(policy.jurisdiction)}")
    screen.table(
        "The clocks on a number's use, in days",
        *_COLUMNS,
        rows=list(_values(policy.tenure)),
        numbers=_NUMBERS,
    )
    screen.table(
        "Whose answers are known", *_COLUMNS, rows=list(_values(policy.answers, "answers.")), numbers=_NUMBERS
    )
    for kind, rule in policy.kinds().items():
        _rule(kind, rule, policy, screen)


#: How a rule stands to its source.
_RESTS = {
    "law": "rests on",
    "code": "is measured against the sector's own code,",
    "proposal": "is measured against a proposal,",
}
_COLUMNS = ("value", "what", "why")
_NUMBERS = frozenset({0})


def _rule(kind: str, rule: Rule, policy: Policy, screen: Screen) -> None:
    source = policy.sources[rule.basis]
    until = f" until {rule.until}" if rule.until else ""
    screen.say("")
    screen.say(f"[bold]{kind}[/] from {rule.since}{until}, for {', '.join(sorted(rule.classes))}")
    rests = _RESTS.get(source.kind, "is measured against")
    screen.say(f"  {rests} {escape(source.title)} ({source.since}): {escape(source.says)}")
    if source.unverified:
        screen.say(f"  [yellow]not verified:[/] {escape(source.unverified)}")
    if unseen := source.unseen.get("en"):
        screen.say(f"  [yellow]not seen:[/] {escape(unseen)}")
    screen.table("", *_COLUMNS, rows=list(_values(rule, skip=_HEAD)), numbers=_NUMBERS)


def _values(
    section: BaseModel, path: str = "", skip: frozenset[str] = frozenset()
) -> Iterator[tuple[object, ...]]:
    """Every value of a section, with its path and its reason."""
    from pydantic import BaseModel

    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if name in skip or value is None:
            continue
        if isinstance(value, BaseModel):
            yield from _values(value, f"{path}{name}.")
        else:
            yield (value, path + name, field.description or "")
