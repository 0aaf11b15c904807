"""`invalid_number`: the number that is shown can't be called back, or is used outside its class.

The measure is the share of the organisation's calls that show it, and none is the threshold; the
policy's floor keeps slips out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor.call import DEFECTS
from monitor.fleet.moment import Moment
from monitor.policy import InvalidNumber
from monitor.rules.evidence import of_number
from monitor.verdict import Reason, Verdict


def invalid_number(moment: Moment, rule: InvalidNumber) -> Iterator[Verdict]:
    """Every defective number that enough calls of the window were made from."""
    tenures = moment.state.tenures
    rows = np.flatnonzero(
        (tenures.defect > 0)
        & (tenures.last > moment.day - rule.window)
        & moment.applies("invalid_number", rule)[tenures.organisation]
    )
    if not len(rows):
        return
    calls = np.zeros(tenures.size)
    for _, called, many in tenures.recent(moment.day - rule.window, moment.day):
        calls[called] += many
    rows = rows[calls[rows] >= rule.calls]
    theirs = np.maximum(moment.calls(rule.window)[tenures.organisation], 1)
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
                    exposure={"calls": float(calls[row]), "calls_of_the_organisation": float(theirs[row])},
                    clears_when=f"For {rule.telling.clean_days} days, fewer than {rule.calls} calls in "
                    f"{rule.window} days are made from it.",
                ),
            ),
            window=(moment.day - rule.window + 1, moment.day),
            evidence=lambda row=row: of_number(moment, row, rule.window),
        )
