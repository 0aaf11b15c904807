"""Pools: what a partition says once a week of the numbers of organisations that go through them.

Organisations may use the same numbers: one hands its set to the next, or several draw from one pool. Each is in a
partition of its own, so that who judges one partition cannot see it. It is told to those who see all (`registry.py`).

- told: only organisations of which an alert of a carousel is open at that day's close, also while their feeds are silent, so that
  nobody else who uses a number is named. Why, too: who goes on for one whose numbers do not last is known by it
- left out: numbers that came or went with a declared event, as a port or a merger
- of many numbers a sample: those of the least hash, which any other organisation would tell of first, too

What is said of a day depends on the calls up to that day alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.columns.lookup import GOLDEN
from monitor.fleet.moment import Moment
from monitor.rules.evidence import of_organisation
from monitor.tenure import WEEK
from monitor.verdict import Reason

#: Numbers told of an organisation: of so many, a share is known to within a tenth.
SAMPLE = 128
#: The hash below which none is missing, where all are told.
ALL = 2**64 - 1
_NONE = np.zeros(0, np.int64)


@dataclass(slots=True)
class Shown:
    """A number as an organisation used it; days are whole UTC days since 1970."""

    number: int  # E.164 digits
    first: int
    known: bool  # whether the birth was seen
    last: int
    calls: int
    status: int  # by code, see `moment.py`
    term: int  # calls of the thirteen calendar weeks up to that day
    days: int  # bit d: it called on the d-th day of those

    @property
    def order(self) -> int:
        """Its hash, by which samples are drawn: the same for whoever uses it."""
        return self.number * int(GOLDEN) & ALL


@dataclass(slots=True)
class Pool:
    """The numbers that an organisation used in thirteen weeks, and why it goes through them."""

    organisation: str
    numbers: list[Shown]
    upto: int  # the hash below which none of its numbers is missing
    calls: int  # of those weeks, from numbers that are all told of or not
    size: int  # its numbers in those weeks
    bureaus: list[str]  # that made most of its calls
    feeds: list[str]
    coverage: float
    reason: Reason | None  # of those that were told a strong one
    since: int | None = (
        None  # the first of the days that were looked at; None: it is said by a version before
    )


def ends_a_week(day: int) -> bool:
    """Whether a day is one at whose close pools are told: the last of a calendar week (`tenure.py`)."""
    return day % WEEK == WEEK - 1


def pools(moment: Moment, told: Mapping[str, Sequence[Reason]]) -> list[Pool]:
    """The pools of some organisations, in the order of their names. told: why, of each, the latest first.

    Cost: a pass over the numbers, and a sort of those of these organisations.
    """
    state, tenures = moment.state, moment.state.tenures
    names = {state.codes[name]: name for name in told if name in state.codes}
    codes = np.asarray(sorted(names), np.int32)
    among = np.zeros(moment.organisations, bool)
    among[codes] = True
    called = np.flatnonzero(among[tenures.organisation] & (tenures.term > 0))
    called = called[np.argsort(tenures.organisation[called], kind="stable")]
    whose = np.searchsorted(tenures.organisation[called], [codes, codes + 1])
    rows = called[~(moment.brought | moment.excused)[called]]
    rows = rows[np.lexsort((tenures.number[rows] * GOLDEN, tenures.organisation[rows]))]
    bounds = np.searchsorted(tenures.organisation[rows], [codes, codes + 1])
    bureaus = _bureaus(moment, codes)
    found = []
    for code, start, end, since, until in zip(codes.tolist(), *bounds.tolist(), *whose.tolist(), strict=True):
        numbers = _shown(moment, rows[start : min(end, start + SAMPLE)])
        evidence = of_organisation(moment, code, moment.term, among=_NONE, rows=called[since:until])
        found.append(
            Pool(
                organisation=state.names[code],
                numbers=numbers,
                upto=numbers[-1].order if end - start > SAMPLE else ALL,
                calls=int(tenures.term[rows[start:end]].sum(dtype=np.int64)),
                size=end - start,
                bureaus=bureaus[code],
                feeds=list(evidence.feeds),
                coverage=evidence.coverage,
                reason=_strongest(told[names[code]]),
                since=moment.since(code, moment.term),
            )
        )
    return sorted(found, key=lambda pool: pool.organisation)


def _shown(moment: Moment, rows: np.ndarray) -> list[Shown]:
    tenures = moment.state.tenures
    _, used = tenures.used_on(rows, moment.day)
    columns = (tenures.number, tenures.first, moment.born, moment.used_until, tenures.calls, moment.status)
    values = (column[rows].tolist() for column in (*columns, tenures.term))
    packed = np.packbits(used, axis=1, bitorder="little")
    bits = (int.from_bytes(days, "little") for days in packed.tolist())
    return [Shown(*row) for row in zip(*values, bits, strict=True)]


def _bureaus(moment: Moment, codes: np.ndarray) -> dict[int, list[str]]:
    """The bureaus that made at least half of each organisation's calls in the weeks that `ties.py` keeps."""
    state = moment.state
    since = (moment.day // WEEK - 4) * WEEK - 1
    calls = state.volume.between(codes, since, moment.day)
    lines, _ = state.ties.of(codes)
    return {
        code: sorted(
            line
            for line, made in lines.get(code, {}).items()
            if line.startswith("bureau:") and 2 * made >= of
        )
        for code, of in zip(codes.tolist(), calls.tolist(), strict=True)
    }


def _strongest(reasons: Sequence[Reason]) -> Reason | None:
    """A strong one that says more than how calls are spread: the first of numbers that do not last, else the first.

    By the former it is known whether anybody goes on for it (`rules/linkage.py`).
    """
    strong = [reason for reason in reasons if reason.strong and reason.family != "dispersion"]
    return next((reason for reason in strong if reason.family == "churn"), strong[0] if strong else None)
