"""The numbering plan: what class a number is of, and whether somebody who calls can have it.

By Google's libphonenumber, and by the Dutch plan where that divides numbers further.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType

#: Kinds of numbers by the library's types; the Dutch plan divides some of them further.
_CLASSES = {
    PhoneNumberType.FIXED_LINE: "geographic",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "geographic",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.TOLL_FREE: "freephone",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "place_independent",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
#: By prefix of the E.164 digits, the longest first: the Nummerplan telefoon- en ISDN-diensten.
_DUTCH = (
    ("31970", "machine"),
    ("3197", "machine"),
    ("3185", "place_independent"),
    ("3191", "place_independent"),
    ("3188", "company"),
    ("3184", "personal"),
    ("3187", "personal"),
    ("31800", "freephone"),
    ("31900", "premium"),
    ("31906", "premium"),
    ("31909", "premium"),
    ("3114", "government"),
)
#: Classes whose designation a caller's number can't have: machines are not people, and nobody can
#: say who is behind a premium or information number by calling it back at a normal price.
NOT_FOR_CALLERS = frozenset({"machine", "premium", "information", "pager", "voicemail"})


def number_class(number: int) -> str:
    """The class of a number (E.164 digits): geographic, mobile, place_independent, company, ..., unallocated."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return "unallocated"
    return _class(parsed)


def _class(parsed: phonenumbers.PhoneNumber) -> str:
    if parsed.country_code == 31:
        digits = f"31{parsed.national_number}"
        if _HARMONISED.fullmatch(digits):
            return "harmonised"
        if _INFORMATION.fullmatch(digits):
            return "information"
        for prefix, name in _DUTCH:
            if digits.startswith(prefix):
                return name
    return _CLASSES.get(phonenumbers.number_type(parsed), "unallocated")


#: Ranges that are allocated by the national plan while the library's tables do not list them. A
#: number there must not be called unallocated: 091 follows 085 in the Dutch plan.
_ALLOCATED = ("3191",)
#: 116 and three digits: the same helplines all over Europe, such as 116 123. The library knows them as short
#: numbers only, which have no country's code.
_HARMONISED = re.compile("31116[0-9]{3}")
#: 18 and two digits. Longer ones are those of subscribers in Gouda, Gorinchem and elsewhere: 0180 to 0187.
_INFORMATION = re.compile("3118[0-9]{2}")
#: How long the numbers of each Dutch kind are, without the country's code: nine digits, but for 14020, 116123,
#: 0800 and 090x with four or seven more, and 097. The library asks only whether any kind is as long.
_DUTCH_LENGTHS = re.compile(
    "[1-9][0-9]{8}|14[0-9]{3,4}|116[0-9]{3}|(?:800|90[0-9])[0-9]{4}(?:[0-9]{3})?|97[0-9]{9}"
)


#: The country whose numbers are known to be as long as those of their kind are (`_DUTCH_LENGTHS`). An unallocated one of it lies in a
#: range that nobody has, by the library's tables; of others it is only known that by these it is not valid: it may be too short.
_RANGED = "31"


def ranged(number: int) -> bool:
    """Whether a number (E.164 digits) that is unallocated is known to lie in a range that nobody has."""
    return str(number).startswith(_RANGED)


def defect(parsed: phonenumbers.PhoneNumber) -> str | None:
    digits = f"{parsed.country_code}{parsed.national_number}"
    if (digits.startswith(_ALLOCATED) and len(digits) == 11) or _HARMONISED.fullmatch(digits):
        return None
    if _INFORMATION.fullmatch(digits):  # the library holds them for too short
        return "wrong_class"
    if not phonenumbers.is_possible_number(parsed):
        return "not_dialable"
    if _class(parsed) in NOT_FOR_CALLERS:
        return "wrong_class"
    if phonenumbers.is_valid_number(parsed):
        return None
    if parsed.country_code == 31 and not _DUTCH_LENGTHS.fullmatch(str(parsed.national_number)):
        return "not_dialable"
    return "unallocated"


def patterns(metadata: PhoneMetadata) -> tuple[str | None, str]:
    """Two expressions over national numbers: what is surely sound, and what of it is not for callers.

    A country that shares its code (the North American plan) is left to the library: None.
    """
    if len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(metadata.country_code, ())) != 1:
        return None, ""

    def of(*kinds: str) -> list[str]:
        descs = [getattr(metadata, kind) for kind in kinds]
        return [
            rf"(?:{desc.national_number_pattern})"
            for desc in descs
            if desc is not None and desc.national_number_pattern
        ]

    good = of("fixed_line", "mobile", "toll_free", "shared_cost", "voip", "personal_number", "uan")
    bad = [f"{pattern}$" for pattern in of("premium_rate", "pager", "voicemail")]
    code = str(metadata.country_code)
    bad += [prefix.removeprefix(code) for prefix, name in _DUTCH if code == "31" and name in NOT_FOR_CALLERS]
    return f"^(?:{'|'.join(good)})$", f"^(?:{'|'.join(bad) or '(?:a)'})"
