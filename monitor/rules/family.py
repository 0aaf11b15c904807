"""What a family of the carousel rule gives: a grade for each organisation, and its reason on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from monitor.verdict import Reason

NONE, SUPPORTS, STRONG = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Family:
    """One way in which a carousel shows."""

    name: str
    grade: np.ndarray  # by organisation: NONE, SUPPORTS or STRONG
    reason: Callable[[int], Reason]  # of one organisation, by its code
    #: Where it was strong, and is not yet so far from it that an alert should end; None: it keeps none open.
    lasts: np.ndarray | None = None

    def keeps(self, code: int) -> bool:
        """Whether it keeps an alert open of which it says nothing by its grade."""
        return self.lasts is not None and bool(self.lasts[code]) and self.grade[code] == NONE
