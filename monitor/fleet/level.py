"""Level: how sure each of several tests must be, that all of them together are as sure as one."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np


def shared_level(tests: np.ndarray) -> np.ndarray:
    """The normal quantile at which each of so many tests is made, that all together are wrong in 5 % of cases at most.

    Bonferroni's bound.

    >>> shared_level(np.array([1, 50])).round(2).tolist()
    [1.96, 3.29]
    """
    many, places = np.unique(np.maximum(tests, 1), return_inverse=True)
    return np.array([NormalDist().inv_cdf(1 - 0.025 / each) for each in many.tolist()])[places]
