"""`invalid_number`: the number that is shown can't be called back, or is used outside its class.

The measure is the share of the organisation's calls that show it, and none is the threshold; the
policy's floor keeps slips out. A number for machines may well be shown by one: it is used outside its class
where many people are called from it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from monitor.call import DEFECTS
from monitor.fleet.moment import Moment
from monitor.met import DAYS
from monitor.number import number_class
from monitor.policy import InvalidNumber
from monitor.rules.evidence import of_number
from monitor.verdict import Reason, Verdict

#: As it is kept, see `Usage`.
_WRONG_CLASS = 1 + DEFECTS.categories.to_list().index("wrong_class")


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
    rows = rows[~_a_machine(moment, rows, rule)]
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
            window=(moment.since(int(tenures.organisation[row]), rule.window), moment.day),
            evidence=lambda row=row: of_number(moment, row, rule.window),
        )


def _a_machine(moment: Moment, rows: np.ndarray, rule: InvalidNumber) -> np.ndarray:
    """Which of these numbers are for machines, and call no more people than a machine would."""
    tenures = moment.state.tenures
    found = np.zeros(len(rows), bool)
    for place in np.flatnonzero(tenures.defect[rows] == _WRONG_CLASS).tolist():
        number = int(tenures.number[rows[place]])
        if number_class(number) == "machine":
            codes = pl.Series([tenures.organisation[rows[place]]], dtype=pl.Int32)
            met = moment.state.met.persons(codes, moment.day - DAYS, moment.day)
            found[place] = met.filter(pl.col("number") == number).height < rule.machine_persons
    return found
