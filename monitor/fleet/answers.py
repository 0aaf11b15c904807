"""Answers: on which days a feed lost the time at which calls to numbers were answered.

An operator whose records lose that time for some weeks makes it look as if none of its customers picked up. No single
organisation shows it, and a judge has only those of its partition; so it is read from the hours in which a feed, whoever
was called on it, had calls to numbers and answered ones (`coverage.py`), which every partition is told alike.

A day is lost when, of as many hours with calls, so many would have an answered one as is usual on the feed, and hardly
any has. What is usual is what was seen on the days with answers of about a quarter. Hence nobody is shielded by a feed
on which few calls are answered anyway: it would take many hours until none is missed. Of a feed that has no more than a few
such days all are lost: a switch that never says who answers is likelier than customers of whom none picks up.

- a feed that says the same calls as another one (of one `id_space`) is one with it: which of both a call is counted on is
  a matter of which came first
- whether a day is lost depends on the hours of that quarter alone, not on the order in which they were told
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from monitor.terms import Answers as Terms

#: Days looked back for what is usual: some two months of a fault beside a fortnight that shows it. No term of the policy: for so
#: long the hours of all feeds are told to every partition.
USUAL = 91


class Answers:
    """Hours with calls to numbers and with answered ones, by day; of a space of feeds, in the order in which they came."""

    def __init__(self, spaces: Mapping[str, str] | None = None, terms: Terms | None = None) -> None:
        """spaces: the `id_space` of each feed; one that is not named is its own. terms: by default those that stand."""
        self._terms = terms or Terms()
        self._spaces = dict(spaces or {})
        self._codes: dict[str, int] = {}
        self._hours: dict[tuple[int, int], tuple[int, int]] = {}  # (code, day) -> masks as in `Coverage`
        # At the last look: those that said of hardly any day who answered, and those that said it.
        self._silent: set[int] = set()
        self._heard: set[int] = set()

    def code(self, feed: str) -> int:
        """The code of a feed's space."""
        return self._codes.setdefault(self._spaces.get(feed, feed), len(self._codes))

    def lost_since(self, feed: str, lost: Mapping[int, Collection[int]], since: int) -> int:
        """How many days from one on are lost of a feed; of one that is new, none yet. lost: what `lost` said."""
        code = self.code(feed)
        if sum(of == code for of, _ in self._hours) <= self._terms.shown:
            return 0
        return sum(day >= since for day in lost.get(code, ()))

    def see(self, coverage: pl.DataFrame) -> None:
        """Note rows of `Coverage`, of any days; again is no harm."""
        columns = (coverage[name].to_list() for name in ("feed", "day", "called", "answered"))
        for feed, day, called, answered in zip(*columns, strict=True):
            if not called:
                continue
            key = self.code(feed), day
            before = self._hours.get(key, (0, 0))
            self._hours[key] = before[0] | called, before[1] | answered

    def lost(self, day: int) -> dict[int, Collection[int]]:
        """At a day's end: the days on which it is not known who answered, by code; older ones than are usual are forgotten."""
        for key in [key for key in self._hours if key[1] <= day - USUAL]:
            del self._hours[key]
        counts: dict[int, dict[int, tuple[int, int]]] = {}
        for (code, at), masks in self._hours.items():
            if at <= day:
                counts.setdefault(code, {})[at] = tuple(mask.bit_count() for mask in masks)
        self._heard = {code for code, days in counts.items() if len(_shown(days)) >= self._terms.shown}
        self._silent = counts.keys() - self._heard
        return {code: found for code, days in counts.items() if (found := _lost(days, self._terms))}

    def said(self, feed: str) -> bool:
        """Whether a feed says who answers, as far as it is known; as of the last day for which `lost` was asked."""
        return self.code(feed) not in self._silent

    def heard(self, feed: str) -> bool:
        """Whether a feed has said who answers; not of one without calls to numbers. As of the same day."""
        return self.code(feed) in self._heard


def _lost(days: Mapping[int, tuple[int, int]], terms: Terms) -> set[int]:
    """The days that are lost, of hours with calls and with answered ones by day."""
    shown = _shown(days)
    if len(shown) < terms.shown:
        return set(days)
    usual = sum(answered for _, answered in shown) / sum(called for called, _ in shown)
    return {
        day
        for day, (called, answered) in days.items()
        if usual * called >= terms.hours and answered <= terms.left * usual * called
    }


def _shown(days: Mapping[int, tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the days that have an answered call."""
    return [counts for counts in days.values() if counts[1]]
