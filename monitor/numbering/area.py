"""Areas: in which a geographic number lies, for whole columns of numbers.

The area is what the numbering plan says of a number's first digits (its national destination code),
as Google's libphonenumber has it. It is asked once for each beginning of four digits, and remembered.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import phonenumbers
from phonenumbers import PhoneMetadata

#: Digits after the country's code by which an area is told. Longer area codes (some German ones have five)
#: are taken together by their first four.
_DIGITS = 4
_UNKNOWN = -1


class Areas:
    """The areas of one country's numbers; fills its table as beginnings are first seen."""

    def __init__(self, region: str) -> None:
        metadata = PhoneMetadata.metadata_for_region(region)
        self._country = metadata.country_code
        self._lengths = tuple(n for n in metadata.general_desc.possible_length if n > _DIGITS)
        self._table = np.full((16, 10**_DIGITS), _UNKNOWN, np.int32)

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """The area of each number (E.164 digits, uint64; 0: none); 0 for one that is not geographic here."""
        areas = np.zeros(len(numbers), np.int32)
        for length in self._lengths:
            rest = np.uint64(10 ** (length - _DIGITS))
            least = np.uint64(self._country * 10**_DIGITS)
            beginning = numbers // rest - least  # wraps below the country's first number
            here = np.flatnonzero(beginning < 10**_DIGITS)
            if not len(here):
                continue
            table, found = self._table[length], beginning[here].astype(np.int64)
            known = table[found]
            if (known == _UNKNOWN).any():
                for each in np.unique(found[known == _UNKNOWN]).tolist():
                    table[each] = self._area(each, length)
                known = table[found]
            areas[here] = known
        return areas

    def _area(self, beginning: int, length: int) -> int:
        """The area code of numbers that begin so, as digits behind the country's code."""
        for filler in ("123456789", "000000000", "555555555"):
            digits = (f"{beginning:0{_DIGITS}}" + filler)[:length]
            if digits[0] == "0":
                return 0
            number = phonenumbers.PhoneNumber(country_code=self._country, national_number=int(digits))
            long = phonenumbers.length_of_geographical_area_code(number)
            if long:
                return int(digits[: min(long, _DIGITS)])
        return 0


@lru_cache(maxsize=32)
def areas_of(region: str) -> Areas:
    """The areas of a region, one a process."""
    return Areas(region)
