"""What two organisations have in common, and others with either."""

from __future__ import annotations

import random

from monitor.across.lives import Life
from monitor.rules.kinship import People, common, elsewhere

_LEAST = 20


def life(name: str, first: int, persons: list[int], most: int = 64) -> Life:
    """One that called these persons, of whom those with the smallest pseudonyms are told."""
    known = sorted(persons)
    told = Life(name, first, 0, first + 30, 400, {})
    told.persons, told.upto = known[:most], known[most - 1] if len(known) > most else 10_000
    return told


def test_what_is_in_common_is_counted_where_nothing_of_either_is_missing() -> None:
    """As one by one: of those of either sample below which both are whole, those in the other."""
    rng = random.Random(7)
    for _ in range(200):
        heir, ended = (
            life(name, 9, rng.sample(range(400), rng.randint(0, 200))) for name in ("heir", "ended")
        )
        others = [life(f"other{n}", n, rng.sample(range(400), rng.randint(0, 200)), 48) for n in range(12)]

        def both(one: Life, other: Life) -> float | None:
            upto = min(one.upto, other.upto)
            ours, theirs = ({p for p in each.persons if p <= upto} for each in (one, other))
            few = min(len(ours), len(theirs))
            return len(ours & theirs) / few if few >= _LEAST else None

        share, _, _, persons = common(heir, ended, _LEAST)
        assert share == (both(heir, ended) or 0.0)
        assert (persons >= _LEAST) == (both(heir, ended) is not None)
        known = [{both(two, other) for two in (heir, ended)} - {None} for other in others[:9]]
        said = elsewhere(heir, ended, map(People.of, others), 2.0, 3, _LEAST)
        assert said == sorted((max(shares) for shares in known if shares), reverse=True)


def test_neither_of_the_two_is_an_other() -> None:
    """What was said of the heir before its calling grew may name an earlier beginning, and it has all its persons in common."""
    heir, ended = life("heir", 9, list(range(100))), life("ended", 0, list(range(50, 150)))
    before = [
        People.of(each) for each in (life("heir", 3, list(range(100))), ended, life("other", 3, [*range(40)]))
    ]
    assert elsewhere(heir, ended, before, 0.5, 3, _LEAST) == [1.0]
