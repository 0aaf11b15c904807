"""Numbers that look Dutch, are well formed, and belong to nobody.

A simulated carousel must not carry the number of a real company, so all come from ranges that
cannot be in use:

- organisations, geographic: area code + `0xxxxxx`. A subscriber's number never begins with 0
  (that dials another area), while number libraries check the area and the length only.
- organisations, place-independent: `091`, set aside as the successor of 085 and not given out.
- people at home: area code + `1xxxxxx`, free for the same reason (1 begins short codes).
- people's mobiles: `060` and `069`, outside the mobile ranges that are given out.
- numbers that are no good: see `spoil`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from monitor.simulate.rng import fingerprint

#: Area codes of two digits; the seven that follow are the subscriber's.
AREAS = (
    10,
    13,
    15,
    20,
    23,
    24,
    26,
    30,
    33,
    35,
    36,
    38,
    40,
    43,
    45,
    46,
    50,
    53,
    55,
    58,
    70,
    71,
    72,
    73,
    74,
    75,
    76,
    77,
    78,
    79,
)
#: Numbers are given out by the hundred, the smallest block that Dutch operators sell.
LANE = 100
_GEOGRAPHIC = len(AREAS) * 1_000_000 // LANE
_NATIONAL = 10_000_000 // LANE
#: People: 3 of 5 are called on a mobile. 2 * 10**7 mobiles hold 33 M people, more than there are.
PEOPLE = 14_000_000

#: Ways in which a number that is shown can be no good.
SPOILS = ("not_dialable", "unallocated", "wrong_class")


class Register:
    """Gives each number out once, at a place that depends on who asks and hardly on who came before."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def mint(
        self, owner: str, count: int, *, areas: Iterable[int] | None = None, national: bool = False
    ) -> np.ndarray:
        """`count` new numbers (uint64, E.164 digits) for an owner, in blocks of a hundred.

        areas: indices in `AREAS` to which the numbers belong in turn; by default anywhere.
        """
        if areas is None:
            return self._lanes(owner, count, 0, _GEOGRAPHIC + _NATIONAL if national else _GEOGRAPHIC)
        areas = list(areas)
        size = _GEOGRAPHIC // len(AREAS)
        each = -(-count // len(areas))
        parts = [self._lanes(f"{owner}@{area}", each, area * size, (area + 1) * size) for area in areas]
        return np.stack(parts, axis=1).ravel()[:count]

    def _lanes(self, owner: str, count: int, first: int, last: int) -> np.ndarray:
        lanes = np.empty(-(-count // LANE), dtype=np.int64)
        if len(self._taken) + lanes.size > last:
            raise ValueError(f"{owner}: no {count} numbers are left in the invented ranges")
        turn = 0
        for place in range(lanes.size):
            while True:
                lane = first + fingerprint(owner, turn) % (last - first)
                turn += 1
                if lane not in self._taken:
                    break
            self._taken.add(lane)
            lanes[place] = lane
        index = (lanes[:, None] * LANE + np.arange(LANE)).ravel()[:count]
        area, subscriber = np.divmod(index, 1_000_000)
        home = np.array(AREAS)[np.minimum(area, len(AREAS) - 1)]
        geographic = 31_00_0000000 + home * 10_000_000 + subscriber
        placeless = 31_91_0000000 + index - len(AREAS) * 1_000_000
        return np.where(area < len(AREAS), geographic, placeless).astype(np.uint64)


def phones(people: np.ndarray) -> np.ndarray:
    """The phone (uint64) of each person (0 .. `PEOPLE` - 1): a mobile for 3 of 5, else at home; one to one."""
    group, kind = np.divmod(people.astype(np.int64), 5)
    mobile = group * 3 + kind
    mobile = np.where(mobile < 10_000_000, 31_600000000, 31_690000000 - 10_000_000) + mobile
    home = group * 2 + kind - 3
    area = np.array(AREAS)[home % len(AREAS)]
    fixed = 31_00_1000000 + area * 10_000_000 + home // len(AREAS)
    return np.where(kind < 3, mobile, fixed).astype(np.uint64)


def area_of(people: np.ndarray) -> np.ndarray:
    """The place in `AREAS` where each person lives; -1 for those called on a mobile."""
    group, kind = np.divmod(people.astype(np.int64), 5)
    return np.where(kind < 3, -1, (group * 2 + kind - 3) % len(AREAS))


def spoil(numbers: np.ndarray, how: str) -> np.ndarray:
    """Numbers that are no good instead of good ones (uint64), one to one.

    - `not_dialable`: more digits than a Dutch number can have
    - `unallocated`: a range that nobody has, 067
    - `wrong_class`: machine-to-machine, 0970, which no person may be called from
    """
    numbers = numbers.astype(np.uint64)
    match how:
        case "not_dialable":
            return numbers * np.uint64(1000)
        case "unallocated":
            return np.uint64(31_670000000) + numbers % np.uint64(10_000_000)
        case "wrong_class":
            return np.uint64(31_97000000000) + numbers % np.uint64(100_000_000)
    raise ValueError(f"no way to spoil a number is called {how!r}; there are {', '.join(SPOILS)}")
