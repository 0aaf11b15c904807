"""The census: what is said of the field as a whole."""

from __future__ import annotations

import numpy as np

from monitor.census import census
from monitor.judge import Judge
from monitor.policy import Policy
from tests.rules.traffic import START, Traffic


def test_who_keeps_no_number_is_known_to() -> None:
    """Of an organisation whose numbers all ended the share that survives is nought, and not unknown, whatever sums of weights leave."""
    random, traffic = np.random.default_rng(3), Traffic()
    names = [f"rotates-{place}" for place in range(20)]
    for place, name in enumerate(names):
        number = 1000 * place
        for _ in range(4):
            day = int(random.integers(0, 5))
            while day < 100:
                end, number = min(day + int(random.integers(4, 10)), 100), number + 1
                for used in range(day, end):
                    traffic.call(used, name, number, int(random.poisson(30)))
                day = end
    judge = Judge(Policy.load("nl"))
    for day in range(100):
        judge.fold(START + day, *traffic.frames(day))
    found = census(judge).survival
    assert len(found) == len(names)
    assert all(share is not None and share < 1e-6 for share in found)
