"""`anonymous_calls`: calls with the number withheld on purpose.

Judged on the days on which such calls were made. Who calls little is judged by the week: the share
is of the calls of the policy's window, and must be above the policy's even at the lower end of its
interval, so that a slip is none. Once told, it lasts while the share of a longer window stays near the
policy's: who withholds one call in fifteen, or on Saturdays, does not stop and begin again every week. Neither window
reaches back to when the rule did not bind the organisation: its calls were lawful on their day.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.policy import AnonymousCalls
from monitor.rules.evidence import of_organisation
from monitor.verdict import Reason, Verdict

#: Days looked back at most for days on which an organisation's feeds were seen: withheld calls are kept for some more.
_FURTHEST = 60


def anonymous_calls(moment: Moment, rule: AnonymousCalls) -> Iterator[Verdict]:
    """The organisations that withheld their number, today and within the window."""
    state, day = moment.state, moment.day
    everybody = np.arange(moment.organisations)
    today = state.withheld.between(everybody, day - 1, day)
    bound = moment.bound_since("anonymous_calls", rule)
    withheld = state.withheld.between(everybody, np.maximum(day - rule.window, bound - 1), day)
    calls = moment.calls(rule.window, bound)
    share = withheld / np.maximum(calls, 1)
    low, high = wilson(share, calls)
    holds = (
        (today > 0) & (withheld >= rule.calls) & (low > rule.share) & moment.applies("anonymous_calls", rule)
    )
    since = np.maximum(day - _watched(moment, rule.lasting), bound - 1)
    lately = state.withheld.between(everybody, since, day)
    lasts = lately > rule.telling.slack * rule.share * state.volume.between(everybody, since, day)
    # While the shorter window is above its bound an alert would open again on the next day with such a call, whatever busier days are in the longer.
    lasts |= (withheld >= rule.calls) & (low > rule.share)
    lasts &= moment.applies("anonymous_calls", rule)
    for code in np.flatnonzero(holds | lasts).tolist():
        yield Verdict(
            kind="anonymous_calls",
            organisation=state.names[code],
            number=None,
            severity="high" if share[code] >= rule.grave else "medium",
            reasons=(
                Reason(
                    family="anonymous_calls",
                    measure="withheld_share",
                    value=float(share[code]),
                    interval=(float(low[code]), float(high[code])),
                    threshold=rule.share,
                    exposure={
                        "calls": float(calls[code]),
                        "withheld": float(withheld[code]),
                        "lasting_days": float(rule.lasting),
                        "cleared_at_most": rule.telling.slack * rule.share,
                    },
                    clears_when=f"Of the calls of {rule.lasting} days at most {rule.telling.slack * rule.share:.1%} are made with the number "
                    "withheld.",
                ),
            ),
            window=(max(moment.since(code, rule.window), int(bound[code])), day),
            evidence=lambda code=code, withheld=int(withheld[code]): of_organisation(
                moment, code, min(rule.window, day - int(bound[code]) + 1), extra={"withheld": withheld}
            ),
            opens=bool(holds[code]),
        )


def _watched(moment: Moment, days: int) -> np.ndarray:
    """How many days to look back, by organisation, so that its feeds were seen on so many: an outage shows nothing.

    While it lasts, nothing is resolved for it (`told.py`).
    """
    state, day = moment.state, moment.day
    back = np.full(moment.organisations, days)
    if state.history.steady(day, days):
        return back
    found: dict[int, int] = {}  # by pattern of feeds, which are few
    everybody = slice(0, moment.organisations)
    for code in np.flatnonzero(state.withheld.between(everybody, day - _FURTHEST, day)).tolist():
        pattern = state.feeds_of(code, day - _FURTHEST)
        if pattern not in found:
            found[pattern] = _seen_on(moment, pattern, days)
        back[code] = found[pattern]
    return back


def _seen_on(moment: Moment, pattern: int, days: int) -> int:
    """How many days to look back so that feeds were seen on so many; no more than that while they are out."""
    further = np.arange(days, _FURTHEST + 1)
    patterns, covered = np.full(len(further), pattern), moment.state.history.covered
    if not covered(patterns[:1], moment.day - 1, moment.day)[0]:
        return days
    seen = covered(patterns, moment.day - further, moment.day)
    return int(further[min(np.searchsorted(seen, days), len(further) - 1)])
