"""`unreachable_number`: calls to a number that was shown are not answered, within the reachability term.

Judged on the calls to the number in about a month, up to a term after the last call from it. Where a
feed has no calls to numbers, nothing is known and nothing is said. A line that is often busy, or shut
at night, is answered now and then: the upper end of the interval must be below the policy's share.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from monitor.fleet.moment import Moment
from monitor.fleet.survival import wilson
from monitor.policy import UnreachableNumber
from monitor.rules.evidence import of_number
from monitor.verdict import Reason, Verdict


def unreachable_number(moment: Moment, rule: UnreachableNumber) -> Iterator[Verdict]:
    """Every number in its term that is called often enough and hardly ever answered."""
    state, tenures = moment.state, moment.state.tenures
    found = moment.callbacks.filter(pl.col("inbound") >= rule.calls).sort("organisation", "number")
    codes, numbers, inbound, answered = (column.to_numpy() for column in found.iter_columns())
    rows = state.rows_of(codes, numbers)
    share = answered / np.maximum(inbound, 1)
    low, high = wilson(share, inbound)
    holds = (rows >= 0) & (high < rule.answered) & moment.applies("unreachable_number", rule)[codes]
    holds[holds] &= moment.day - tenures.last[rows[holds]] <= rule.term
    since = state.callbacks.since()
    for at in np.flatnonzero(holds).tolist():
        row = int(rows[at])
        yield Verdict(
            kind="unreachable_number",
            organisation=state.names[codes[at]],
            number=int(numbers[at]),
            severity="medium",
            reasons=(
                Reason(
                    family="unreachable_number",
                    measure="answered_share",
                    value=float(share[at]),
                    interval=(float(low[at]), float(high[at])),
                    threshold=rule.answered,
                    exposure={"inbound": float(inbound[at]), "answered": float(answered[at])},
                    clears_when=f"At least {rule.answered:.0%} of the calls to it are answered.",
                ),
            ),
            window=(since, moment.day),
            evidence=lambda row=row: of_number(moment, row, moment.day - since + 1),
        )
