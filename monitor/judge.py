"""The judge: folds what was seen day by day, and says at each day's close which verdicts hold.

A verdict at the close of a day depends on the calls up to that day and on nothing else: not on the
order of rows, nor on which days were judged before. The cost of a close grows with the numbers that
are remembered, not with the calls or the history behind them.

A close judges all organisations in one pass over columns: ages and silences change with every day, so a date has
passed for each of them, and to choose who may have changed would read the same columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

import polars as pl

from monitor.across.lives import Report, reports
from monitor.across.pools import ends_a_week, pools
from monitor.fleet.moment import Moment
from monitor.fleet.state import State
from monitor.fleet.turnover import bounded, turnover
from monitor.policy import NumberCarousel, Policy
from monitor.reference import Known, Reference
from monitor.rules.anonymous_calls import anonymous_calls
from monitor.rules.invalid_number import invalid_number
from monitor.rules.number_carousel import number_carousel
from monitor.rules.short_tenure import short_tenure
from monitor.rules.unreachable_number import still_unreachable, unreachable_number
from monitor.verdict import Reason, Verdict

#: Days between two looks for numbers that may be forgotten: it rewrites every column. They are days of the calendar, not days
#: since the first one folded: whoever begins elsewhere, as after a restart, forgets on the same days, and judges alike.
_TIDY = 30
#: Days in which an organisation called on a feed to be expected on it: a feed that stays away for longer has ended, and
#: keeps no alert open. No term of the policy: it is about feeds and not about conduct.
_LATELY = 28
#: What it means that numbers are replaced, where the policy has no such rule but names short tenures.
_REPLACED = NumberCarousel.model_validate({"from": "1970-01-01", "basis": "none"})


class Judge:
    """State and rules of the organisations of one partition, or of all."""

    def __init__(
        self,
        policy: Policy,
        reference: Reference | Known | None = None,
        spaces: Mapping[str, str] | None = None,
    ) -> None:
        """spaces: the `id_space` of each feed; one that is not named is its own."""
        self.policy = policy
        self._known = Known.of(reference)
        self.reference = self._known.now  # as it was when the last day was folded
        self._carousel = policy.rules.number_carousel or _REPLACED
        self._state = State(policy, spaces)
        self._lasts: Callable[[str, int | None], bool] | None = (
            None  # of the day folded last, once it is asked
        )

    @property
    def organisations(self) -> int:
        """How many organisations are known."""
        return len(self._state.names)

    def fold(
        self,
        day: int,
        usage: pl.DataFrame,
        contacts: pl.DataFrame,
        links: pl.DataFrame,
        coverage: pl.DataFrame,
        nearby: pl.DataFrame | None = None,
    ) -> None:
        """Add one day's rows. Days are folded once and in order; those without a call too.

        usage, contacts, links, coverage, nearby: frames of `Usage`, `Contacts`, `Links`, `Coverage` and
            `Nearby`, of that day alone, in any order of rows; coverage of days before it too, of which more may be known now.
        Raises `ValueError` for a day that is not after the last one.
        """
        state = self._state
        if state.day is not None and day <= state.day:
            raise ValueError(f"day {day} is folded after day {state.day}")
        self._lasts = None
        self.reference = self._known.now
        state.advance(day)
        state.cover(coverage)
        state.observe(day, usage)
        state.meet(day, contacts)
        state.tie(day, links)
        if nearby is not None:
            state.near(day, nearby)
        if day % _TIDY == 0:
            state.tenures.forget(day - self.policy.tenure.memory)

    def amend(
        self,
        usage: pl.DataFrame,
        contacts: pl.DataFrame,
        links: pl.DataFrame,
        nearby: pl.DataFrame | None = None,
    ) -> None:
        """Add rows that came after their days were folded; frames as for `fold`."""
        self._lasts = None
        state = self._state
        parts = [(partial(state.observe, late=True), usage), (state.meet, contacts), (state.tie, links)]
        for add, frame in [*parts, (state.near, nearby)] if nearby is not None else parts:
            for (day,), rows in sorted(frame.partition_by("day", as_dict=True).items()):
                add(day, rows)

    def close(
        self,
        day: int,
        usage: pl.DataFrame,
        contacts: pl.DataFrame,
        links: pl.DataFrame,
        coverage: pl.DataFrame,
        nearby: pl.DataFrame | None = None,
        *,
        at: datetime | None = None,
    ) -> list[Verdict]:
        """Fold a day and judge at its end, or at an instant `at` within it; the verdicts that hold."""
        self.fold(day, usage, contacts, links, coverage, nearby)
        return self.judge(whole=at is None)

    def lives(self, partition: int, carousels: Mapping[str, Sequence[Reason]] | None = None) -> list[Report]:
        """What is said of the last day folded to those who see all organisations.

        carousels: of whom an alert is open then, and why: of them it is said at a week's end from which numbers they call.
        """
        told = carousels if carousels and ends_a_week(self._state.day) else {}
        return list(reports(self._state, partition, pools(self.moment(), told) if told else []))

    def moment(self, whole: bool = True) -> Moment:
        """The state after the last day folded, as columns to be measured; whole: that day is over."""
        return Moment(self._state, self.policy, self.reference, self._state.day, whole)

    def judge(self, *, whole: bool = True) -> list[Verdict]:
        """The verdicts that hold after the last day folded; whole: that day is over."""
        moment = self.moment(whole)
        rules = self.policy.rules
        verdicts: list[Verdict] = []
        if rules.anonymous_calls:
            verdicts += anonymous_calls(moment, rules.anonymous_calls)
        if rules.invalid_number:
            verdicts += invalid_number(moment, rules.invalid_number)
        if rules.unreachable_number:
            verdicts += unreachable_number(moment, rules.unreachable_number)
        return verdicts + self._of_fleets(moment)

    def _of_fleets(self, moment: Moment) -> list[Verdict]:
        """The verdicts that rest on what was replaced, which is a pass over all numbers: not before any can hold."""
        rules, tenures = self.policy.rules, moment.state.tenures
        long, carousel = self.policy.tenure.use_term, rules.number_carousel
        watched = moment.seen - int(tenures.watched.min()) + 1 if tenures.size else 0
        if watched < (min(long, carousel.history) if carousel else long):
            return []
        found = turnover(moment, self._carousel.churn)
        verdicts: list[Verdict] = []
        if rules.short_tenure:
            since = moment.bound_since("short_tenure", rules.short_tenure)
            counted = bounded(moment, self._carousel.churn, found, since)
            verdicts += short_tenure(moment, rules.short_tenure, self._carousel, counted)
        if carousel:
            since = moment.bound_since("number_carousel", carousel)
            verdicts += number_carousel(moment, carousel, bounded(moment, carousel.churn, found, since))
        return verdicts

    def lasts(self, organisation: str, kind: str, number: int | None) -> bool:
        """Whether an alert that is open goes on without its verdict, on the day folded last."""
        rule = self.policy.rules.unreachable_number
        if kind != "unreachable_number" or rule is None:
            return False
        # Not the moment that was judged: that one's columns are not kept until the next day.
        self._lasts = self._lasts or still_unreachable(self.moment(), rule)
        return self._lasts(organisation, number)

    def late(self, organisation: str, days: int) -> int:
        """Outbound calls of an organisation that came in the last days, after their day had been judged."""
        code = self._state.codes.get(organisation)
        return 0 if code is None else self._state.late_calls(code, days)

    def unanswered(self, feeds: Iterable[str]) -> dict[str, int]:
        """Of how many days of about a month it is not known who answered on each of some feeds (`fleet/answers.py`)."""
        state, known = self._state, self._state.callbacks
        since = known.since() if state.day is not None else 0
        return {feed: state.answers.lost_since(feed, known.lost, since) for feed in feeds}

    def watched(self, organisation: str) -> bool:
        """Whether what an organisation does was in sight on the day folded last: its feeds were not silent."""
        return self._state.watched(organisation, _LATELY)
