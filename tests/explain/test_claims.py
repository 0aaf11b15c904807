"""Sentences claim what was measured, and no more: a most is no count, and what is counted is named."""

from __future__ import annotations

from monitor.alert import Reason
from monitor.explain import explain
from tests.explain.alerts import alert


def told(family: str, measure: str, value: float, threshold: float, **exposure: float) -> dict[str, str]:
    """A carousel with one reason, in words."""
    reason = Reason(
        family=family, measure=measure, value=value, threshold=threshold, exposure=exposure, strong=True, clears_when=""
    )  # fmt: skip
    return explain(alert(kind="number_carousel", number=None, reasons=[reason]))


def _rests(**exposure: float) -> dict[str, str]:
    """What is said of numbers that rest and come back."""
    return told("recycling", "rested_share", 0.6, 0.3, numbers=8, returns=2, **exposure)


def test_the_most_users_of_a_number_are_not_said_to_be_of_one_number() -> None:
    """Each of 74 numbers may have had three users, and no more is known than that none had four."""
    said = told(
        "recycling", "numbers_of_others", 0.9, 0.25,
        numbers=80, numbers_known=80, numbers_shared=74, organisations=2, users_of_a_number=3, on_one_day=5,
    )  # fmt: skip
    assert (
        "74 nummers zijn bij meer dan één organisatie gezien, en geen enkel bij meer dan 3; 5 op één dag bij meer dan één."
        in said["nl"]
    )
    assert (
        "74 numbers were seen with more than one organisation, and none with more than 3; 5 with more than one on one day."
        in said["en"]
    )


def test_calls_that_were_answered_are_said_to_be_outbound_ones() -> None:
    """In Dutch a call that is picked up reads as one that was recorded, and calls back are spoken of beside it."""
    again = told("recontact", "same_number_share", 0.02, 0.6, called_again=50, picked_up_share=0.215)
    assert "Van de uitgaande oproepen met de nummers van de laatste week is 21,5% beantwoord." in again["nl"]
    assert "Of the outbound calls from the numbers of the last week 21.5% were answered." in again["en"]
    rests = _rests(picked_up_share=0.31, same_number_share_at_most=0.55, same_number_days=28)
    assert (
        "is 31% beantwoord, en twee willekeurige oproepen met een getoond nummer naar dezelfde persoon in 28 dagen tonen in hoogstens 55% van "
        "de gevallen hetzelfde nummer." in rests["nl"]
    )
    assert (
        "31% were answered, and two calls to the same person that showed a number, picked at random from 28 days, show the same number "
        "in at most 55% of the cases." in rests["en"]
    )
    assert "opgenomen" not in again["nl"] + rests["nl"]


def test_of_an_alert_of_before_the_days_of_re_contact_are_those_looked_at() -> None:
    """It does not note them, and they may be 28, 14 or 9."""
    said = told("recontact", "same_number_share", 0.018, 0.6, called_again=316)
    assert (
        "Twee willekeurige oproepen met een getoond nummer naar dezelfde persoon in de bekeken weken tonen in 1,8% van de gevallen hetzelfde nummer; met"
        in said["nl"]
    )
    assert (
        "Two calls to the same person that showed a number, picked at random from the weeks looked at, show the same one in 1.8% of the cases; with"
        in said["en"]
    )
    rests = _rests(picked_up_share=0.3, same_number_share_at_most=0.5)
    assert (
        "oproepen met een getoond nummer naar dezelfde persoon tonen in hoogstens 50% van de gevallen"
        in rests["nl"]
    )
    assert (
        "to the same person that showed a number, picked at random, show the same number in at most 50% of"
        in rests["en"]
    )


def test_whom_some_answer_is_told_how_many_must_be_to_clear_it() -> None:
    """Of a pool that answers half of its callers it would not be true that answering most of them is enough."""
    clears = told("recontact", "same_number_share", 0.02, 0.6, called_again=50)
    some = told("recontact", "same_number_share", 0.02, 0.6, called_again=50, manned_share=0.76)
    assert "of wie terugbelt meestal gehoor krijgt" in clears["nl"]
    assert "or those who call back are mostly answered" in clears["en"]
    assert "of ten minste 76% van wie terugbelt gehoor krijgt" in some["nl"]
    assert "or at least 76% of those who call back are answered" in some["en"]


def test_of_a_number_it_is_said_why_an_alert_about_its_short_tenure_ends() -> None:
    """It is called from again, or was last too long ago: of no other kind of alert that is so."""
    over = explain(alert(status="resolved"))
    assert "gold dit niet meer, of was het laatste gebruik te lang geleden" in over["nl"]
    assert "this was no longer so, or its last use too long ago to be looked at" in over["en"]


_ENDED = {"numbers_ended": 6, "turnovers": 2, "usual_life_days": 60, "calls_back": 40, "answered_share": 0.05}


def test_how_calls_back_were_counted_is_said_once() -> None:
    """After the last figure that rests on it, whichever calls it and by how many reasons; not where nothing is known."""
    reasons = [
        Reason(family=family, measure=measure, value=0.1, threshold=0.6, exposure=exposure, strong=True, clears_when="")
        for family, measure, exposure in (
            ("churn", "survival_at_use_term", _ENDED),
            ("recontact", "same_number_share", {"called_again": 50, "calls_back": 27, "answered_share": 0.07}),
            ("dialler", "index_of_dispersion", {"calls_a_number": 50}),
        )
    ]  # fmt: skip
    said = explain(alert(kind="number_carousel", number=None, reasons=reasons))
    counted = {
        "nl": "Per nummer tellen niet meer inkomende oproepen mee dan er uitgaande mee zijn gedaan.",
        "en": "Of each number no more inbound calls are counted than outbound ones were made from it.",
    }
    for language, sentence in counted.items():
        assert said[language].count(sentence) == 1
    assert f"in de laatste week toonde, is 7% beantwoord. {counted['nl']} Een oproep" in said["nl"]
    unknown = reasons[1].model_copy(update={"exposure": reasons[1].exposure | {"calls_back": 0}})
    for left in ([unknown], [reasons[2]]):
        assert counted["en"] not in explain(alert(kind="number_carousel", number=None, reasons=left))["en"]


def test_who_surely_answers_less_than_a_third_is_not_said_to_answer_seldom() -> None:
    """Mostly not is what was measured, in either language."""
    said = told("churn", "survival_at_use_term", 0, 0.7, **_ENDED)
    assert "Wie terugbelt, krijgt meestal geen gehoor; daarom telt elk vervangen nummer apart" in said["nl"]
    assert "Those who call back are mostly not answered; so each number that was replaced" in said["en"]


def test_the_stock_of_numbers_was_replaced_so_many_times_and_not_each_of_them() -> None:
    """Turnovers are of the whole, by its calls."""
    said = told("churn", "survival_at_use_term", 0, 0.7, **_ENDED | {"turnovers": 21})
    assert "met de andere erbij is het hele nummerbestand 21 keer vervangen." in said["nl"]
    assert "with the others, the whole stock of numbers was replaced 21 times over." in said["en"]


def test_a_ratio_is_the_value_that_stands_in_its_reason() -> None:
    """What a letter says is what a terminal, a table and a receiver's own reckoning say."""
    said = told(
        "dispersion", "effective_over_needed_numbers", 12.698, 1.5,
        effective_numbers=14.27, needed_numbers=1.1238, calls_a_day=112, calls=5410, days=58,
    )  # fmt: skip
    assert "1,12 nodig zijn: 12,7 keer zoveel, tegen 1,5 als grens" in said["nl"]
    assert "needs 1.12: 12.7 times as many, against 1.5 as the limit" in said["en"]


def test_people_who_may_mostly_see_the_same_number_are_not_said_to_see_others_each_time() -> None:
    """Of who was called again more than a third saw another number, and of who was called once nothing is known."""
    said = told("recontact", "same_number_share", 0.55, 0.6, called_again=500)
    assert ": wie opnieuw wordt gebeld, krijgt vaak een ander nummer te zien." in said["nl"]
    assert ": people who are called again often see another number." in said["en"]


def test_calls_of_a_number_are_said_to_be_an_average() -> None:
    """Fifty a day are those of no single number."""
    said = told("dialler", "index_of_dispersion", 0.1, 0.5, calls_a_number=50)
    assert "Met een nummer wordt gemiddeld 50 keer per dag gebeld." in said["nl"]
    assert "On average a number makes 50 calls a day." in said["en"]


_SHOWN = {"calls": 600, "undialable": 60, "days": 4, "not_dialable": 0, "unallocated": 0, "wrong_class": 60}


def _shown(measure: str, value: float, threshold: float, **exposure: float) -> dict[str, str]:
    reason = Reason(
        family="invalid_number", measure=measure, value=value, threshold=threshold, exposure=_SHOWN | exposure, strong=True,
        clears_when="",
    )  # fmt: skip
    return explain(alert(kind="invalid_number", number=None, reasons=[reason]))


def test_a_number_that_is_shown_outside_its_class_is_not_said_to_be_one_that_can_not_be_dialled() -> None:
    """Whoever dials a 0900 number gets through; what clears an alert is said of such numbers too."""
    share, one = (
        _shown("undialable_share", 0.1, 0.05, numbers=6),
        _shown("undialable_numbers", 1, 2),
    )
    assert (
        "a number was shown that can't be dialled or is not meant for calling people: 60 of 600"
        in share["en"]
    )
    assert (
        "getoond dat niet te bellen is of niet is bedoeld om mensen mee te bellen: 60 van 600" in share["nl"]
    )
    assert "show a number that can't be dialled or is not meant for calling people." in share["en"]
    assert "een nummer toont dat niet te bellen is of niet is bedoeld om mensen mee te bellen." in share["nl"]
    assert "1 number that can't be dialled or is not meant for calling people was shown" in one["en"]
    assert (
        "is 1 nummer dat niet te bellen is of niet is bedoeld om mensen mee te bellen, telkens" in one["nl"]
    )
    assert "at most 1 can't be dialled or is not meant for calling people." in one["en"]
    assert "ten hoogste 1 niet te bellen is of niet is bedoeld om mensen mee te bellen." in one["nl"]


def test_for_how_long_it_may_be_a_fault_is_what_the_policy_says() -> None:
    """Of an alert of a version before, which did not note it, three days; else its own, as its severity."""
    fault = {"en": "it may be a fault of an exchange", "nl": "kan het een storing in een centrale zijn"}
    for known, said in (({}, False), ({"days_of_fault": 5}, True), ({"days_of_fault": 4}, False)):
        told = _shown("undialable_share", 0.1, 0.05, numbers=6, **known)
        assert {language: words in told[language] for language, words in fault.items()} == dict.fromkeys(
            fault, said
        )


def test_how_often_another_number_of_the_area_is_seen_is_said_as_it_was_measured() -> None:
    """Four of five may see the same one while an alert goes on; of an alert of a version before nothing is said of it."""
    shown = {"areas_shown": 8, "calls": 2000, "picked_up_share": 0.25}
    said = told("local_presence", "areas_followed", 5, 1.5, **shown, same_in_area=0.8, same_in_area_days=10)
    before = told("local_presence", "areas_followed", 5, 1.5, **shown)
    assert (
        "two calls to the same person from numbers of one area, picked at random from 10 days, show the same number in at most 80%"
        in said["en"]
    )
    assert (
        "twee willekeurige oproepen naar dezelfde persoon met nummers van één gebied in 10 dagen tonen in ten hoogste 80% van de "
        "gevallen hetzelfde nummer." in said["nl"]
    )
    assert "25% were answered." in before["en"]
    assert "is 25% beantwoord." in before["nl"]
    assert "mostly" not in said["en"] + before["en"]
    assert "meestal" not in said["nl"] + before["nl"]


def test_what_clears_rests_is_not_eased_twice() -> None:
    """The letter of an alert that goes on by an eased threshold says the share by which it ends; one of a version before, as it did."""
    for exposure, share in (({"cleared_below": 0.24}, ("24%", "24%")), ({}, ("14.4%", "14,4%"))):
        said = told("recycling", "rested_share", 0.3, 0.24, numbers=8, returns=2, **exposure)
        assert f"when numbers rest less than {share[0]} of the time" in said["en"]
        assert f"als nummers minder dan {share[1]} van de tijd" in said["nl"]


def test_a_number_whose_use_is_long_ago_is_said_to_be_cleared_by_that() -> None:
    """It is not looked at for ever, and its alert ends though nobody called from it again."""
    said = explain(alert())
    assert "or its last use is too long ago to be looked at." in said["en"]
    assert "of het laatste gebruik te lang geleden is om nog te worden bekeken." in said["nl"]


def test_numbers_of_which_hardly_any_stayed_are_not_said_to_be_replaced() -> None:
    """They rest and return: it is said which share stayed, which is expected, and what ends it."""
    said = told("churn", "stayed_share", 0.04, 0.25, calls=280, calls_back=30, answered_share=0.1)
    assert ": the numbers that are called from are other ones than a month or two before." in said["en"]
    assert ": nummers waarmee wordt gebeld, zijn andere dan een maand of twee eerder." in said["nl"]
    assert (
        "Of 280 calls in the last week 4% came from numbers that were called from a month or two before"
        in said["en"]
    )
    assert (
        "Van 280 oproepen in de laatste week is 4% gedaan met nummers waarmee een maand of twee" in said["nl"]
    )
    assert "10% were answered." in said["en"]
    assert (
        "when at least 25% of a week's calls come from numbers that were called from a month or" in said["en"]
    )
    assert (
        "als ten minste 25% van de oproepen van een week wordt gedaan met nummers waarmee een" in said["nl"]
    )
    assert "replaced" not in said["en"]
    assert "vervangen" not in said["nl"]
