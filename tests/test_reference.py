"""What is known of organisations: a closed form, and mistakes that are told with their place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.day.usage import day_of
from monitor.policy import ShortTenure
from monitor.reference import Reference, WrongReference

WHOLE = """
organisations: {bakker: {class: charity}}
accounts:
  - {account: "1001", organisation: bakker}
  - {feed: north, trunk: SIP/7, organisation: bakker, bureau: desk, from: 2026-01-01}
ranges:
  - {prefix: "+3188", organisation: bakker}
  - {first: "+31880000000", last: "+31880000999", organisation: kruidenier, until: 2026-03-01}
exemptions: [{organisation: bakker, rules: [short_tenure, anonymous_calls], reason: granted}]
declarations: [{event: merger, on: 2026-02-01, organisation: bakker, formerly: [slager]}]
"""


def test_every_entry_has_a_key() -> None:
    """A key is made of what an entry says, so that nobody has to give it a name."""
    assert list(Reference.load(WHOLE).entries()) == [
        "organisation/bakker",
        "account/*/*/1001",
        "trunk/north/2026-01-01/SIP/7",
        "range/*/3188*",
        "range/*/31880000000-31880000999",
        "exemption/*/anonymous_calls,short_tenure/bakker",
        "declaration/2026-02-01/merger/bakker",
    ]


def test_names_are_those_of_records_which_have_no_blanks_around_them() -> None:
    """What a program wrote with blanks for a table is meant for the same organisation, account and trunk."""
    padded = WHOLE.replace("bakker", '" bakker "').replace('"1001"', '"1001 "').replace("SIP/7", '" SIP/7"')

    assert Reference.load(padded).entries() == Reference.load(WHOLE).entries()
    assert Reference.load(padded).rules("north") == Reference.load(WHOLE).rules("north")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("range: []", ["range: unknown key; did you mean 'ranges'?"]),
        ("ranges: 3", ["ranges: must be a list"]),
        (
            "organisations: {slager: {}, bakker: {clas: charity, exempt: x}}",
            [
                "organisations.bakker.clas: unknown key; did you mean 'class'?",
                "organisations.bakker.exempt: unknown key; known here: class, name",
            ],
        ),
        (
            'ranges: [{prefix: "+31", organization: x}, {prefix: "088", organisation: x}]\naccounts: [{account: "1"}]',
            [
                "accounts.0: says neither organisation nor bureau",
                "ranges.0.organization: unknown key; did you mean 'organisation'?",
                "ranges.1: prefix begins with 0; numbers are E.164: +31880000000, not 0880000000",
            ],
        ),
        (
            "exemptions: [{organisation: x, rules: [], reason: y}]",
            ["exemptions.0.rules: names no rule, so it exempts from nothing"],
        ),
        ('ranges: [{first: "+3188", organisation: x}]', ["ranges.0: first and last go together"]),
        (
            'ranges: [{first: "+3188000", last: "+31880009", organisation: x}]',
            ["ranges.0: first and last do not have as many digits"],
        ),
        (
            'ranges: [{prefix: "+31", first: "+318", last: "+319", organisation: x}]',
            ["ranges.0: give either prefix, or first and last"],
        ),
        ("ranges: [{organisation: x}]", ["ranges.0: give either prefix, or first and last"]),
        ("accounts: [{organisation: x}]", ["accounts.0: give either account or trunk"]),
        (
            "accounts: [{account: 1001, organisation: x}]",
            ["accounts.0.account: must be a text; put it between quotes"],
        ),
        (
            "accounts: [{account: yes, organisation: [x]}]",
            [
                "accounts.0.account: must be a text; put it between quotes",
                "accounts.0.organisation: must be a text",
            ],
        ),
        (
            'accounts: [{account: "1", organisation: x, from: 2026-02-01, until: 2026-01-01}]',
            ["accounts.0: until lies before from"],
        ),
        (
            "exemptions: [{organisation: x, rules: short_tenure, reason: granted}]",
            ["exemptions.0.rules: must be a list"],
        ),
        (
            "exemptions: [{organisation: x, rules: [anonymous_call], reason: granted}]",
            ["exemptions.0.rules: no rule is called 'anonymous_call'; did you mean 'anonymous_calls'?"],
        ),
        (
            "exemptions: [{organisation: x, rules: [short_tenure], reason: y, from: 2026-02-01, until: 2026-01-01}]",
            ["exemptions.0: until lies before from"],
        ),
        (
            'ranges: [{prefix: "+31", organisation: x}, {prefix: "31", organisation: y}]',
            ["range/*/31* is given twice"],
        ),
    ],
)
def test_each_mistake_is_told_with_its_place(text: str, said: list[str]) -> None:
    """All of them at once, in the words of whoever wrote the file."""
    with pytest.raises(WrongReference) as error:
        Reference.load(text)
    told = str(error.value).splitlines()
    assert len(told) == len(said)
    assert all(line.startswith(start) for line, start in zip(told, said, strict=True))


def test_a_rule_binds_those_of_its_classes_that_have_no_exemption() -> None:
    """On the days on which both hold; who is not named is commercial."""
    reference = Reference.load(
        """
        organisations: {kerk: {class: charity}}
        exemptions: [{organisation: slager, rules: [short_tenure], from: 2026-01-10, until: 2026-01-20, reason: granted}]
        """
    )
    rule = ShortTenure.model_validate({"from": "2026-01-05", "until": "2026-02-01", "basis": "none"})
    found = {
        day: [
            reference.bound("short_tenure", rule, day_of(datetime(2026, 1, day, tzinfo=UTC)))(name)
            for name in ("bakker", "slager", "kerk")
        ]
        for day in (4, 5, 10, 20, 21)
    }
    assert found == {
        4: [False, False, False],
        5: [True, True, False],
        10: [True, False, False],
        20: [True, False, False],
        21: [True, True, False],
    }
    assert reference.bound("anonymous_calls", rule, day_of(datetime(2026, 1, 10, tzinfo=UTC)))("slager")


def test_an_event_soon_after_another_explains_nothing() -> None:
    """One each quarter is enough for whoever moves; who takes others over may do so as often as it likes."""
    reference = Reference.load(
        """
        declarations:
        - {event: renumbering, on: 2026-01-01, organisation: a}
        - {event: porting, on: 2026-04-01, organisation: a}
        - {event: renumbering, on: 2026-07-01, organisation: a}
        - {event: renumbering, on: 2026-01-10, organisation: b}
        - {event: merger, on: 2026-02-01, organisation: c, formerly: [d]}
        - {event: merger, on: 2026-02-02, organisation: c, formerly: [e]}
        """
    )
    explaining = {event.key for event in reference.explaining(90)}
    assert {event.key for event in reference.declarations} - explaining == {
        "declaration/2026-04-01/porting/a"
    }
