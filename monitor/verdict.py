"""A verdict: what one rule says of an organisation, or of one of its numbers, at a moment.

It names its reasons; each reason has its measure, its threshold and what it was measured on, so
that somebody can check it, and says what would clear it. A verdict is not yet told to anybody:
see `told.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["low", "medium", "high"]
#: The gravest first.
GRAVITY: tuple[Severity, ...] = ("high", "medium", "low")
#: Families of a carousel that say how somebody calls, not that anybody is kept from recognising the caller: however strong, they need
#: one that does, and they keep no alert open. By name, since an alert that was received has no more of them.
DESCRIBING = ("dispersion", "dialler")
#: Days for which an alert says that late calls came: a verdict holds for some before it is told.
LATE = 7


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: one measure against its threshold."""

    family: str  # churn, dispersion, ...; for rules with one measure, the rule's kind
    measure: str
    value: float
    threshold: float
    #: In English, empty where it counts for nothing; the languages of a letter are in `explain`.
    clears_when: str
    #: 95 %; of numbers that are tested together, for all of them. None: the value was counted, or is itself a bound (README).
    interval: tuple[float, float] | None = None
    exposure: Mapping[str, float] = field(default_factory=dict)  # what it was measured on
    strong: bool = True  # False: it supports others, and is none by itself


@dataclass(frozen=True, slots=True)
class Line:
    """One number in the evidence; days are whole UTC days since 1970."""

    number: int  # E.164 digits
    first_use: int
    first_known: bool  # False: it may have been in use before its feed was seen
    last_use: int
    calls: int  # in all, those after the last use too
    status: str
    last_call: int | None = None  # later than the last use where a trickle came after it; None: not known


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on."""

    counts: Mapping[str, int]
    numbers: tuple[Line, ...]  # at most a few tens, the most used first
    feeds: tuple[str, ...]
    coverage: float  # share of the window's days on which the feeds were seen
    late: int = 0  # outbound calls that came in the last `LATE` days, after their day had been judged
    #: Organisations that it also rests on: those before it, the last one first; or other users of its numbers.
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """That a rule holds. `evidence` reads the judge's state: ask it before the next day is folded."""

    kind: str
    organisation: str
    number: int | None
    severity: Severity
    reasons: tuple[Reason, ...]
    window: tuple[int, int]  # days, both included
    evidence: Callable[[], Evidence] = field(repr=False, compare=False)
    opens: bool = True  # False: enough to keep an alert open, not to open one
    by_others: bool = (
        False  # of one that only does that: its reasons bear it out, though others than it opened by
    )
    current: bool = True  # False: nothing was done since that could be told
