"""Numbers: every spelling of "withheld", E.164 of what a switch writes, and what is wrong with a shown one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import hypothesis.strategies as st
import numpy as np
import phonenumbers
import polars as pl
import pytest
from hypothesis import example, given, settings

from monitor.number import LONGEST, Numbers, pretty, read_called, read_shown, reading, withheld
from monitor.numbering.plan import number_class
from monitor.simulate.numbers import SPOILS, Register, spoil

RESTRICTED = [
    *(
        None,
        "",
        " ",
        "anonymous",
        "Anonymous",
        "ANONYMOUS",
        "restricted",
        "private",
        "Private",
        "blocked",
        "withheld",
    ),
    *(
        "No Caller ID",
        "no caller id",
        "NoCallerID",
        "0",
        "0000000000",
        "+00",
        "+0000000000",
        "-1",
        "-2",
        "anoniem",
    ),
    *("anonymous@anonymous.invalid", "sip:anonymous@anonymous.invalid", "<sip:anonymous@anonymous.invalid>"),
    *('"Anonymous" <sip:anonymous@anonymous.invalid>', '"Bakker" <sip:Restricted@192.0.2.1>', '"Bakker" <>'),
    *(
        "266696687",
        "+266696687",
        "1266696687",
        "+1266696687",
        "7378742833",
        "+17378742833",
        "2562533",
        "+12562533",
    ),
]
RESTRICTED += [
    "Private Number",
    "CALLER ID BLOCKED",
    "Anonymous caller",
    "number withheld",
    "Geheim nummer",
    "Privénummer",
]
UNAVAILABLE = [
    "unknown",
    "Unknown",
    "unavailable",
    "UNAVAILABLE",
    "onbekend",
    "8656696",
    "+8656696",
    "86282452253",
    "+186282452253",
]


@pytest.mark.parametrize("text", RESTRICTED)
def test_every_spelling_of_withheld_is_no_number(text: str | None) -> None:
    """It is withheld, and never a number that many share."""
    assert withheld(text) == "restricted"
    shown = Numbers("NL").shown(pl.Series([text], dtype=pl.String)).row(0, named=True)
    assert (shown["number"], shown["presentation"], shown["defect"]) == (None, "restricted", None)


@pytest.mark.parametrize("text", UNAVAILABLE)
def test_what_a_network_could_not_tell_is_unavailable(text: str) -> None:
    """Nobody withheld it, and it is no number either."""
    assert withheld(text) == "unavailable"


SPELLINGS = {
    "+31201234567": 31201234567, "0201234567": 31201234567, "020-1234567": 31201234567, "(020) 123 45 67": 31201234567,
    "0031201234567": 31201234567, "31201234567": 31201234567, "sip:+31201234567@carrier.invalid": 31201234567,
    "tel:+31-20-123-4567": 31201234567, "+31201234567;verstat=TN-Validation-Passed": 31201234567, "+31201234567f": 31201234567,
    "+31(0)201234567": 31201234567, "#31#0201234567": 31201234567, "*31#+31201234567": 31201234567, "0612345678": 31612345678, "+49301234567": 49301234567, "0049301234567": 49301234567, "14020": 3114020,
    '"Bakker 24/7" <sip:+31201234567@carrier.invalid>;tag=1': 31201234567, "Bakker & Zn. <tel:+31-20-123-4567>": 31201234567,
    '"a \\"b\\" <c@d>" <sip:0201234567@pbx.invalid>': 31201234567, '"0611111111" <sip:+31201234567@pbx.invalid>': 31201234567,
    "0611111111@x <sip:0201234567@y>": 31201234567, "<sip:+31201234567@a.invalid>, <tel:+31611111111>": 31201234567,
}  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_spellings_of_a_shown_number(text: str) -> None:
    """However a switch writes a number of its country or another, it is one number."""
    assert read_shown(text, "NL").number == SPELLINGS[text]


@pytest.mark.parametrize("text", ["112", "1233", "14020", "140318", "116123"])
def test_short_codes_are_one_number_shown_or_called(text: str) -> None:
    """A number that only this country knows has its code in front, so that calls back are those to the number shown."""
    called, _ = Numbers("NL").digits(pl.Series([text]))
    assert read_called(text, "NL")[0] == read_shown(text, "NL").number == called[0] == int(f"31{text}")


@pytest.mark.parametrize(
    "number", [4915112345678, 447911123456, 3225551234, 33612345678, 32470123456, 12025550123]
)
def test_a_number_of_another_country_is_read_without_its_plus(number: int) -> None:
    """Where the country has no number like that: a switch that leaves out the plus does so with all."""
    assert read_shown(str(number), "NL") == read_shown(f"+{number}", "NL")
    assert read_shown(str(number), "NL").number == number
    called, _ = Numbers("NL").digits(pl.Series([str(number), f"+{number}", f"00{number}"]))
    assert called.to_list() == [number] * 3


def test_a_number_may_have_as_many_digits_as_e164_allows() -> None:
    """Fifteen digits are a number, if a wrong one here; sixteen are none, and the country's code is not counted among them."""
    fifteen = read_shown("+49" + "1" * (LONGEST - 2), "NL")
    assert (fifteen.number, fifteen.too_long) == (int("49" + "1" * (LONGEST - 2)), False)
    assert read_shown("+49" + "1" * (LONGEST - 1), "NL").too_long
    fourteen = read_shown("12345678901234", "NL")
    assert (fourteen.number, fourteen.defect, fourteen.too_long) == (12345678901234, "not_dialable", False)


some_numbers = st.one_of(
    st.from_regex(r"\+31[0-9]{6,11}", fullmatch=True),
    st.from_regex(r"0[0-9]{6,12}", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{5,16}", fullmatch=True),
    st.from_regex(r"(00)?31[0-9]{7,10}", fullmatch=True),
    st.sampled_from(
        [t for t in RESTRICTED + UNAVAILABLE if t] + list(SPELLINGS) + ["x", "12 34", "call me", "٠١٢٣٤٥٦٧٨"]
    ),
    st.text(max_size=12),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(some_numbers, max_size=20))
@example(["+17378742833", "+31970123456", "+31850000001", "+31880000001", "+31900123456"])
def test_the_column_way_reads_shown_numbers_as_the_plain_way_does(texts: list[str]) -> None:
    """What is read all at once is what the library says of each alone, also in a country that shares its code."""
    for region in ("NL", "US", "DE"):
        together = Numbers(region).shown(pl.Series(texts, dtype=pl.String))
        alone = [read_shown(text, region) for text in texts]
        assert together.rows() == [(s.number, s.presentation, s.defect, s.too_long) for s in alone]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(some_numbers | st.none(), st.booleans()), max_size=20))
@example([("+17378742833", False), ("+266696687", False), ("+31970123456", False), ("+31970123456", True)])
@example(
    [("+310201234567", False), (None, False), (None, True), ("+31201234567", False), ("anonymous", False)]
)
def test_the_column_way_reads_callers_as_the_plain_way_does(shown: list[tuple[str | None, bool]]) -> None:
    """Who calls an organisation is read as the library does, all but whether the number is good."""
    for region, code in (("NL", "31"), ("DE", "49")):
        texts = pl.Series([text for text, _ in shown], dtype=pl.String)
        together = Numbers(region).shown(texts, np.array([ours for _, ours in shown], bool))
        for (text, ours), read in zip(shown, together.rows(), strict=True):
            wanted = read_shown(text, region)
            if ours:
                assert read == (wanted.number, wanted.presentation, wanted.defect, wanted.too_long)
            # Of other countries it is not known here which prefix they would have left in.
            elif wanted.number is None or str(wanted.number).startswith(code):
                assert read[:2] + read[3:] == (wanted.number, wanted.presentation, wanted.too_long)


@settings(max_examples=300, deadline=None)
@given(some_numbers)
@example("0900123456789")
@example("12345678901234")
@example("3161234567890123")
def test_a_text_is_one_number_whether_it_is_shown_or_called(text: str) -> None:
    """So that calls to a number are found with those from it."""
    for region in ("NL", "US", "DE"):
        shown = read_shown(text, region)
        assert read_called(text, region) == (shown.number, shown.too_long)


def test_callers_are_not_remembered() -> None:
    """The numbers of people who call an organisation do not stay in memory."""
    numbers = Numbers("NL")
    numbers.shown(pl.Series([f"+316{n:08}" for n in range(1000)]), np.zeros(1000, bool))
    assert numbers._remembered._size == 0


@settings(max_examples=300, deadline=None)
@given(st.lists(some_numbers, max_size=20))
def test_the_column_way_reads_called_numbers_as_the_plain_way_does(texts: list[str]) -> None:
    """What is read all at once is what the library says of each alone, for numbers that can be dialled."""
    for region, code in (("NL", "31"), ("DE", "49")):
        numbers, long = Numbers(region).digits(pl.Series(texts, dtype=pl.String))
        for text, number, too_long in zip(texts, numbers, long, strict=True):
            wanted, wanted_long = read_called(text, region)
            # Of other countries it is not known here which prefix they would have left in.
            if (
                wanted is not None
                and wanted > 10**6
                and str(wanted).startswith(code)
                and number_class(wanted) != "unallocated"
            ):
                assert (number, too_long) == (wanted, wanted_long), text


@pytest.mark.wide
def test_batches_that_are_read_at_once_have_readers_of_their_own() -> None:
    """Each with numbers that the others have not seen yet gets their meanings, and a reader is used again."""

    def shown(column: pl.Series) -> tuple[Numbers, pl.DataFrame]:
        with reading("NL") as numbers:
            return numbers, numbers.shown(column)

    columns = [
        pl.Series([f"+3185{at:07}" for at in range(first, first + 4_000)] + ["sip:x", f"020 {first}"])
        for first in range(0, 160_000, 2_000)
    ]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shown, columns))
    alone = Numbers("NL")
    assert all(read.equals(alone.shown(column)) for column, (_, read) in zip(columns, found, strict=True))
    assert len({id(numbers) for numbers, _ in found}) <= 5
    assert shown(columns[0])[0] is shown(columns[1])[0]


def test_invented_numbers_are_sound_and_spoiled_ones_are_spoiled_as_they_say() -> None:
    """Simulated traffic has no defect but the one that it is given."""
    minted = Register().mint("somebody", 300, national=True)
    for number in minted.tolist():
        assert read_shown(f"+{number}", "NL").defect is None, number
    for how in SPOILS:
        assert {read_shown(f"+{number}", "NL").defect for number in spoil(minted, how).tolist()} == {how}


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (31201234567, "geographic"), (31612345678, "mobile"), (31850000001, "place_independent"),
        (31910000001, "place_independent"), (31880000001, "company"), (31840000001, "personal"),
        (3197012345678, "machine"), (318001234, "freephone"), (319001234, "premium"), (3114020, "government"),
        (31116123, "harmonised"), (311888, "information"), (31182123456, "geographic"),
    ],
)  # fmt: skip
def test_classes_are_those_of_the_dutch_plan(number: int, name: str) -> None:
    """085 and 091 are place-independent, 088 is a company's, 097 a machine's."""
    assert number_class(number) == name


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("+3120123456", "not_dialable"), ("+312012345678", "not_dialable"), ("+3188123456", "not_dialable"),
        ("+31612345", "not_dialable"), ("+316123456789", "not_dialable"), ("+318512345678", "not_dialable"),
        ("+3191123456", "not_dialable"), ("+31800123", "not_dialable"), ("+3114020123", "not_dialable"),
        ("+31671234567", "unallocated"), ("+31221234567", "unallocated"), ("+31140201", "unallocated"),
        ("+31201234567", None), ("+318001234", None), ("+318001234567", None), ("+3114020", None),
        ("+311888", "wrong_class"),
    ],
)  # fmt: skip
def test_a_number_with_a_digit_too_many_or_too_few_is_in_no_range(text: str, wrong: str | None) -> None:
    """It can't be dialled; that its range is given to nobody would be said of a range that somebody has."""
    assert read_shown(text, "NL").defect == wrong
    assert Numbers("NL").shown(pl.Series([text]))["defect"].to_list() == [wrong]


_E164 = phonenumbers.PhoneNumberFormat.E164


def test_numbers_of_other_countries_without_their_plus_accuse_nobody() -> None:
    """The library's own examples of each country; of Palestine's one is a Dutch number for machines as well."""
    accused = [
        region
        for region in sorted(phonenumbers.SUPPORTED_REGIONS - {"NL", "PS"})
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
        if (example := phonenumbers.example_number_for_type(region, kind)) is not None
        and read_shown(phonenumbers.format_number(example, _E164)[1:], "NL").defect is not None
    ]
    assert accused == []


@pytest.mark.parametrize(
    "text", ["+44 (0)20 7946 0123", "+31(0)20 123 4567", "0044(0)2079460123", "+31201234567"]
)
def test_a_number_with_its_trunk_prefix_left_in_is_one_number_shown_and_called(text: str) -> None:
    """Also with that of another country."""
    called, _ = Numbers("NL").digits(pl.Series([text]))
    assert called.to_list() == Numbers("NL").shown(pl.Series([text]))["number"].to_list()


def test_a_harmonised_number_is_sound() -> None:
    """116 123 is a helpline's, with its country's code too; with more or fewer digits it is nobody's."""
    assert read_shown("+31116123", "NL").defect is None
    assert read_shown("+31116000", "NL").defect is None
    assert read_shown("+3111612", "NL").defect is not None


@pytest.mark.parametrize("area", [180, 181, 182, 183, 184, 186, 187])
def test_towns_whose_area_begins_like_information_numbers_have_sound_ones(area: int) -> None:
    """1888 informs, 0182 is Gouda: whoever calls from there shows a number like any other."""
    text = f"+31{area}123456"
    assert read_shown(text, "NL").defect is None
    assert Numbers("NL").shown(pl.Series([text]))["defect"].to_list() == [None]


def test_a_number_is_written_as_people_read_it() -> None:
    """With its country's code and blanks."""
    assert pretty(31201234567) == "+31 20 123 4567"
