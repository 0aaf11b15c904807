"""A second, plainer source of traffic, written apart from the simulator: so that the judge is not fitted to that alone.

Numbers are dealt by simple rules over days without hours, holidays or answer rates; what it shares
with the simulator is nothing but the columns of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from monitor.alert import Alert
from monitor.book import Book
from monitor.call import CALLS
from monitor.day.coverage import Coverage
from monitor.day.usage import day_of
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.reference import Reference
from monitor.told import Told

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
FIRST = day_of(BEGIN)
_BASE = 31_850_000_000  # 085 and a row of zeros: nobody's
_SECOND = 1_000_000

#: (day, calls, chance) -> the number of each call, as an index.
Numbers = Callable[[int, int, np.random.Generator], np.ndarray]
#: (day, numbers, chance) -> the person of each call.
People = Callable[[int, np.ndarray, np.random.Generator], np.ndarray]


@dataclass(slots=True)
class Caller:
    """An organisation."""

    name: str
    rate: float  # calls on a day of work
    numbers: Numbers
    people: People
    days: Sequence[int] = range(150)
    week: tuple[float, ...] = (1, 1, 1, 1, 1, 0, 0)
    swing: float = 0.2
    callback: float = 0.0  # calls back, for each call
    answered: float = 1.0  # share of them that is answered
    extra: dict = field(default_factory=dict)  # columns that are the same for all its calls


def anybody(many: int) -> People:
    """People called by chance, of so many."""
    return lambda day, numbers, chance: chance.integers(0, many, len(numbers))


def campaign(rate: float, attempts: int = 3, within: int = 6) -> People:
    """A list that is worked through; each person is called some times within some days."""
    each = rate / attempts

    def people(day: int, numbers: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        return (
            (day - chance.integers(0, within, len(numbers))) * each
            + chance.integers(0, max(each, 1), len(numbers))
        ).astype(np.int64) + 10**6

    return people


def own(regulars: int) -> People:
    """Every number has its own regulars."""
    return lambda day, numbers, chance: numbers * regulars + chance.integers(0, regulars, len(numbers))


def staying(many: int, skew: float = 0.0) -> Numbers:
    """Any of a pool that stays; skew: of the numbers' paces (sigma of the logarithm)."""
    paces = np.exp(skew * np.random.default_rng(many).standard_normal(many))

    def numbers(day: int, calls: int, chance: np.random.Generator) -> np.ndarray:
        return chance.choice(many, calls, p=paces / paces.sum())

    return numbers


def in_turn(many: int) -> Numbers:
    """The numbers of a pool one after the other."""
    return lambda day, calls, chance: (np.arange(calls) + chance.integers(many)) % many


def rotating(pool: int, life: float, start: int = 0, how: str = "stagger", seed: int = 0) -> Numbers:
    """`pool` slots in which numbers follow each other: staggered, all at once, or with lives by chance."""
    random = np.random.default_rng([seed, pool, int(life * 10)])
    spans = 500
    if how == "chance":
        steps = np.maximum(random.exponential(life, (pool, spans)), 1)
    else:
        steps = np.full((pool, spans), float(life))
    if how != "together":
        steps[:, 0] *= (np.arange(pool) + 1) / pool
    ends = steps.cumsum(axis=1)

    def numbers(day: int, calls: int, chance: np.random.Generator) -> np.ndarray:
        slots = chance.integers(0, pool, calls)
        turn = np.array([np.searchsorted(ends[slot], day - start, side="right") for slot in range(pool)])
        return 1000 + slots * spans + turn[slots]

    return numbers


def calls_of(caller: Caller, place: int, seed: int, feed: str = "feed") -> pl.DataFrame:
    """All calls of an organisation, as `CALLS`."""
    chance = np.random.default_rng([seed, place])
    parts = []
    for day in caller.days:
        rate = caller.rate * caller.week[day % 7] * np.exp(caller.swing * chance.standard_normal())
        many = chance.poisson(rate)
        if not many:
            continue
        numbers = caller.numbers(day, many, chance)
        people = caller.people(day, numbers, chance)
        inbound = chance.random(many) < caller.callback
        numbers, people = (
            np.concatenate([numbers, numbers[inbound]]),
            np.concatenate([people, people[inbound]]),
        )
        out = np.concatenate([np.ones(many, bool), np.zeros(inbound.sum(), bool)])
        seconds = chance.integers(8 * 3600, 20 * 3600, len(numbers))
        picked = ~out & (chance.random(len(numbers)) < caller.answered)
        picked |= out & (np.arange(len(out)) % 2 == 0)  # of those who are called half pick up
        parts.append((np.full(len(numbers), day), seconds, numbers, people, out, picked))
    day, seconds, numbers, people, out, picked = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    started = pl.Series(day * 86_400 + seconds).cast(pl.Int64) * _SECOND
    at = pl.lit(BEGIN).dt.cast_time_unit("us") + started.cast(pl.Duration("us"))
    columns = {"person": _mix(people + place * 10**9), "out": out, "picked": picked, "number": numbers}
    frame = pl.DataFrame(columns)
    return frame.select(
        id=pl.Series(_mix(chance.permutation(len(day)) + place * 10**8)),
        started_at=at,
        answered_at=pl.when("picked").then(at),
        ended_at=None,
        direction=pl.when(pl.col("out")).then(pl.lit("outbound")).otherwise(pl.lit("inbound")),
        number=pl.col("number").cast(pl.UInt64) + _BASE + place * 1_000_000,
        network_number=None,
        presentation=pl.lit("allowed"),
        defect=None,
        person="person",
        organisation=pl.lit(caller.name),
        bureau=None,
        account=None,
        trunk=None,
        feed=pl.lit(feed),
        local=None,
    ).cast(dict(CALLS))


def judged(
    callers: list[Caller], seed: int = 1, policy: Policy | str = "nl", reference: Reference | None = None
) -> list[Alert]:
    """What is said of them, day after day."""
    policy = Policy.load(policy) if isinstance(policy, str) else policy
    book = Book(Judge(policy, reference), Told(policy))
    coverage = []
    for place, caller in enumerate(callers):
        calls = calls_of(caller, place, seed)
        coverage.append(Coverage.of(calls))
        book.observe(calls)
    seen = Coverage.total(coverage)
    last = max(caller.days[-1] for caller in callers)
    return [alert for day in range(FIRST, FIRST + last + 1) for alert in book.close(day, seen)]


def opened(alerts: list[Alert], kind: str) -> dict[str, int]:
    """The day (from `BEGIN`) at whose close each organisation's first alert of a kind was opened."""
    found: dict[str, int] = {}
    for alert in alerts:
        if alert.kind == kind and alert.status == "open":
            found.setdefault(alert.organisation, (alert.opened_at - timedelta(days=1) - BEGIN).days)
    return found


def _mix(values: np.ndarray) -> np.ndarray:
    mixed = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
