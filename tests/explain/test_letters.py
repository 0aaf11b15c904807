"""What a letter says of itself: what an update changes, of when its figures are, and what call records can't show."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from monitor.alert import Alert, Basis, Before, Evidence, Measured, Reason, Window
from monitor.explain import LANGUAGES, explain, together
from monitor.policy import Policy
from tests.explain.alerts import alert, linked, measures
from tests.explain.test_explain import words

NL = Policy.load("nl")


def reason(family: str, measure: str, value: float, threshold: float, **exposure: float) -> Reason:
    return Reason(
        family=family, measure=measure, value=value, threshold=threshold, exposure=exposure, strong=True, clears_when=""
    )  # fmt: skip


def of(kind: str, basis: str, *reasons: Reason, **change: object) -> Alert:
    """An alert about an organisation, with these reasons."""
    policy = Basis(profile="nl", version=NL.version, basis=basis)
    return alert(**{"kind": kind, "number": None, "reasons": list(reasons), "policy": policy} | change)


WITHHELD = reason("anonymous_calls", "withheld_share", 0.599, 0.05, calls=524, withheld=314)
AGAIN = reason("recontact", "same_number_share", 0.02, 0.6, called_again=50)
ENDED = reason(
    "churn", "survival_at_use_term", 0.1, 0.7, numbers_ended=6, turnovers=2, usual_life_days=60, calls_back=40, answered_share=0.05
)  # fmt: skip


def told(severity: str, *reasons: tuple[str, str, float]) -> Before:
    return Before(
        severity=severity, reasons=[Measured(family=each[0], measure=each[1], value=each[2]) for each in reasons]
    )  # fmt: skip


def test_an_update_says_what_stood_before_and_when_it_was_told_first() -> None:
    """The severity and each figure that is another one, and not the kind, which is the same."""
    before = told("medium", ("anonymous_calls", "withheld_share", 0.077))
    said = explain(
        of("anonymous_calls", "tw-11.7", WITHHELD, status="update", severity="high", before=before), NL
    )
    assert said["nl"].startswith(
        "Bijgewerkt bij bakker: oproepen met afgeschermd nummer. Voor het eerst gemeld op 1 maart 2026; de ernst was middelhoog "
        "en is nu hoog.\n\n"
    )
    assert "In de vorige melding stond hier 7,7% in plaats van 59,9%.\n" in said["nl"]
    assert said["en"].startswith(
        "Updated at bakker: calls with the number withheld. First reported on 1 March 2026; its severity was medium and is now "
        "high.\n\n"
    )
    assert "The report before said 7.7% instead of 59.9%.\n" in said["en"]


def test_what_reads_as_before_is_not_said_to_have_changed_and_other_reasons_are_counted() -> None:
    """A figure that differs in what is not printed is the same to a reader."""
    before = told("low", ("recontact", "same_number_share", 0.02001), ("dialler", "index_of_dispersion", 0.1))
    said = explain(of("number_carousel", "ksf-2022", ENDED, AGAIN, status="update", before=before), NL)
    assert "vorige melding stond" not in said["nl"]
    assert "de ernst was" not in said["nl"]
    assert (
        "gemeld op 1 maart 2026. 1 reden uit de vorige melding wordt niet meer genoemd. 1 reden is nieuw.\n"
        in said["nl"]
    )
    assert "1 reason of the report before is no longer given. 1 reason is new.\n" in said["en"]


def test_an_update_of_a_version_before_says_only_that_it_is_one() -> None:
    """It does not note what was told before."""
    said = explain(of("anonymous_calls", "tw-11.7", WITHHELD, status="update"), NL)
    assert "Voor het eerst gemeld op 1 maart 2026.\n" in said["nl"]
    assert "vorige" not in said["nl"]


@pytest.mark.parametrize(("family", "measure"), sorted(measures()))
def test_a_figure_of_before_is_written_as_the_sentence_writes_it(family: str, measure: str) -> None:
    """A share as a share in both languages, where the sentence has the value at all."""
    forms = {
        tuple(re.findall(r"reason\.value \| (?:round \| )?(share|number|count)", words(language)["measures"][f"{family}.{measure}"])[:1])
        for language in LANGUAGES
    }  # fmt: skip
    assert len(forms) == 1
    assert forms != {()} or measure in ("numbers_used_once", "phoenix_line") or family == "invalid_number"


def test_figures_of_an_alert_that_is_over_are_said_to_be_of_their_days() -> None:
    """The last week that they speak of is not the one before the end."""
    window = Window(since=datetime(2026, 1, 5, tzinfo=UTC), to=datetime(2026, 2, 4, tzinfo=UTC))
    said = explain(of("anonymous_calls", "tw-11.7", WITHHELD, status="resolved", window=window), NL)
    assert (
        "In de laatste melding (bekeken: 5 januari 2026 tot en met 3 februari 2026, dagen in UTC) stond:\n"
        in said["nl"]
    )
    assert "The last report (looked at: 5 January 2026 to 3 February 2026, days in UTC) said:\n" in said["en"]


def test_a_succession_is_said_to_end_by_its_age_and_not_by_lasting() -> None:
    """It is not looked at when the successor began a term ago, whether or not that still calls."""
    before = reason("churn", "life_of_predecessor", 26, 90, short_lives=1)
    heir = linked().model_copy(update={"reasons": [*linked().reasons, before]})
    said = explain(heir, NL)
    assert (
        "of als haar eerste oproep 90 dagen geleden is, ook als zij eerder ophoudt met bellen: daarna"
        in said["nl"]
    )
    assert "or when its first call is 90 days ago, also if it stops calling before: after that" in said["en"]
    over = explain(heir.model_copy(update={"status": "resolved"}), NL)
    assert (
        "uitgebleven, of was haar eerste oproep zo lang geleden dat dit niet meer wordt bekeken."
        in over["nl"]
    )
    assert "or its first call was so long ago that this is not looked at any more." in over["en"]
    assert (
        "eerste oproep"
        not in explain(of("anonymous_calls", "tw-11.7", WITHHELD, status="resolved"), NL)["nl"]
    )


def test_for_how_long_it_takes_to_clear_an_alert_is_said() -> None:
    """As the policy has it; nothing where a day is enough, or no policy is at hand."""
    carousel = of("number_carousel", "ksf-2022", AGAIN)
    assert (
        "gehoor krijgt. Zij vervalt nadat dat 14 dagen achtereen zo is geweest.\n"
        in explain(carousel, NL)["nl"]
    )
    assert (
        "answered. It is cleared once that has been so for 14 days in a row.\n" in explain(carousel, NL)["en"]
    )
    for each in (explain(carousel), explain(of("anonymous_calls", "tw-11.7", WITHHELD), NL)):
        assert "achtereen" not in each["nl"]
        assert "in a row" not in each["en"]


def test_what_clears_an_alert_is_said_in_the_figures_that_are_applied() -> None:
    """Days, calls and shares; an alert of a version before, which lacks them, says it without."""
    number = reason("invalid_number", "not_dialable", 0.1, 0, calls=9)
    known = number.model_copy(update={"exposure": {"calls": 9, "window_days": 28, "least_calls": 5}})
    said = {each: explain(alert(kind="invalid_number", reasons=[each_]), NL) for each, each_ in (("known", known), ("before", number))}  # fmt: skip
    assert "vervalt als in 28 dagen minder dan 5 oproepen het nummer tonen." in said["known"]["nl"]
    assert "when in 28 days fewer than 5 calls show the number." in said["known"]["en"]
    assert "als wekenlang vrijwel geen oproep het nummer toont." in said["before"]["nl"]
    answered = AGAIN.model_copy(update={"exposure": AGAIN.exposure | {"reached_share": 0.55}})
    assert (
        "of ten minste 55% van wie terugbelt gehoor krijgt."
        in explain(of("number_carousel", "ksf-2022", answered))["nl"]
    )
    shown = {"calls": 60_000, "undialable": 200, "days": 5, "not_dialable": 200, "unallocated": 0, "wrong_class": 0,
             "lasting_days": 14, "least_calls": 5, "window_days": 28, "cleared_at_most": 3}  # fmt: skip
    many = explain(
        of("invalid_number", "nummerplan", reason("invalid_number", "undialable_numbers", 40, 5, **shown)), NL
    )
    assert (
        "als van de nummers die in 14 dagen zijn getoond, en elk in ten minste 5 oproepen van 28 dagen, ten hoogste 3 niet te bellen zijn"
        in many["nl"]
    )
    assert (
        "of the numbers that were shown in 14 days, and each in at least 5 calls of 28 days, at most 3 can't"
        in many["en"]
    )


def test_what_call_records_do_not_show_is_said_where_the_basis_asks_for_it() -> None:
    """A rule on unsolicited calls, or on telemarketing, is not about all calls; a proposal on numbers is."""
    unseen = {
        "nl": "Waarover werd gebeld, en of het ",
        "en": "What the calls were about, and whether they were ",
    }
    reached = reason("unreachable_number", "answered_share", 0.03, 0.2, inbound=60)
    for kind, basis, each, known in (
        ("anonymous_calls", "tw-11.7", WITHHELD, True),
        ("unreachable_number", "code-telemarketing-2024", reached, True),
        ("number_carousel", "ksf-2022", AGAIN, False),
    ):
        found = of(kind, basis, each, number="+31201234567")
        for language in LANGUAGES:
            assert (unseen[language] in explain(found, NL)[language]) == known
    assert "De termijn is hier geteld vanaf de laatste oproep met het nummer." in explain(found := of("unreachable_number", "code-telemarketing-2024", reached), NL)["nl"]  # fmt: skip
    assert "unsolicited" not in explain(found, NL)["en"]
    pair = [
        of("unreachable_number", "code-telemarketing-2024", reached, number=f"+3120123456{at}")
        for at in (7, 8)
    ]
    assert together(pair, NL)["nl"].count(unseen["nl"]) == 1


def test_persons_and_answers_are_said_to_be_numbers_and_voicemail_too_once() -> None:
    """Where they are spoken of, however many reasons do."""
    persons, voicemail = (
        "Met personen en mensen zijn gebelde nummers bedoeld",
        "Een oproep die een voicemail aanneemt, telt als beantwoord.",
    )
    people = explain(of("number_carousel", "ksf-2022", ENDED, AGAIN), NL)["nl"]
    assert (people.count(persons), people.count(voicemail)) == (1, 1)
    assert persons in explain(linked(), NL)["nl"]
    reached = reason("unreachable_number", "answered_share", 0.03, 0.2, inbound=60)
    none = explain(of("unreachable_number", "code-telemarketing-2024", reached), NL)["nl"]
    assert (none.count(persons), none.count(voicemail)) == (0, 1)
    withheld = explain(of("anonymous_calls", "tw-11.7", WITHHELD), NL)["nl"]
    assert (withheld.count(persons), withheld.count(voicemail)) == (0, 0)


def test_by_what_a_need_for_numbers_is_reckoned_is_said() -> None:
    """It is a measure of Nummerwacht's own, which nobody finds in a source."""
    spread = reason(
        "dispersion", "effective_over_needed_numbers", 12.7, 1.5,
        effective_numbers=14.27, needed_numbers=1.12, calls_a_day=112, calls=5410, days=58, calls_a_number_a_day=100,
    )  # fmt: skip
    said = explain(of("number_carousel", "ksf-2022", spread), NL)
    assert (
        "Gerekend is met 100 oproepen per nummer per dag, een maat van Nummerwacht, en met niet meer nummers"
        in said["nl"]
    )
    assert (
        "reckoned with 100 calls a number and day, a measure of Nummerwacht's own, and with no more numbers"
        in said["en"]
    )


def test_counts_that_are_weighed_are_said_to_be_and_have_the_whole_ones_beside_them() -> None:
    """No reader finds six tenths of a percent of 120 calls."""
    known = {"inbound": 120, "answered": 0.67, "numbers": 6, "inbound_in_all": 214, "answered_in_all": 2}
    said = explain(of("unreachable_number", "code-telemarketing-2024", reason("unreachable_number", "answered_share_together", 0.0056, 0.2, **known)), NL)  # fmt: skip
    assert "Van 120 meegetelde oproepen naar 6 nummers samen is 0,6%" in said["nl"]
    assert (
        "gewogen aantallen; in ongeveer een maand kwamen er 214 oproepen binnen, waarvan er 2 zijn beantwoord."
        in said["nl"]
    )
    assert "weighted counts; in about a month 214 calls came in, of which 2 were answered." in said["en"]


def _unallocated(number: str, **exposure: float) -> dict[str, str]:
    each = reason("invalid_number", "unallocated", 0.1, 0, calls=9, **exposure)
    return explain(of("invalid_number", "nummerplan", each, number=number), NL)


def test_that_nobody_has_a_range_is_said_of_numbers_whose_length_is_known_and_by_which_table() -> None:
    """A number of another country may be merely too short, and so may one of which a version before noted no more."""
    ranged, abroad, before = (
        _unallocated("+31671234567", not_valid=0),
        _unallocated("+4915112345", not_valid=9),
        _unallocated("+4915112345"),
    )
    assert (
        "Volgens de gebruikte nummertabellen (libphonenumber) ligt het nummer in een reeks die aan niemand is uitgegeven."
        in ranged["nl"]
    )
    assert (
        "By the number tables used (libphonenumber), the number lies in a range that is given to nobody."
        in ranged["en"]
    )
    for each in (abroad, before):
        assert "Volgens de gebruikte nummertabellen (libphonenumber) is dit geen geldig nummer." in each["nl"]
        assert "aan niemand" not in each["nl"]
        assert "given to nobody" not in each["en"]


def test_the_plan_of_one_country_is_no_basis_for_numbers_of_another() -> None:
    """Of one number, of several in a table, and of those that an organisation shows."""
    ours, theirs = _unallocated("+31671234567", not_valid=0), _unallocated("+4915112345", not_valid=9)
    assert "Grondslag: Nummerplan" in ours["nl"]
    assert "Grondslag:" not in theirs["nl"]
    assert (
        "die alleen over nummers met landnummer +31 gaat, maar aan nummertabellen (libphonenumber)."
        in theirs["nl"]
    )
    assert "Basis:" not in theirs["en"]
    assert (
        "only about numbers with the country code +31, but against number tables (libphonenumber)."
        in theirs["en"]
    )
    each = reason("invalid_number", "unallocated", 0.1, 0, calls=9)
    pair = [
        of("invalid_number", "nummerplan", each, number=number) for number in ("+31671234567", "+4915112345")
    ]
    some = "Dat gaat alleen over nummers met landnummer +31; andere zijn getoetst aan nummertabellen (libphonenumber)."
    assert some in together(pair, NL)["nl"]
    assert some not in together(pair[:1], NL)["nl"]
    assert "Grondslag:" not in together(pair[1:], NL)["nl"]
    shown = {
        "calls": 600,
        "undialable": 60,
        "days": 4,
        "not_dialable": 0,
        "unallocated": 60,
        "wrong_class": 0,
        "numbers": 1,
    }
    for known, said in (
        ({"elsewhere": 9, "not_valid": 9}, True),
        ({"elsewhere": 0, "not_valid": 0}, False),
        ({}, True),
    ):
        share = reason("invalid_number", "undialable_share", 0.1, 0.05, **shown | known)
        assert (some in explain(of("invalid_number", "nummerplan", share), NL)["nl"]) == said
    both = explain(of("invalid_number", "nummerplan", reason("invalid_number", "undialable_share", 0.1, 0.05, **shown | {"not_valid": 9})), NL)  # fmt: skip
    assert "Het was 1 nummer: in 51 oproepen een nummer uit een reeks die volgens" in both["nl"]
    assert (
        "aan niemand is uitgegeven, in 9 oproepen een nummer dat volgens de gebruikte nummertabellen (libphonenumber) niet"
        in both["nl"]
    )
    assert "It was 1 number: in 51 calls a number of a range that by" in both["en"]


def test_who_shares_numbers_reads_what_the_end_of_which_alert_is_meant() -> None:
    """That it is a number carousel is said."""
    shared = reason(
        "recycling", "numbers_of_others", 0.9, 0.25,
        numbers=80, numbers_known=80, numbers_shared=74, organisations=2, users_of_a_number=3, on_one_day=5,
    )  # fmt: skip
    evidence = Evidence.over().model_copy(update={"related": ["slager"]})
    said = explain(of("number_carousel", "ksf-2022", shared, evidence=evidence), NL)
    assert "of over haar geen andere melding van een nummercarrousel meer open is." in said["nl"]
    assert "or no other alert of a number carousel is open about it." in said["en"]
