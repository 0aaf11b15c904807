"""When people call: days of the week, holidays, hours of the day, all in local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from monitor.call import MICROSECONDS_A_DAY, MICROSECONDS_AN_HOUR

#: In microseconds.
HOUR, DAY = MICROSECONDS_AN_HOUR, MICROSECONDS_A_DAY


def _day(*spans: tuple[int, int, float]) -> np.ndarray:
    """Weights of the 24 hours from (from hour, to hour, weight); later spans win."""
    weights = np.zeros(24)
    for first, last, weight in spans:
        weights[first:last] = weight
    return weights


_SHUT = np.zeros(24)
#: For each kind of caller the weights of the hours on a weekday, a Saturday and a Sunday. A weekday
#: of each sums to 1 day's rate. Telemarketing is quiet at dinner and silent on Sundays, as its code
#: wants; care never sleeps; deliveries peak in the evening.
PROFILES = {
    "telemarketing": (
        _day((9, 12, 1.0), (12, 13, 0.6), (13, 17, 1.0), (17, 18, 0.7), (18, 20, 1.2), (20, 21, 0.6)),
        _day((10, 16, 0.7)),
        _SHUT,
    ),
    "office": (_day((8, 9, 0.5), (9, 12, 1.1), (12, 13, 0.5), (13, 17, 1.0), (17, 18, 0.3)), _SHUT, _SHUT),
    "shop": (_day((9, 18, 1.0)), _day((9, 17, 1.0)), _SHUT),
    "care": (
        _day((0, 24, 0.15), (8, 18, 1.2), (18, 22, 0.5)),
        _day((0, 24, 0.12), (8, 20, 0.4)),
        _day((0, 24, 0.12), (8, 20, 0.35)),
    ),
    "delivery": (
        _day((9, 16, 0.5), (16, 21, 1.6), (21, 23, 0.6)),
        _day((10, 16, 0.7), (16, 22, 1.8)),
        _day((11, 16, 0.6), (16, 22, 1.6)),
    ),
}


class Calendar:
    """The local days of a simulation, counted from 0, and what they are in UTC."""

    def __init__(self, start: date, days: int, zone: str = "Europe/Amsterdam") -> None:
        self.start, self.days = start, days
        dates = [start + timedelta(days=day) for day in range(days + 1)]
        place = ZoneInfo(zone)
        noons = [datetime.combine(day, time(12), place).astimezone(UTC) for day in dates]
        #: Microseconds since 1970 UTC of each local day's noon less twelve hours: within an hour of
        #: midnight on the two days on which the clock is changed, at midnight on all others.
        self.midnight = (
            np.array([int(noon.timestamp()) for noon in noons], dtype=np.int64) * 1_000_000 - DAY // 2
        )
        rest = holidays({day.year for day in dates})
        #: 0 a weekday, 1 a Saturday, 2 a Sunday or public holiday.
        self.kind = np.array(
            [2 if day in rest or day.weekday() == 6 else int(day.weekday() == 5) for day in dates]
        )

    @property
    def first(self) -> int:
        """The first instant, in microseconds."""
        return int(self.midnight[0])

    @property
    def last(self) -> int:
        """The instant after the last, in microseconds."""
        return int(self.midnight[self.days])

    def date(self, day: int) -> date:
        """The date of a day, also of one before or after the simulation."""
        return self.start + timedelta(days=int(day))

    def load(self, profile: str) -> np.ndarray:
        """What part of an ordinary weekday's calls each day has (float64, one a day)."""
        curves = np.array([curve.sum() for curve in PROFILES[profile]])
        return (curves / curves[0])[self.kind]

    def moments(self, profile: str, days: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        """A moment for each call, given its day: microseconds since 1970 UTC, in the order of `days`."""
        moments = np.empty(days.size, dtype=np.int64)
        kinds = self.kind[days]
        draws = chance.random(days.size)
        for kind, curve in enumerate(PROFILES[profile]):
            here = kinds == kind
            if here.any():
                passed = np.concatenate([[0.0], curve.cumsum()])
                moments[here] = np.interp(draws[here] * passed[-1], passed, np.arange(25) * float(HOUR))
        return self.midnight[days] + moments


def holidays(years: set[int]) -> set[date]:
    """The Dutch public holidays of some years."""
    days: set[date] = set()
    for year in years:
        sunday = easter(year)
        days |= {sunday + timedelta(days=after) for after in (0, 1, 39, 49, 50)}
        king = date(year, 4, 27)
        days |= {
            date(year, 1, 1),
            king - timedelta(days=king.weekday() == 6),
            date(year, 12, 25),
            date(year, 12, 26),
        }
    return days


def easter(year: int) -> date:
    """Easter Sunday (the Gregorian computus as given by Butcher, 1876)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)
