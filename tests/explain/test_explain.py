"""Alerts in words: every measure in both languages, and figures as people read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from importlib import resources

import pytest

from monitor.alert import Basis, Evidence, Number, Reason, Window, clearing
from monitor.config import strict_yaml
from monitor.explain import LANGUAGES, explain, paragraphs
from monitor.explain.formats import FORMATS
from monitor.policy import Policy, WrongPolicy
from tests.explain.alerts import README, alert, measures


def words(language: str) -> dict:
    """The texts of a language, as they are written."""
    return strict_yaml.read(
        resources.files("monitor.explain").joinpath(f"{language}.yaml").read_text("utf-8")
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("family", "measure"), sorted(measures()))
def test_every_measure_has_a_sentence_in_every_language(family: str, measure: str, language: str) -> None:
    """What a rule can find, a case officer can read."""
    assert f"{family}.{measure}" in words(language)["measures"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("family", "measure"), sorted(measures()))
def test_of_every_measure_it_is_said_in_every_language_what_clears_it(
    family: str, measure: str, language: str
) -> None:
    """Nobody is told only that it must be within its threshold again."""
    assert {f"{family}.{measure}", family} & set(words(language)["clears"])


def test_the_readme_gives_every_measure_with_its_interval_and_its_floor() -> None:
    """Who reads a reason finds what it is, how sure, and on how much."""
    rows = [line.split("|") for line in README.read_text("utf-8").splitlines() if line.startswith("| ")]
    named = {
        (row[1].strip(), name) for row in rows if len(row) == 7 for name in re.findall(r"`(\w+)`", row[2])
    }
    assert measures() - named == set()


def test_figures_days_and_numbers_are_written_as_each_language_has_them() -> None:
    """A Dutch reader sees 1.234 and 1 maart, an English one 1,234 and 1 March; both see the number with its blanks."""
    said = explain(alert(), Policy.load("nl"))
    assert "1.234 keer mee gebeld" in said["nl"]
    assert "1 januari 2026 tot en met 28 februari 2026" in said["nl"]
    assert "1,234 calls were made" in said["en"]
    assert "1 January 2026 to 28 February 2026" in said["en"]
    assert all("+31 20 123 4567" in text and "Klantenservice Federatie" in text for text in said.values())


def test_a_share_and_its_sign_stay_together() -> None:
    """No line of a letter ends between them, and the comma is the language's own."""
    formed = {language: FORMATS[language]["share"](0.0815) for language in LANGUAGES}
    assert formed == {"nl": "8,2%", "en": "8.2%"}


def test_an_interval_that_ends_below_a_threshold_reads_so() -> None:
    """Neither a bound nor the share itself is rounded to the 70 % that it was held against, or to all."""
    assert [FORMATS["en"]["share"](value) for value in (0.697, 0.9996, 0.99999, 1.0, 0.0004, 0.00001)] == [
        "69.7%",
        "99.96%",
        "99.99%",
        "100%",
        "0.04%",
        "0.01%",
    ]
    assert FORMATS["nl"]["within"]((0.0, 0.6967)) == " (95%-interval 0% tot 69,7%)"
    assert FORMATS["en"]["within"](None) == ""


def test_days_short_enough_for_a_table_are_written_as_each_language_has_them() -> None:
    """March is mrt in Dutch, and May is mei."""
    days = [date(2026, 3, 5), date(2026, 5, 1)]
    assert [FORMATS["nl"]["date"](day) for day in days] == ["5 mrt 2026", "1 mei 2026"]
    assert [FORMATS["en"]["date"](day) for day in days] == ["5 Mar 2026", "1 May 2026"]
    assert FORMATS["nl"]["month"](days[0]) == "mrt 2026"


def test_who_is_meant_comes_first_and_then_what() -> None:
    """The first sentence names the organisation and the number before it says what was noticed."""
    said = explain(alert(), Policy.load("nl"))
    assert said["nl"].startswith(
        "Opgemerkt bij bakker, nummer +31 20 123 4567: een nummer dat buiten gebruik is geraakt"
    )
    assert said["en"].startswith("Noticed at bakker, number +31 20 123 4567: a number that went out of use")


def test_paragraphs_are_the_same_words() -> None:
    """A blank line parts them, so that a page may too: what, when, each reason, what it is held against, what clears it, what it is not."""
    parts, said = paragraphs(alert(), Policy.load("nl")), explain(alert(), Policy.load("nl"))
    assert {language: text.split("\n\n") for language, text in said.items()} == parts
    assert [part.split()[0] for part in parts["nl"]] == [
        "Opgemerkt",
        "Bekeken:",
        "Het",
        "Getoetst",
        "De",
        "Dit",
    ]


def test_calls_after_the_end_of_use_are_explained_where_a_version_before_noted_them() -> None:
    """In use for 16 days and called from on 23 is no contradiction; what was noted of it then has not more."""
    kept = (
        alert().reasons[0].model_copy(update={"value": 16, "exposure": {"calls": 409, "days_with_calls": 23}})
    )
    said = explain(alert(reasons=[kept]))
    assert (
        "op 23 dagen. Daarna is er nog zo weinig mee gebeld dat het niet meer als gebruik telt." in said["nl"]
    )
    assert (
        "on 23 days. After that it was called from so little that it no longer counts as use." in said["en"]
    )
    assert "Daarna" not in explain(alert())["nl"]


def test_one_day_and_one_call_are_written_as_one() -> None:
    """A number that was used once says so in either language."""
    once = Reason(
        family="tenure",
        measure="days_in_use",
        value=1,
        threshold=90,
        exposure={"calls": 1, "days_with_calls": 1},
        strong=True,
        clears_when="",
    )
    said = explain(alert(reasons=[once]))
    assert "in use for 1 day and not after that;" in said["en"]
    assert "1 call was made from it on 1 day." in said["en"]
    assert "was 1 dag in gebruik" in said["nl"]


def test_what_clears_several_reasons_is_said_in_one_sentence() -> None:
    """Reasons of two families give one sentence, which says whether it takes both: of a succession one is enough."""
    reasons = [
        Reason(family=family, measure="new", value=1, threshold=2, exposure={}, strong=True, clears_when="")
        for family in ("recycling", "tenure")
    ]
    said = explain(alert(reasons=reasons))
    assert said["en"].count("It is cleared when") == said["nl"].count("De melding vervalt als") == 1
    assert "; and when the number is called from regularly again" in said["en"]
    assert "; en als weer geregeld met het nummer wordt gebeld" in said["nl"]
    linked = explain(alert(reasons=[reasons[0].model_copy(update={"family": "linkage"}), *reasons]))
    assert "; or when the number is called" in linked["en"]
    assert "; of als weer geregeld" in linked["nl"]


def test_a_reason_that_was_noted_by_the_version_before_is_told() -> None:
    """An alert that was open then has not the figures of calls back that are known now."""
    exposure = {"areas_shown": 12, "calls": 900, "called_back_share": 0.01}
    old = Reason(
        family="local_presence",
        measure="areas_followed",
        value=11.6,
        threshold=3,
        exposure=exposure,
        strong=True,
        clears_when="",
    )
    said = explain(alert(number=None, reasons=[old], status="resolved"))
    assert "in 12 of 12 areas" in said["en"]
    assert "in 12 van 12 gebieden" in said["nl"]


def test_numbers_that_others_use_are_told_with_who_they_are() -> None:
    """The other users are no predecessors, and it takes one of two things to clear it; a sample is said to be one."""
    exposure = {"calls": 900, "numbers": 300, "numbers_shared": 12, "numbers_known": 128, "organisations": 1,
                "users_of_a_number": 2, "on_one_day": 0}  # fmt: skip
    shared = Reason(
        family="recycling", measure="numbers_of_others", value=0.5, interval=(0.41, 0.59), threshold=0.25, exposure=exposure,
        strong=False, clears_when="",
    )  # fmt: skip
    evidence = Evidence(counts={}, numbers=[], feeds=["north"], coverage=1, related=["pool-b"])
    own = alert().reasons[0]
    said = explain(alert(kind="number_carousel", number=None, reasons=[own, shared], evidence=evidence))
    assert "Other users of its numbers: pool-b." in said["en"]
    assert "Andere gebruikers van haar nummers: pool-b." in said["nl"]
    assert "a sample of 128 of its 300 numbers" in said["en"]
    assert "de andere organisatie" not in said["nl"]
    assert "die 1 andere organisatie waarover hetzelfde is gemeld in die weken ook gebruikte;" in said["nl"]
    assert "on one day" not in said["en"]
    assert "It is cleared when no other organisation of which the same is told uses its numbers" in said["en"]
    assert (
        "De melding vervalt als geen andere organisatie waarover hetzelfde is gemeld haar nummers gebruikt"
        in said["nl"]
    )


def test_what_counts_for_nothing_clears_nothing() -> None:
    """That new numbers begin slowly is said, without a word for why, and that it does not count; to stop it is not asked."""
    exposure = {"numbers": 10, "births": 6, "births_rising": 1}
    warm = Reason(
        family="dialler", measure="rise_with_age", value=2.6, interval=(2.1, 3.3), threshold=1.5, exposure=exposure, strong=False,
        clears_when="",
    )  # fmt: skip
    said = explain(alert(number=None, reasons=[alert().reasons[0], warm]))
    assert "2.6 times as much as on its first three (95% interval 2.1 to 3.3)" in said["en"]
    assert "2,6 keer zoveel als op de eerste drie" in said["nl"]
    assert said["en"].count("cleared when") == 1
    assert "in turn or up to a cap" not in said["en"]


def test_the_ages_of_numbers_and_organisation_are_told_side_by_side() -> None:
    """Where they are known; a reason of the version before has none."""
    known = {"calls": 900, "least_pool": 9000}
    once = Reason(
        family="churn", measure="numbers_used_once", value=20, threshold=15, strong=True, clears_when="", exposure=known
    )  # fmt: skip
    aged = once.model_copy(
        update={"exposure": known | {"numbers_age_days": 3.4, "organisation_age_days": 110}}
    )
    said = explain(alert(number=None, reasons=[aged]))
    assert (
        "from a number 3 days old, while the organisation had called for 110 days; both are lower bounds."
        in said["en"]
    )
    assert (
        "van een nummer van 3 dagen oud, terwijl de organisatie al 110 dagen belde; beide zijn ondergrenzen."
        in said["nl"]
    )
    assert "days old" not in explain(alert(number=None, reasons=[once]))["en"]


def test_numbers_together_are_told_in_the_plural() -> None:
    """An alert about all numbers of an organisation does not speak of one."""
    together = Reason(
        family="unreachable_number",
        measure="answered_share_together",
        value=0.05,
        threshold=0.2,
        exposure={"inbound": 80, "answered": 4, "numbers": 30},
        strong=True,
        clears_when="",
    )
    said = explain(alert(kind="unreachable_number", number=None, reasons=[together]))
    assert "shown numbers on which" in said["en"]
    assert "getoonde nummers waarop" in said["nl"]


@pytest.mark.parametrize("status", ["open", "update", "resolved"])
def test_an_alert_says_that_it_is_no_verdict(status: str) -> None:
    """In each state and language it is an indication, and says so."""
    said = explain(alert(status=status))
    assert "geen vaststelling" in said["nl"]
    assert "not a finding" in said["en"]


def test_a_measure_without_a_sentence_still_gives_its_figures() -> None:
    """Something new is told as a figure against its threshold."""
    new = Reason(
        family="new", measure="thing", value=0.5, threshold=0.25, exposure={}, strong=True, clears_when=""
    )
    assert "new, thing: 0.5 against a threshold of 0.25" in explain(alert(reasons=[new]))["en"]


def test_undialable_numbers_are_told_by_why() -> None:
    """How many calls of each sort, and that a day or two may be a fault; what did not happen is not said."""
    together = Reason(
        family="invalid_number", measure="undialable_share", value=0.07, threshold=0.05, strong=True, clears_when="",
        exposure={"calls": 5600, "undialable": 400, "numbers": 30, "days": 2, "not_dialable": 400, "unallocated": 0,
                  "wrong_class": 0},
    )  # fmt: skip
    lines = [
        Number(number=f"+31{2010 + at}", first_use=date(2026, 1, 1), first_use_known=True, last_use=date(2026, 1, 2), calls=9, status="in_use")
        for at in range(9)
    ]  # fmt: skip
    evidence = Evidence(counts={}, numbers=lines, feeds=["north"], coverage=1)
    said = explain(alert(kind="invalid_number", number=None, reasons=[together], evidence=evidence))
    assert "Bijvoorbeeld: +31 2010, +31 2011, +31 2012, +31 2013, +31 2014." in said["nl"]
    assert "For example: +31 2010," in said["en"]
    assert "getoonde nummers die niet geldig zijn" in said["nl"]
    assert (
        "30 verschillende nummers: in 400 oproepen een nummer met te veel of te weinig cijfers." in said["nl"]
    )
    assert "kan het een storing in een centrale zijn" in said["nl"]
    assert (
        "30 different numbers: in 400 calls a number with too many or too few digits. For so short"
        in said["en"]
    )
    assert "niemand" not in said["nl"]


def test_no_english_in_dutch_and_a_proposal_is_not_called_law() -> None:
    """Every source has a Dutch name where its own is English, and is called what it is."""
    for profile in ("nl", "uk"):
        policy = Policy.load(profile)
        for key, source in policy.sources.items():
            assert source.kind is not None
            said = explain(alert(policy=Basis(profile=profile, version="1", basis=key)), policy)
            assert not {"article", "proposal", "revised", "measure", "own"} & set(
                said["nl"].replace(",", " ").replace("'", " ").split()
            )
            assert ("Grondslag:" in said["nl"]) == ("Basis:" in said["en"]) == (source.kind == "law")
    nl = Policy.load("nl")
    said = explain(alert(), nl)
    assert (
        "Getoetst aan een voorstel, geen wet: Klantenservice Federatie (een brancheorganisatie)" in said["nl"]
    )
    assert "Measured against a proposal, not law: Klantenservice Federatie (a trade body)" in said["en"]


def test_days_that_are_counted_are_said_to_be_utc_and_instants_are_local() -> None:
    """A day of the state begins at two in the morning in Amsterdam in summer; an instant is on the reader's day."""
    late = datetime(2026, 8, 25, 22, 30, tzinfo=UTC)
    window = Window(since=datetime(2026, 8, 24, tzinfo=UTC), to=datetime(2026, 8, 26, tzinfo=UTC))
    said = explain(alert(status="resolved", opened_at=late, window=window), Policy.load("nl"))
    assert "gemeld op 26 augustus 2026" in said["nl"]
    said = explain(alert(window=window), Policy.load("nl"))
    assert "24 augustus 2026 tot en met 25 augustus 2026 (dagen in UTC)" in said["nl"]
    assert "24 August 2026 to 25 August 2026 (days in UTC)" in said["en"]


def test_what_clears_it_names_what_to_do() -> None:
    """How many numbers may be used for so many calls, and which share of calls is to be answered."""
    exposure = {"effective_numbers": 40, "needed_numbers": 4, "calls_a_day": 0.2}
    spread = Reason(
        family="dispersion", measure="effective_over_needed_numbers", value=10, threshold=1.5, exposure=exposure,
        strong=True, clears_when="",
    )  # fmt: skip
    said = explain(alert(number=None, reasons=[spread]))
    assert "als dertien weken lang ten hoogste 6 nummers voor zoveel oproepen worden gebruikt." in said["nl"]
    assert "when for thirteen weeks at most 6 numbers are used for so many calls." in said["en"]
    assert "(minder dan 1 per dag waarop is gebeld, in de laatste vier weken)" in said["nl"]


def test_what_keeps_no_alert_open_is_no_condition_for_its_end() -> None:
    """An organisation that stops replacing its numbers still has many for a term, and its alert is resolved long before."""
    spread, dealt, again = (
        Reason(family=family, measure=measure, value=1, threshold=2, exposure=exposure, strong=True, clears_when=family)
        for family, measure, exposure in (
            ("dispersion", "effective_over_needed_numbers", {"effective_numbers": 40, "needed_numbers": 4, "calls_a_day": 2}),
            ("dialler", "index_of_dispersion", {"calls_a_number": 50}),
            ("recontact", "same_number_share", {"called_again": 50}),
        )
    )  # fmt: skip
    assert clearing([spread, dealt, again]) == [again]
    assert clearing([spread, dealt]) == [spread, dealt]
    assert (
        "so many calls" not in explain(alert(number=None, reasons=[spread, again]))["en"].split("cleared")[-1]
    )


def test_more_numbers_than_could_be_is_not_given_as_a_figure() -> None:
    """An estimate of billions of numbers says no more than that there are far too many."""
    once = Reason(
        family="churn", measure="numbers_used_once", value=22266.3, threshold=2, strong=True, clears_when="",
        exposure={"least_pool": 8_552_445_035, "calls": 384_099},
    )  # fmt: skip
    said = explain(alert(number=None, reasons=[once]))
    assert "8.552" not in said["nl"]
    assert "meer dan 2 nummers per oproep: meer dan 768.198 nummers voor 384.099 oproepen." in said["nl"]
    assert "2 numbers for each call: more than 768,198 numbers for 384,099 calls." in said["en"]
    assert "weken later" not in said["nl"]


def test_a_policy_whose_time_zone_does_not_exist_is_refused() -> None:
    """Before anything is judged by it, not when the first alert is put into words."""
    nl = Policy.load("nl").model_dump(mode="json", by_alias=True)
    with pytest.raises(WrongPolicy, match=r"timezone.*there is no time zone 'Mars'"):
        Policy.load(nl | {"timezone": "Mars"})


def test_undialable_numbers_below_the_limit_are_told_by_how_many_they_are() -> None:
    """No share is held against a limit that it is below; what ends it is a number of numbers."""
    many = Reason(
        family="invalid_number", measure="undialable_numbers", value=40, threshold=5, strong=True, clears_when="",
        exposure={"calls": 60_000, "undialable": 200, "days": 5, "not_dialable": 0, "unallocated": 200, "wrong_class": 0},
    )  # fmt: skip
    said = explain(alert(kind="invalid_number", number=None, reasons=[many]))
    assert (
        "40 numbers that can't be dialled or are not meant for calling people were shown again and again, in 200 of 60,000 outbound"
        in said["en"]
    )
    assert (
        "By reason: in 200 calls a number that by the number tables used (libphonenumber) is not valid."
        in said["en"]
    )
    assert "at most 3 can't be dialled or are not meant for calling people" in said["en"]
    assert (
        "zijn 40 nummers die niet te bellen zijn of niet zijn bedoeld om mensen mee te bellen, telkens weer getoond, bij 200 van 60.000"
        in said["nl"]
    )
    assert (
        "Naar reden: in 200 oproepen een nummer dat volgens de gebruikte nummertabellen (libphonenumber) niet geldig is."
        in said["nl"]
    )
    assert "ten hoogste 3 niet te bellen zijn of niet zijn bedoeld om mensen mee te bellen" in said["nl"]
    assert "limit" not in said["en"]
    assert "grens" not in said["nl"]
