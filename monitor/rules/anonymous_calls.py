"""`anonymous_calls`: calls with the number withheld on purpose.

Judged on the days on which such calls were made. Who calls little is judged by the week: the share
is of the calls of the policy's window, and must be above the policy's even at the lower end of its
interval, so that a slip is none. Once told, it lasts while the share of a longer window stays near the
policy's: who withholds one call in fifteen, or on Saturdays, does not stop and begin again every week.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.policy import AnonymousCalls
from monitor.rules.evidence import of_organisation
from monitor.rules.family import SLACK
from monitor.verdict import Reason, Verdict


def anonymous_calls(moment: Moment, rule: AnonymousCalls) -> Iterator[Verdict]:
    """The organisations that withheld their number, today and within the window."""
    state, day = moment.state, moment.day
    everybody = slice(0, moment.organisations)
    today = state.withheld.between(everybody, day - 1, day)
    withheld = state.withheld.between(everybody, day - rule.window, day)
    calls = moment.calls(rule.window)
    share = withheld / np.maximum(calls, 1)
    low, high = wilson(share, calls)
    holds = (
        (today > 0) & (withheld >= rule.calls) & (low > rule.share) & moment.applies("anonymous_calls", rule)
    )
    lately = state.withheld.between(everybody, day - rule.lasting, day)
    lasts = lately > SLACK * rule.share * moment.calls(rule.lasting)
    lasts &= moment.applies("anonymous_calls", rule)
    for code in np.flatnonzero(holds | lasts).tolist():
        yield Verdict(
            kind="anonymous_calls",
            organisation=state.names[code],
            number=None,
            severity="high" if share[code] >= 0.5 else "medium",
            reasons=(
                Reason(
                    family="anonymous_calls",
                    measure="withheld_share",
                    value=float(share[code]),
                    interval=(float(low[code]), float(high[code])),
                    threshold=rule.share,
                    exposure={"calls": float(calls[code]), "withheld": float(withheld[code])},
                    clears_when=f"Of the calls of {rule.lasting} days hardly any is made with the number withheld.",
                ),
            ),
            window=(moment.since(code, rule.window), day),
            evidence=lambda code=code, withheld=int(withheld[code]): of_organisation(
                moment, code, rule.window, extra={"withheld": withheld}
            ),
            opens=bool(holds[code]),
        )
