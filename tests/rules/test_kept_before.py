"""Kept before: when an organisation began to replace its numbers, whoever else is judged beside it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from monitor.rules.kept_before import _began


def began(others: int, share: float, numbers: int = 10) -> int:
    """The day from which a fleet of equal numbers was there of which one began every ten days, judged after so many others."""
    random = np.random.default_rng(others)
    organisation = np.r_[np.repeat(np.arange(others), 5), np.full(numbers, others)].astype(np.int32)
    first = np.r_[random.integers(0, 100, 5 * others), 10 * np.arange(numbers)].astype(np.int32)
    shares = np.r_[random.random(5 * others), np.full(numbers, share)]
    tenures = SimpleNamespace(organisation=organisation, first=first)
    moment = SimpleNamespace(state=SimpleNamespace(tenures=tenures), organisations=others + 1)
    found = SimpleNamespace(counted=np.ones(len(shares), bool), share=shares)
    return int(_began(moment, found)[others])


@pytest.mark.parametrize("share", [0.1, 1 / 9, 0.12, 0.15, 0.2, 0.3])
def test_a_rotation_began_on_the_same_day_whoever_is_judged_beside_it(share: float) -> None:
    """Of ten numbers of one size the first is the tenth part that counts; a partition with others says what a replay says."""
    assert {began(others, share) for others in range(100)} == {0}


def test_a_number_that_is_hardly_a_part_of_what_was_replaced_is_no_beginning() -> None:
    """Of eleven of one size it takes two, and of thirty the third."""
    assert began(3, 0.1, numbers=11) == 10
    assert began(3, 0.1, numbers=30) == 20
