"""Numbers: from a switch's spelling to E.164, as columns.

A number is a UInt64 of its E.164 digits, without the plus. A withheld one is a value of its own: it
has no number, and is never mistaken for one that many organisations share.

Numbers follow Google's libphonenumber (package `phonenumbers`). It costs about 20 µs a number, so it
is asked once for each distinct number that an organisation shows (`shown.py`); for those of people, of which hardly any
two are equal, a column is read by the same library's metadata, and only what that can't read is asked one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
import phonenumbers
import polars as pl
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat

from monitor.call import DEFECTS, PRESENTATIONS
from monitor.numbering.plan import defect, patterns
from monitor.numbering.shown import Remembered
from monitor.numbering.spelling import Digits

#: Most digits that E.164 allows a number; nothing longer can be followed or called.
LONGEST = 15

#: Signs that people put between digits.
_SEPARATORS = r"[\s().\-/\u00a0\u2010-\u2015]"

_TEXTS_RESTRICTED = (
    "anonymous",
    "restricted",
    "private",
    "blocked",
    "withheld",
    "nocallerid",
    "hidden",
    "privatenumber",
    "privatecaller",
    "anonymouscaller",
    "numberwithheld",
    "withheldnumber",
    "calleridblocked",
    "calleridwithheld",
    "anoniem",
    "geheim",
    "geheimnummer",
    "afgeschermd",
    "privenummer",
    "privénummer",
)
_TEXTS_UNAVAILABLE = ("unknown", "unavailable", "onbekend", "outofarea", "notavailable")
#: The words as a keypad has them, with or without + or +1: what gateways make of a name.
_KEYS_RESTRICTED = ("266696687", "7378742833", "2562533")
_KEYS_UNAVAILABLE = ("8656696", "86282452253")
_KEYS = [before + keys for keys in _KEYS_RESTRICTED + _KEYS_UNAVAILABLE for before in ("", "1", "001")]
_KEYS_AS_NUMBERS = np.unique(np.array(_KEYS, np.uint64))
_ANONYMOUS_HOST = "anonymous.invalid"
#: A header as SIP has it: the address stands between `<` and `>`, behind the name of who calls, quoted or not.
_NAMED = re.compile(r"""\s*(?:"(?:[^"\\]|\\.)*"|[^<"]*)\s*<([^<>]*)>""")

#: What is dialled before a number to hide one's own, or to show it, for this call (GSM 02.30); it says nothing of what was shown in the end.
_CLIR = re.compile(r"^[*#]31[*#]")

ALLOWED, RESTRICTED, UNAVAILABLE = "allowed", "restricted", "unavailable"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a spelling of a shown number means."""

    number: int | None  # None: withheld, unavailable, or no number at all
    presentation: str
    defect: str | None  # see `DEFECTS`
    too_long: bool = False


class Numbers:
    """Reads numbers as a country writes them; remembers the shown ones."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._remembered = Remembered(self._meaning, self._sound)
        metadata = PhoneMetadata.metadata_for_region(region)
        self._country = str(metadata.country_code)
        self._prefix = metadata.national_prefix or ""
        self._national = metadata.general_desc.national_number_pattern
        self._international = metadata.international_prefix or "00"
        self._good, self._not_good = patterns(metadata)

    # -- shown numbers

    def shown(self, texts: pl.Series, ours: np.ndarray | None = None) -> pl.DataFrame:
        """One row a text: `number`, `presentation`, `defect`, `too_long`. Null is a number not sent.

        ours: which are shown by an organisation (None: all). The others are shown by people who call one, and
        nobody asks whether their numbers are good: where they are plainly E.164 they are read like called
        numbers and not remembered, since there are millions of them, and they are personal.
        """
        if ours is None or ours.all():
            return self._remembered.read(texts)
        theirs = np.flatnonzero(~ours)
        shown = texts.gather(theirs)
        digits = Digits(shown)
        plain = self._plain(shown, digits) & ~np.isin(digits.value, _KEYS_AS_NUMBERS)
        people = pl.DataFrame({"number": digits.value[plain]}).with_columns(
            pl.lit(ALLOWED, dtype=PRESENTATIONS).alias("presentation"),
            pl.lit(None, dtype=DEFECTS).alias("defect"),
            pl.lit(False).alias("too_long"),
        )
        by = np.delete(np.arange(len(texts)), theirs[plain]), theirs[plain]
        read = pl.concat([self._remembered.read(texts.gather(by[0])), people])
        return read[np.argsort(np.concatenate(by))]

    def _meaning(self, text: str | None) -> tuple[int | None, str, str | None, bool]:
        shown = read_shown(text, self.region)
        return shown.number, shown.presentation, shown.defect, shown.too_long

    def _sound(self, texts: pl.Series) -> np.ndarray:
        """Which of the texts are E.164 numbers of this country without any defect."""
        if self._good is None:
            return np.zeros(len(texts), bool)
        column = pl.col("text")
        national = column.str.slice(1 + len(self._country))
        # Each looks only at what is left: the patterns of a plan are long.
        left = pl.DataFrame({"text": texts.alias("text")}).with_row_index("at")
        left = left.filter(column.str.contains(rf"^\+{self._country}[1-9][0-9]{{3,11}}$"))
        left = left.filter(national.str.contains(self._good) & ~column.str.slice(1).is_in(_KEYS))
        left = left.filter(~national.str.contains(self._not_good))
        sound = np.zeros(len(texts), bool)
        sound[left["at"].to_numpy()] = True
        return sound

    # -- called numbers

    def digits(self, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """(numbers, too long): the E.164 digits of numbers that were dialled; null where there are none.

        A number that only this country knows (112, 14020) has its code in front, as where it is shown.
        """
        column = pl.col("text")
        frame = pl.DataFrame({"text": texts.alias("text")})
        digits = Digits(texts)
        plus = self._plain(texts, digits)
        quick = pl.Series("number", digits.value)
        if not plus.all():
            quick = pl.select(pl.when(pl.Series(plus)).then(quick)).to_series()
        if quick.null_count() == texts.null_count():
            return quick, pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
        rest = (
            frame.with_columns(quick)
            .with_row_index("at")
            .filter(pl.col("number").is_null() & column.is_not_null())
        )
        numbers, long = self._spelled(rest["text"])
        at = rest["at"]
        too_long = pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
        return quick.scatter(at, numbers), too_long.scatter(at, long)

    def _plain(self, texts: pl.Series, digits: Digits) -> np.ndarray:
        """Where a text is plainly E.164."""
        # +31(0)20: the prefix of a call within its country, left in; the library takes it out.
        doubled = pl.first().str.contains(rf"^\+(?:{_doubled()})").fill_null(False)
        return digits.international() & ~texts.to_frame().select(doubled).to_series().to_numpy()

    def _spelled(self, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Other spellings than plus and digits: of the country, or of a SIP address."""
        column = pl.col("text")
        clean = column.str.replace(r"^(?i)(?:sips?|tel):", "").str.replace(r"[@;].*$", "")
        clean = clean.str.replace_all(_SEPARATORS, "")
        # Behind a name, which may look like a number, stands an address.
        clean = pl.when(~column.str.contains("<", literal=True)).then(clean)
        national = f"^(?:{self._national})$"
        body = pl.col("clean")
        bare = body.str.strip_prefix(self._prefix) if self._prefix else body
        has_prefix = body.str.starts_with(self._prefix) if self._prefix else pl.lit(True)
        international = f"^(?:{self._international})"
        doubled = body.str.contains(rf"^(?:\+|{international[1:]})(?:{_doubled()})")
        read = (
            pl.DataFrame({"text": texts.alias("text")})
            .with_columns(clean.alias("clean"))
            .select(
                "text",
                pl.when(body.str.contains(r"^\+[1-9][0-9]{6,14}$") & ~doubled)
                .then(body.str.slice(1))
                .when(has_prefix & ~body.str.contains(international) & bare.str.contains(national))
                .then(pl.lit(self._country) + bare)
                .when(body.str.contains(international + r"[1-9][0-9]{6,14}$") & ~doubled)
                .then(body.str.replace(international, ""))
                # The country's code without a sign in front, where that can't be a national number.
                .when(
                    body.str.contains(f"^{self._country}(?:{self._national})$") & ~body.str.contains(national)
                )
                .then(body)
                .str.to_integer(dtype=pl.UInt64, strict=False)
                .alias("number"),
            )
            # Of one that the country's code makes too long, what the plain way says.
            .with_columns(pl.when(pl.col("number") < 10**LONGEST).then(pl.col("number")).alias("number"))
        )
        numbers = read["number"]
        if not numbers.null_count():
            return numbers, pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
        odd = read.with_row_index("at").filter(pl.col("number").is_null())
        meant = {text: read_called(text, self.region) for text in odd["text"].unique().to_list()}
        found = [meant[text] for text in odd["text"].to_list()]
        numbers = numbers.scatter(odd["at"], pl.Series([number for number, _ in found], dtype=pl.UInt64))
        long = pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
        return numbers, long.scatter(
            odd["at"], pl.Series([too_long for _, too_long in found], dtype=pl.Boolean)
        )


@cache
def _doubled() -> str:
    """Every country's code with the prefix of calls within it behind. Reads what the library knows of all of them, so once."""
    return "|".join(
        f"{code}{plan.national_prefix}"
        for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
        if (plan := PhoneMetadata.metadata_for_region(regions[0])) is not None and plan.national_prefix
    )


#: The readers of each region that nobody uses just now.
_FREE: dict[str, list[Numbers]] = {}


@contextmanager
def reading(region: str) -> Iterator[Numbers]:
    """A reader of a region that nobody else uses meanwhile, with all that it remembers.

    Batches may be read at once, and what is remembered changes as it is read; so there are as many
    readers as there are batches at once, and the same one again where there is one.
    """
    free = _FREE.setdefault(region, [])
    try:
        numbers = free.pop()
    except IndexError:
        numbers = Numbers(region)
    try:
        yield numbers
    finally:
        free.append(numbers)


def read_shown(text: str | None, region: str) -> Shown:
    """What one spelling of a shown number means, the plain way."""
    hidden = withheld(text)
    if hidden is not None:
        return Shown(None, hidden, None)
    number, too_long, parsed = _reading(text, region)
    if number is None:
        return Shown(None, UNAVAILABLE, None, too_long)
    return Shown(number, ALLOWED, "not_dialable" if parsed is None else defect(parsed))


def read_called(text: str, region: str) -> tuple[int | None, bool]:
    """(E.164 digits or None, too long) of one dialled number, the plain way.

    What `read_shown` says of the same text: calls to a number are those to the number that was shown.
    """
    if withheld(text) is not None:
        return None, False
    number, too_long, _ = _reading(text, region)
    return number, too_long


def _reading(text: str, region: str) -> tuple[int | None, bool, PhoneNumber | None]:
    """(E.164 digits or None, too long, as the library read it) of a text that stands for a number."""
    body = _body(text)
    digits = _digits(body)
    if digits is None:
        return None, False, None
    if len(digits) > 2 * LONGEST:
        return None, True, None
    try:
        parsed = _parsed(body, digits, region)
    except phonenumbers.NumberParseException:
        parsed = None
    number = 0 if parsed is None else _e164(parsed)
    if not 0 < number < 10**LONGEST:
        # Not one that only the country's code in front has made too long.
        number = int(digits) if len(digits) <= LONGEST else 0
    return number or None, len(digits) > LONGEST and not number, parsed


def _parsed(body: str, digits: str, region: str) -> PhoneNumber:
    """As a number of the country; where it has none like that, as one of another without the plus, if that is one.

    Raises `NumberParseException`.
    """
    parsed = phonenumbers.parse(body, region)
    plan = PhoneMetadata.metadata_for_region(region)
    national = phonenumbers.national_significant_number(parsed)
    if (
        parsed.country_code != plan.country_code
        or phonenumbers.is_valid_number(parsed)  # also of another country that shares the code
        or defect(parsed) is None
        # Where nothing stands before a national number, it is not told from another's by what is missing.
        or (not plan.national_prefix and re.fullmatch(plan.general_desc.national_number_pattern, national))
    ):
        return parsed
    try:
        foreign = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return parsed
    return foreign if phonenumbers.is_valid_number(foreign) else parsed


def _e164(parsed: PhoneNumber) -> int:
    return int(phonenumbers.format_number(parsed, PhoneNumberFormat.E164)[1:])


def withheld(text: str | None) -> str | None:
    """`restricted` or `unavailable` where a text stands for a number that is not shown; else None."""
    if text is None:
        return RESTRICTED
    if _ANONYMOUS_HOST in text.casefold():
        return RESTRICTED
    body = _address(text).casefold()
    body = (
        body.removeprefix("sips:")
        .removeprefix("sip:")
        .removeprefix("tel:")
        .partition("@")[0]
        .partition(";")[0]
    )
    word = "".join(letter for letter in body if letter.isalnum() or letter in "+-")
    if word.replace("-", "") in _TEXTS_RESTRICTED:
        return RESTRICTED
    if word.replace("-", "") in _TEXTS_UNAVAILABLE:
        return UNAVAILABLE
    if word in ("", "+", "-", "-1", "-2", "null", "none", "na"):
        return RESTRICTED
    digits = word.lstrip("+")
    if digits.isdigit() and not digits.strip("0"):
        return RESTRICTED
    for prefix in ("", "1", "001"):
        keys = digits.removeprefix(prefix)
        if keys in _KEYS_RESTRICTED:
            return RESTRICTED
        if keys in _KEYS_UNAVAILABLE:
            return UNAVAILABLE
    return None


def pretty(number: int) -> str:
    """A number as people read it: +31 20 012 3456."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return f"+{number}"
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def _address(text: str) -> str:
    """The first address of a SIP header; what is none stays as it is."""
    named = _NAMED.match(text)
    return (text if named is None else named[1]).strip().strip('"<>')


def _body(text: str) -> str:
    """A number without what is around it in a SIP address; keeps a plus and what separates digits."""
    body = _address(text)
    for scheme in ("sips:", "sip:", "tel:"):
        if body[: len(scheme)].casefold() == scheme:
            body = body[len(scheme) :]
    body = _CLIR.sub("", body.partition("@")[0].partition(";")[0].strip())
    # A numbering plan has no letters; a filler `f` stands behind numbers of odd length in BCD.
    return body.removesuffix("f").removesuffix("F") if body[:-1].lstrip("+").isdigit() else body


def _digits(body: str) -> str | None:
    """The digits of a number; None where it has letters or nothing."""
    kept = "".join(letter for letter in body if letter.isascii() and letter.isdigit())
    return None if not kept or any(letter.isalpha() for letter in body) else kept
