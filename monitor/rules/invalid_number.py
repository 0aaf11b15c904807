"""`invalid_number`: the number that is shown can't be called back, or is used outside its class.

The measure is the share of the organisation's calls that show it, and none is the threshold; the
policy's floor keeps slips out. A number for machines may well be shown by one: it is used outside its class
where many people are called from it.

Who shows another such number each time shows none of them often. So the calls of an organisation that show any are
also judged together, as `anonymous_calls` judges those that show none; while that is told, its numbers are not named
one by one (`told.py`), nor when it has ended. Of few numbers each is named, since each can be looked into. Forty desks
that show their extension now and then are one fault and one alert, of low severity where their share is small. A fault of
the exchange that is mended within a day or two is told as that: with its days, and of low severity. What was shown
while the rule did not bind the organisation counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, lgamma, log, log1p

import numpy as np
import polars as pl

from monitor.call import DEFECTS
from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.numbering.plan import number_class, ranged
from monitor.policy import InvalidNumber
from monitor.remembered.met import DAYS
from monitor.rules.evidence import SHOWN, of_number, of_organisation
from monitor.verdict import Reason, Verdict

#: Chance at which a machine's calls to the most people that it may call reach as many of the sampled ones as are held
#: against it, where an organisation calls more people than are known: of hundreds of lifts hardly any is taken for a caller. No term
#: of the policy: `machine_persons` is, and this only says how a sample is held against it.
_CHANCE = 0.001
#: As it is kept, see `Usage`.
_UNALLOCATED, _WRONG_CLASS = (
    1 + DEFECTS.categories.to_list().index(name) for name in ("unallocated", "wrong_class")
)


def invalid_number(moment: Moment, rule: InvalidNumber) -> Iterator[Verdict]:
    """The organisations that show too many undialable numbers, and every one that enough calls were made from."""
    tenures = moment.state.tenures
    looked = max(rule.window, rule.window_together, rule.lasting)
    bound = moment.bound_since("invalid_number", rule)
    rows = np.flatnonzero(
        (tenures.defect > 0)
        & (tenures.last > moment.day - looked)
        & (tenures.last >= bound[tenures.organisation])
        & moment.applies("invalid_number", rule)[tenures.organisation]
    )
    if not len(rows):
        return
    rows = rows[~_a_machine(moment, rows, rule, bound)]
    calls = np.zeros(tenures.size)
    for _, called, many in _recent(moment, rule.window, rows, bound):
        calls[called] += many
    often = rows[calls[rows] >= rule.calls]
    of_many = _numbers(moment, often, rule.window_together) >= rule.numbers
    each_often = _each_often(moment, rule, often, calls, bound, of_many)
    yield from _together(moment, rule, rows, bound, of_many, each_often)
    rows = often
    theirs = np.maximum(moment.calls(rule.window, bound)[tenures.organisation], 1)
    for row in rows[np.lexsort((tenures.number[rows], tenures.organisation[rows]))].tolist():
        defect = DEFECTS.categories[int(tenures.defect[row]) - 1]
        yield Verdict(
            kind="invalid_number",
            organisation=moment.state.names[tenures.organisation[row]],
            number=int(tenures.number[row]),
            severity="medium",
            reasons=(
                Reason(
                    family="invalid_number",
                    measure=defect,
                    value=float(calls[row] / theirs[row]),
                    threshold=0.0,
                    exposure={
                        "calls": float(calls[row]),
                        "calls_of_the_organisation": float(theirs[row]),
                        "window_days": float(rule.window),
                        "least_calls": float(rule.calls),
                        **_not_valid(moment, np.array([row]), calls),
                    },
                    clears_when=f"Hardly any call shows the number: for {rule.telling.clean_days} days in a row fewer than {rule.calls} "
                    f"calls of the last {rule.window} days do.",
                ),
            ),
            window=_window(moment, int(tenures.organisation[row]), rule.window, bound),
            evidence=lambda row=row: of_number(
                moment, row, _days(moment, int(tenures.organisation[row]), rule.window, bound)
            ),
            # What has ended is not told now: it may have been told of the organisation.
            opens=bool(tenures.last[row] > moment.day - rule.window_together),
        )


def _recent(
    moment: Moment, days: int, rows: np.ndarray, bound: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """The calls of the last days from these numbers, on days on which the rule bound: day, rows, calls."""
    tenures = moment.state.tenures
    since = np.full(tenures.size, moment.day + 1, np.int32)
    since[rows] = bound[tenures.organisation[rows]]
    for day, called, many in tenures.recent(moment.day - days, moment.day):
        those = since[called] <= day
        yield day, called[those], many[those]


def _days(moment: Moment, code: int, days: int, bound: np.ndarray) -> int:
    """How many of the last days the rule bound an organisation."""
    return min(days, moment.day - int(bound[code]) + 1)


def _window(moment: Moment, code: int, days: int, bound: np.ndarray) -> tuple[int, int]:
    return max(moment.since(code, days), int(bound[code])), moment.day


def _numbers(moment: Moment, rows: np.ndarray, days: int) -> np.ndarray:
    """How many of these numbers each organisation has shown in the last days."""
    lately = rows[moment.state.tenures.last[rows] > moment.day - days]
    return np.bincount(moment.state.tenures.organisation[lately], minlength=moment.organisations)


def _by_defect(moment: Moment, rows: np.ndarray, calls: np.ndarray) -> dict[str, int]:
    """The calls that showed these numbers, by what is wrong with them."""
    defects = moment.state.tenures.defect[rows]
    return {
        name: int(calls[rows[defects == place]].sum()) for place, name in enumerate(DEFECTS.categories, 1)
    }


def _not_valid(moment: Moment, rows: np.ndarray, calls: np.ndarray) -> dict[str, float]:
    """The calls that showed an unallocated number of which no more is known than that the tables don't have it: it may be too short."""
    numbers, unallocated = (
        moment.state.tenures.number[rows],
        moment.state.tenures.defect[rows] == _UNALLOCATED,
    )
    if not unallocated.any():
        return {}
    theirs = np.fromiter((not ranged(number) for number in numbers.tolist()), bool, len(rows))
    return {"not_valid": float(calls[rows[unallocated & theirs]].sum())}


def _elsewhere(moment: Moment, rule: InvalidNumber, rows: np.ndarray, calls: np.ndarray) -> dict[str, float]:
    """The calls that showed a number of another country than the basis is about, where it is about one's."""
    code = moment.policy.sources[rule.basis].country_code
    if code is None:
        return {}
    numbers = moment.state.tenures.number[rows].tolist()
    theirs = np.fromiter((not str(number).startswith(str(code)) for number in numbers), bool, len(rows))
    return {"elsewhere": float(calls[rows[theirs]].sum())}


def _each_often(
    moment: Moment,
    rule: InvalidNumber,
    rows: np.ndarray,
    calls: np.ndarray,
    bound: np.ndarray,
    of_many: np.ndarray,
) -> dict[int, tuple[Reason, dict[str, int], np.ndarray]]:
    """By organisation: that many of its numbers were shown often enough to be named each; their calls by defect, and examples.

    rows: the numbers that were. of_many: which organisations have so many of them now.
    """
    tenures, groups = moment.state.tenures, moment.organisations
    lasts = _numbers(moment, rows, rule.lasting) > rule.telling.slack * rule.numbers
    rows = rows[(of_many | lasts)[tenures.organisation[rows]]]
    if not len(rows):
        return {}
    days, theirs = np.zeros(groups), moment.calls(rule.window, bound)
    for _, called, _ in _recent(moment, rule.window, rows, bound):
        days += np.bincount(tenures.organisation[called], minlength=groups) > 0
    found = {}
    for code in np.unique(tenures.organisation[rows]).tolist():
        ours = rows[tenures.organisation[rows] == code]
        counts = _by_defect(moment, ours, calls)
        reason = Reason(
            family="invalid_number",
            measure="undialable_numbers",
            value=float(len(ours)),
            threshold=float(rule.numbers),
            exposure={
                "calls": float(theirs[code]),
                "undialable": float(calls[ours].sum()),
                "days": float(days[code]),
                "lasting_days": float(max(rule.lasting, rule.window_together)),
                "window_days": float(rule.window),
                "least_calls": float(rule.calls),
                "cleared_at_most": float(int(rule.telling.slack * rule.numbers)),
                **_not_valid(moment, ours, calls),
                **_elsewhere(moment, rule, ours, calls),
            }
            | {name: float(many) for name, many in counts.items()},
            clears_when=f"Of the numbers shown in the last {max(rule.lasting, rule.window_together)} days at most {int(rule.telling.slack * rule.numbers)} "
            f"can't be dialled or are not meant for calling people, and were each shown in {rule.calls} calls of {rule.window} days.",
        )
        found[code] = reason, counts, _examples(moment, ours, calls)
    return found


def _together(
    moment: Moment,
    rule: InvalidNumber,
    rows: np.ndarray,
    bound: np.ndarray,
    of_many: np.ndarray,
    each_often: dict[int, tuple[Reason, dict[str, int], np.ndarray]],
) -> Iterator[Verdict]:
    """The organisations of which too large a share of the calls shows any of these numbers, or that showed many of them often.

    Both are said where both are so: did one stand for the other, an alert near the limit would be told again each time that
    it is passed.
    """
    state, tenures, groups = moment.state, moment.state.tenures, moment.organisations
    week, lately = np.zeros(tenures.size), np.zeros(groups)  # calls by number, and by organisation
    days, today = np.zeros(groups), np.zeros(groups, bool)
    for day, called, many in _recent(moment, max(rule.lasting, rule.window_together), rows, bound):
        ours = np.bincount(tenures.organisation[called], many, groups)
        lately += ours * (day > moment.day - rule.lasting)
        if day > moment.day - rule.window_together:
            week[called] += many
            days += ours > 0
        if day == moment.day:
            today = ours > 0
    shown = rows[week[rows] > 0]
    codes = tenures.organisation[shown]
    undialable, numbers = np.bincount(codes, week[shown], groups), np.bincount(codes, minlength=groups)
    calls = moment.calls(rule.window_together, bound).astype(float)
    share = undialable / np.maximum(calls, 1)
    low, high = wilson(share, calls)
    holds = today & (undialable >= rule.calls_together) & (numbers >= rule.numbers) & (low > rule.share)
    lasts = lately > rule.telling.slack * rule.share * moment.calls(rule.lasting, bound)
    # What keeps an alert open by its share opens none: where it may open by how many numbers there are, that is said alone.
    by_share = holds | (lasts & ~of_many)
    for code in sorted({*np.flatnonzero(by_share).tolist(), *each_often}):
        reasons, counts, theirs, days_back = [], {}, rows[:0], rule.window
        if code in each_often:
            reason, counts, theirs = each_often[code]
            reasons.append(reason)
        if by_share[code]:
            days_back = max(days_back, rule.window_together) if reasons else rule.window_together
            ours = shown[codes == code]
            counts, theirs = _by_defect(moment, ours, week), _examples(moment, ours, week)
            reason = Reason(
                family="invalid_number",
                measure="undialable_share",
                value=float(share[code]),
                interval=(float(low[code]), float(high[code])),
                threshold=rule.share,
                exposure={
                    "calls": float(calls[code]),
                    "undialable": float(undialable[code]),
                    "numbers": float(numbers[code]),
                    "days": float(days[code]),
                    "days_of_fault": float(rule.days),
                    "lasting_days": float(rule.lasting),
                    "cleared_at_most": rule.telling.slack * rule.share,
                    **_not_valid(moment, ours, week),
                    **_elsewhere(moment, rule, ours, week),
                }
                | {name: float(many) for name, many in counts.items()},
                clears_when=f"Of the calls of {rule.lasting} days at most {rule.telling.slack * rule.share:.1%} show a number that can't be "
                "dialled or is not meant for calling people.",
            )
            reasons.insert(0, reason)
        small = days[code] < rule.days or not by_share[code]
        yield Verdict(
            kind="invalid_number",
            organisation=state.names[code],
            number=None,
            severity="low" if small else "high" if share[code] >= rule.grave else "medium",
            reasons=tuple(reasons),
            window=_window(moment, code, days_back, bound),
            evidence=lambda code=code, theirs=theirs, counts=counts, days_back=days_back: of_organisation(
                moment, code, _days(moment, code, days_back, bound), extra=counts, among=theirs
            ),
            opens=bool(holds[code] or of_many[code]),
        )


def _examples(moment: Moment, rows: np.ndarray, calls: np.ndarray) -> np.ndarray:
    """Of an organisation's numbers those shown most, as many of each defect as there is room for in the evidence."""
    rows = rows[np.lexsort((moment.state.tenures.number[rows], -calls[rows]))]
    defects = moment.state.tenures.defect[rows]
    kinds = np.unique(defects)
    return np.concatenate([rows[defects == kind][: SHOWN // len(kinds)] for kind in kinds] or [rows])


def _a_machine(moment: Moment, rows: np.ndarray, rule: InvalidNumber, bound: np.ndarray) -> np.ndarray:
    """Which of these numbers are for machines, and call no more people than a machine would."""
    tenures = moment.state.tenures
    wrong = np.flatnonzero(tenures.defect[rows] == _WRONG_CLASS)
    numbers = tenures.number[rows[wrong]].tolist()
    machines = wrong[[number_class(number) == "machine" for number in numbers]] if numbers else wrong
    found = np.zeros(len(rows), bool)
    if len(machines):
        codes = np.unique(tenures.organisation[rows[machines]])
        persons, wanted = np.zeros(tenures.size, np.int64), np.ones(moment.organisations)
        after = np.maximum(bound[codes] - 1, moment.day - DAYS)
        for begin in np.unique(after).tolist():  # one, but where some were exempt until lately
            theirs = codes[after == begin]
            met = moment.state.met.persons(pl.Series(theirs, dtype=pl.Int32), begin, moment.day)
            organisation, number, many = (
                column.to_numpy() for column in met.group_by("organisation", "number").len().iter_columns()
            )
            at = moment.state.rows_of(organisation, number)
            persons[at[at >= 0]] = many[at >= 0]
            parts = moment.state.met.parts(begin, moment.day)
            wanted[theirs] = [
                _in_sample(rule.machine_persons, parts.get(code, 1.0)) for code in theirs.tolist()
            ]
        found[machines] = persons[rows[machines]] < wanted[tenures.organisation[rows[machines]]]
    return found


def _in_sample(persons: int, part: float) -> int:
    """Of a sample that is a part of all, how many show that surely no fewer persons were called.

    The least that one person fewer reaches by a chance of less than `_CHANCE`, and never a single one; of all, as many as
    are asked about.

    >>> [_in_sample(20, part) for part in (1.0, 0.5, 0.1, 0.01, 0.0001)]
    [20, 17, 8, 3, 2]
    """
    fewer = persons - 1
    if part >= 1 or not fewer:
        return persons
    above = 0.0  # the chance of more than `many`
    for many in range(fewer, -1, -1):
        ways = lgamma(fewer + 1) - lgamma(many + 1) - lgamma(fewer - many + 1)
        above += exp(ways + many * log(part) + (fewer - many) * log1p(-part))
        if above >= _CHANCE:
            return max(many + 1, 2)
    return 2
