"""Attribution: whose call it is.

The record's own word first, then the feed's rules in their order, then what the reference says of accounts and
of ranges (`Reference.rules`), then the organisation of the feed as a whole. Organisation and bureau are found apart: a
rule that names a bureau alone hides no later one that names an organisation. The bureau that made a call is kept apart
from the organisation on whose behalf it called. What nobody claims is `unknown`: a bucket that is visible in
metrics (`nummerwacht_unclaimed_calls_total`), and that no verdict is about; or, where the feed says so, its account's or
its trunk's (`canonical.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np
import polars as pl

from monitor.call import UNKNOWN
from monitor.claim import Rule, digits
from monitor.feed import Feed
from monitor.reference import Reference

_TEXTS = ("organisation", "bureau", "account", "trunk")
#: The columns that one condition of a rule alone can be looked up in.
_LOOKED_UP = {"account": "account", "trunk": "trunk", "bureau_is": "bureau"}
#: Digits of the largest numbers that a column of 64 bits surely holds.
_MOST_DIGITS = 19


class Attribution:
    """Whose calls those of a feed are. Made once and used for many batches: a reference may have thousands of accounts."""

    def __init__(self, feed: Feed, reference: Reference | None = None) -> None:
        rules = [*feed.attribution, *(reference.rules(feed.name) if reference is not None else ())]
        self._otherwise = feed.organisation or UNKNOWN
        self._found = {
            name: _First([(rule, getattr(rule, name)) for rule in rules if getattr(rule, name) is not None])
            for name in ("organisation", "bureau")
        }

    def of(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Fill `organisation` and `bureau`.

        calls: with `organisation`, `bureau`, `account`, `trunk` as the record has them (empty is none), `started_at`,
            and `_own` (UInt64): the organisation's number as sent, before presentation.
        """
        # What is null in every call, as most of these are in most feeds, need not be looked at.
        names = [name for name in _TEXTS if calls[name].null_count() < calls.height]
        calls = calls.with_columns(pl.col(names).str.strip_chars())
        calls = calls.with_columns(
            pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names
        )
        calls = calls.with_columns(
            pl.coalesce(name, found.texts(calls)).alias(name)
            for name, found in self._found.items()
            if found.any and calls[name].null_count()
        )
        return calls.with_columns(pl.col("organisation").fill_null(pl.lit(self._otherwise)))


class _First:
    """For each call what the first of some rules that matches it says.

    Rules that have one condition and the same days are looked up together, however many there are; only the others
    cost a pass over the calls each.
    """

    def __init__(self, rules: Sequence[tuple[Rule, str]]) -> None:
        self.any = bool(rules)
        self._says = pl.Series([says for _, says in rules], dtype=pl.String)
        together: dict[tuple, list[tuple[int, Rule]]] = {}
        for at, (rule, _) in enumerate(rules):
            said = _conditions(rule)
            column = next(iter(said)) if len(said) == 1 else None
            apart = at if column is None else None
            together.setdefault((column, rule.since, rule.until, apart), []).append((at, rule))
        self._groups: list[tuple[_Lookup, pl.Expr | None]] = []
        for (column, since, until, _), those in together.items():
            lookup = _Matching(*those[0]) if column is None else _lookup(column, those)
            self._groups.append((lookup, _days(since, until)))

    def texts(self, calls: pl.DataFrame) -> pl.Series:
        """One text a call; null where no rule matches."""
        found = calls.select(
            _within(lookup.first(calls), days).alias(str(number))
            for number, (lookup, days) in enumerate(self._groups)
        )
        return self._says.gather(found.select(pl.min_horizontal(pl.all())).to_series())


def _conditions(rule: Rule) -> dict[str, None]:
    """The columns on which a rule has conditions, a range and a prefix being two."""
    names = ("account", "trunk", "bureau_is", "prefix", "first")
    return dict.fromkeys(name for name in names if getattr(rule, name) is not None)


def _lookup(condition: str, rules: list[tuple[int, Rule]]) -> _Lookup:
    if condition in _LOOKED_UP:
        return _Texts(_LOOKED_UP[condition], ((getattr(rule, condition), at) for at, rule in rules))
    return _Numbers((*span, at) for at, rule in rules for span in _spans(rule))


class _Texts:
    """Which of some texts a column has."""

    def __init__(self, column: str, rules: Iterable[tuple[str, int]]) -> None:
        self._column = column
        firsts: dict[str, int] = {}
        for text, at in rules:
            firsts.setdefault(text, at)
        self._texts = pl.Series(list(firsts), dtype=pl.String)
        self._at = pl.Series(list(firsts.values()), dtype=pl.UInt32)

    def first(self, calls: pl.DataFrame) -> pl.Expr:
        """The number of the rule, null where none matches."""
        if calls[self._column].null_count() == calls.height:
            return pl.lit(None, dtype=pl.UInt32)
        column = pl.col(self._column)
        return column.replace_strict(self._texts, self._at, default=None, return_dtype=pl.UInt32)


class _Numbers:
    """In which of some ranges, which may overlap, a number lies: the line of numbers is cut at all their ends."""

    def __init__(self, spans: Iterable[tuple[int, int, int]]) -> None:
        """spans: first, last, and number of the rule."""
        waiting = sorted(spans)
        cuts = sorted({first for first, _, _ in waiting} | {last + 1 for _, last, _ in waiting})
        self._cuts = np.array([0, *cuts], np.uint64)
        self._at = np.zeros(len(cuts) + 1, np.uint32)
        self._known = np.zeros(len(cuts) + 1, bool)
        open_: list[tuple[int, int]] = []  # (number of the rule, last), the first rule on top
        begun = 0
        for cut, here in enumerate(cuts, 1):
            while begun < len(waiting) and waiting[begun][0] <= here:
                _, last, at = waiting[begun]
                heapq.heappush(open_, (at, last))
                begun += 1
            while open_ and open_[0][1] < here:
                heapq.heappop(open_)
            if open_:
                self._at[cut], self._known[cut] = open_[0][0], True

    def first(self, calls: pl.DataFrame) -> pl.Expr:
        """The number of the rule, null where none matches."""
        own = calls["_own"]
        cut = np.searchsorted(self._cuts, own.fill_null(0).to_numpy(), side="right") - 1
        known = pl.lit(pl.Series(self._known[cut]) & own.is_not_null())
        return pl.when(known).then(pl.lit(pl.Series(self._at[cut])))


class _Matching:
    """One rule of several conditions."""

    def __init__(self, at: int, rule: Rule) -> None:
        conditions = [
            pl.col(column) == getattr(rule, name)
            for name, column in _LOOKED_UP.items()
            if getattr(rule, name) is not None
        ]
        if rule.prefix is not None:
            conditions.append(_any(_spans(Rule.model_construct(prefix=rule.prefix))))
        if rule.first is not None:
            conditions.append(_any([_range(rule)]))
        self._matches = pl.when(pl.all_horizontal(conditions)).then(pl.lit(at, dtype=pl.UInt32))

    def first(self, _: pl.DataFrame) -> pl.Expr:
        """The number of the rule, null where it does not match."""
        return self._matches


_Lookup = _Texts | _Numbers | _Matching


def _any(spans: Iterable[tuple[int, int]]) -> pl.Expr:
    return pl.any_horizontal(pl.col("_own").is_between(first, last) for first, last in spans)


def _spans(rule: Rule) -> Iterator[tuple[int, int]]:
    """The numbers that match, first and last: of a prefix a range for each length that a number may have."""
    if rule.prefix is None:
        yield _range(rule)
        return
    begin = int(digits(rule.prefix))
    for more in range(_MOST_DIGITS - len(digits(rule.prefix)) + 1):
        yield begin * 10**more, (begin + 1) * 10**more - 1


def _range(rule: Rule) -> tuple[int, int]:
    return int(digits(rule.first)), int(digits(rule.last))


def _days(since: date | None, until: date | None) -> pl.Expr | None:
    """Whether a call began on the days of a rule; None for one that has none."""
    day = pl.col("started_at").dt.date()
    bounds = [*([day >= since] if since else ()), *([day <= until] if until else ())]
    return pl.all_horizontal(bounds) if bounds else None


def _within(found: pl.Expr, days: pl.Expr | None) -> pl.Expr:
    return found if days is None else pl.when(days).then(found)
