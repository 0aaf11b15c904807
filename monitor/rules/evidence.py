"""What verdicts rest on: counts, numbers, feeds and their coverage, read when somebody is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from monitor.fleet.moment import STATUSES, Moment
from monitor.fleet.trickle import calling
from monitor.verdict import LATE, Evidence, Line

#: Numbers shown with an alert about an organisation, those used most: an alert is told again with each of its states, and
#: must fit into what a broker takes. `counts.numbers` says how many there are; all of them are known where the calls are
#: (`roll.py`, `replay --numbers`).
SHOWN = 50


def of_organisation(
    moment: Moment,
    code: int,
    days: int,
    extra: Mapping[str, int] | None = None,
    among: np.ndarray | None = None,
    known: np.ndarray | None = None,
    rows: np.ndarray | None = None,
) -> Evidence:
    """Evidence about an organisation over the last days.

    extra: counts to go with it. among: which of its numbers are shown. known: whether the birth of each number was seen, where
    that is told sooner than by how long its feeds had been watched (`fleet/births.py`). rows: its numbers of those days, where
    they are known: to look for them is a pass over the numbers of all.
    """
    tenures = moment.state.tenures
    if rows is None:
        rows = np.flatnonzero((tenures.organisation == code) & (tenures.last > moment.day - days))
    shown = rows if among is None else among
    order = np.lexsort((tenures.number[shown], -tenures.calls[shown].astype(np.int64)))
    status = moment.status[rows]
    organisation = np.asarray([code])
    counts = {
        "calls": int(moment.state.volume.between(organisation, moment.day - days, moment.day)[0]),
        "days_with_calls": int(moment.state.active.between(organisation, moment.day - days, moment.day)[0]),
        "numbers": len(rows),
    }
    counts |= {f"numbers_{name}": int((status == place).sum()) for place, name in enumerate(STATUSES)}
    counts |= extra or {}
    lines = [line(moment, row, known) for row in shown[order[:SHOWN]].tolist()]
    return _evidence(moment, code, lines, rows, counts, days, of_all=True)


def of_number(moment: Moment, row: int, days: int) -> Evidence:
    """Evidence about one number over the last days. Its counts are of all its calls; those after its last use, where these
    are known, stand apart too.
    """
    tenures = moment.state.tenures
    made = calling(moment, row)
    counts = {"calls": made.calls, "answered": int(tenures.answered[row]), "days_with_calls": made.days}
    counts |= made.told()
    rows = np.asarray([row])
    return _evidence(moment, int(tenures.organisation[row]), [line(moment, row)], rows, counts, days)


def _evidence(
    moment: Moment,
    code: int,
    lines: Sequence[Line],
    rows: np.ndarray,
    counts: dict[str, int],
    days: int,
    of_all: bool = False,
) -> Evidence:
    """of_all: of all calls of the organisation, those without a number too."""
    tenures, history = moment.state.tenures, moment.state.history
    patterns = np.unique(tenures.pattern[rows])
    theirs = [moment.state.feeds_of(code, moment.day - days)] if of_all else []
    feeds = sorted({feed for pattern in [*patterns.tolist(), *theirs] for feed in history.names(pattern)})
    if not len(patterns):
        patterns = np.asarray(theirs, np.int32)
    days = max(moment.seen - moment.since(code, days) + 1, 1)
    covered = history.covered(patterns, moment.seen - days, moment.seen)
    return Evidence(
        counts=counts,
        numbers=tuple(lines),
        feeds=tuple(feeds),
        coverage=float(covered.min() / days) if len(covered) else 0.0,
        late=moment.state.late_calls(code, LATE),
    )


def line(moment: Moment, row: int, known: np.ndarray | None = None) -> Line:
    """One number as evidence. known: whether the birth of each number was seen, beside what the moment says of it."""
    tenures = moment.state.tenures
    return Line(
        number=int(tenures.number[row]),
        first_use=int(tenures.first[row]),
        first_known=bool(moment.born[row] or (known is not None and known[row])),
        last_use=int(moment.used_until[row]),
        calls=int(tenures.calls[row]),
        status=STATUSES[moment.status[row]],
        last_call=int(tenures.last[row]),
    )
