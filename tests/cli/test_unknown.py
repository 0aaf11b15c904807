"""What is said of names in a reference that no call has."""

from __future__ import annotations

from monitor.reference import Reference
from streams.cli.unknown import uncalled


def test_wherever_a_reference_names_an_organisation_it_is_looked_for():
    """By class, by account, by range, by exemption and by declared event."""
    reference = Reference.load(
        """
        organisations: {bakker: {class: charity}, kaper: {}}
        accounts: [{account: "1", organisation: acht}]
        ranges: [{prefix: "+3188", organisation: range}]
        exemptions: [{organisation: exempted, rules: [anonymous_calls], reason: granted}]
        declarations: [{event: renumbering, on: 2026-03-01, organisation: moved}]
        """
    )
    said = uncalled(reference, {"bakker", "quite another"})
    assert "'acht', 'exempted', 'kaper', 'moved', 'range'. Is" in said
    assert uncalled(reference, {"bakker", "kaper", "acht", "range", "exempted", "moved"}) is None


def test_who_went_on_as_another_and_who_calls_for_others_has_no_calls_by_right():
    """A merger may be of long ago, and a bureau's calls are those of its principals."""
    reference = Reference.load(
        """
        organisations: {slager: {}, desk: {name: The Desk}}
        accounts: [{account: "1", organisation: bakker, bureau: desk}]
        declarations: [{event: merger, on: 2026-03-01, organisation: bakker, formerly: [slager]}]
        """
    )
    assert uncalled(reference, {"bakker"}) is None


def test_a_few_are_named_and_first_those_that_may_be_mistyped():
    """A reference of a country's organisations is not a screen of names; and what it has itself is no mistake of another."""
    names = [f"firm-{at:03}" for at in range(1_000)]
    reference = Reference.load({"organisations": {name: {} for name in [*names, "Zuivell"]}})
    said = uncalled(reference, {"firm-000", "zuivel", *(f"q{at}" for at in range(100))})
    assert said.count("did you mean") == 1
    assert (
        ": 'Zuivell' (did you mean 'zuivel'?), 'firm-001', 'firm-002', 'firm-003', 'firm-004', and 995 others."
        in said
    )
