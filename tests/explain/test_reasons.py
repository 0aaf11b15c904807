"""Reasons in words: what they rest on is said once, and nothing that does not follow from it."""

from __future__ import annotations

import pytest

from monitor.alert import Alert, Evidence, Reason
from monitor.explain import explain, paragraphs, together
from monitor.policy import Policy
from monitor.reference import Reference
from tests.explain.alerts import DEFECTS, alert, linked, measures


def test_numbers_that_ended_by_one_decision_are_told_as_one() -> None:
    """A reader sees on how many decisions the interval rests, and why one counts for more where nobody answers."""
    exposure = {"numbers_ended": 6, "turnovers": 2, "usual_life_days": 60, "age_reached_days": 60, "steps": 1}
    ended = Reason(
        family="churn",
        measure="survival_at_use_term",
        value=0,
        interval=(0, 0.79),
        threshold=0.7,
        exposure=exposure,
        strong=True,
        clears_when="",
    )
    said = explain(alert(kind="number_carousel", number=None, reasons=[ended]))
    assert "6 numbers whose beginning was seen were replaced by newer ones" in said["en"]
    assert "6 nummers waarvan het begin is gezien, zijn vóór het einde van de termijn" in said["nl"]
    assert "the interval rests on 1 such decisions" not in said["en"]
    assert "the interval rests on one such decision." in said["en"]
    assert "het interval berust op één zo'n beslissing." in said["nl"]
    assert "answered" not in said["en"]


def test_where_nobody_is_answered_numbers_count_each_and_no_decision_is_spoken_of() -> None:
    """The text never says both that numbers count together and that they count apart, also of what was noted before."""
    exposure = {
        "numbers_ended": 6, "turnovers": 2, "usual_life_days": 60, "steps": 1, "calls_back": 40, "answered_share": 0.05,
    }  # fmt: skip
    ended = Reason(
        family="churn", measure="survival_at_use_term", value=0, interval=(0, 0.39), threshold=0.7, exposure=exposure,
        strong=True, clears_when="",
    )  # fmt: skip
    said = explain(alert(kind="number_carousel", number=None, reasons=[ended]))
    assert "decision" not in said["en"]
    assert "beslissing" not in said["nl"]
    assert (
        "Of 40 calls to all the organisation's numbers in about a month 5% were answered. Those who call back are mostly not "
        "answered; so each number" in said["en"]
    )
    assert (
        "Van 40 oproepen naar alle nummers van de organisatie in ongeveer een maand is 5% beantwoord. Wie terugbelt, krijgt "
        "meestal geen gehoor; daarom telt elk vervangen nummer apart" in said["nl"]
    )


def carousel(*reasons: tuple[str, str, dict]) -> Alert:
    said = [
        Reason(family=family, measure=measure, value=2, interval=(1.5, 2.5), threshold=1.5, exposure=exposure, strong=True,
               clears_when="")
        for family, measure, exposure in reasons
    ]  # fmt: skip
    return alert(kind="number_carousel", number=None, reasons=said)


_BACK = {"calls_back": 30, "answered_share": 0.03}
_LOCAL = ("local_presence", "areas_followed", {"areas_shown": 12, "calls": 900} | _BACK)
_AGAIN = ("recontact", "same_number_share", {"called_again": 50} | _BACK)
_RESTS = ("recycling", "rested_share", {"numbers": 8, "returns": 2} | _BACK)
_ENDED = ("churn", "survival_at_use_term", {"numbers_ended": 6, "turnovers": 2, "usual_life_days": 60})
_SPREAD = (
    "dispersion",
    "effective_over_needed_numbers",
    {"effective_numbers": 144.4, "needed_numbers": 1.0604, "calls_a_day": 106, "calls": 9000, "days": 88},
)


def test_people_are_said_to_see_different_numbers_where_that_was_looked_at() -> None:
    """Of those who were called again, whatever else agrees."""
    said = explain(carousel(_ENDED, _AGAIN, _RESTS, _SPREAD, _LOCAL))
    assert ": wie opnieuw wordt gebeld, krijgt vaak een ander nummer te zien.\n" in said["nl"]
    assert ": people who are called again often see another number.\n" in said["en"]


@pytest.mark.parametrize(
    ("families", "nl", "en"),
    [
        (
            [_ENDED],
            "nummers waarmee wordt gebeld, worden telkens door andere vervangen",
            "the numbers that are called from keep being replaced by others",
        ),
        (
            [_RESTS],
            "nummers waarmee wordt gebeld, rusten en keren terug",
            "the numbers that are called from rest and return",
        ),
        (
            [_RESTS, _ENDED],
            "nummers waarmee wordt gebeld, worden telkens door andere vervangen",
            "the numbers that are called from keep being replaced by others",
        ),
    ],
)
def test_of_numbers_that_no_person_was_followed_over_only_what_they_did_is_said(
    families: list[tuple], nl: str, en: str
) -> None:
    """They do not last, or rest and return: what anybody saw was not looked at, whatever else agrees."""
    said = explain(carousel(*families, _SPREAD, _LOCAL))
    assert f"Opgemerkt bij bakker: {nl}.\n" in said["nl"]
    assert f"Noticed at bakker: {en}.\n" in said["en"]
    assert "vaak een ander nummer" not in said["nl"]
    assert "often see another number" not in said["en"]


def test_where_only_the_spread_is_known_nothing_more_is_said() -> None:
    """Neither that numbers change, nor what anybody saw."""
    said = explain(carousel(_SPREAD))
    assert ": gebruik van nummers waardoor de beller moeilijk te herkennen is.\n" in said["nl"]
    assert ": use of numbers by which the caller is hard to recognise.\n" in said["en"]


def test_people_who_see_a_number_of_their_own_area_are_not_said_to_see_different_ones() -> None:
    """Where each area has one number, everybody always sees the same one."""
    said = explain(carousel(_SPREAD, _LOCAL))
    assert "vaak een ander nummer" not in said["nl"]
    assert "often see another number" not in said["en"]
    assert ": het getoonde nummer hangt af van het netnummer van wie wordt gebeld." in said["nl"]
    assert ": the number that is shown depends on the area code that is called." in said["en"]


def test_that_it_is_not_known_whether_callers_are_answered_is_said_once() -> None:
    """Not where it is known of any of the numbers, nor of what does not rest on it."""
    unknown = {"calls_back": 0, "answered_share": 0}
    again, rests = ((*reason[:2], reason[2] | unknown) for reason in (_AGAIN, _RESTS))
    for language, words in (
        ("nl", "Of oproepen naar de nummers van de organisatie worden beantwoord, is niet bekend."),
        ("en", "Whether calls to the organisation's numbers are answered is not known."),
    ):
        assert explain(carousel(again, rests, _SPREAD))[language].count(words) == 1
        assert words not in explain(carousel(again, _RESTS))[language]
        assert words not in explain(carousel(_ENDED, _SPREAD))[language]


def test_whether_callers_are_answered_is_said_once() -> None:
    """Of the numbers of the last week, and of all numbers, however many reasons rest on it."""
    said = explain(carousel(_AGAIN, _RESTS, _LOCAL))
    assert said["nl"].count("in de laatste week toonde, is 3% beantwoord.") == 1
    assert said["en"].count("showed in the last week 3% were answered.") == 1
    assert said["nl"].count("alle nummers van de organisatie") == 1


def test_that_few_pick_up_is_said_where_a_reason_rests_on_it() -> None:
    """A case officer reads why a pool that stays, or takes turns, is held to be no desk's."""
    for reason in (_RESTS, _AGAIN):
        few = explain(carousel((*reason[:2], reason[2] | {"picked_up_share": 0.31})))
        assert "is 31% beantwoord" in few["nl"]
        assert "31% were answered" in few["en"]
    assert "uitgaande oproepen" not in explain(carousel(_AGAIN, _RESTS))["nl"]


def test_an_interval_of_a_ratio_is_told_as_one_of_numbers() -> None:
    """It is held against the numbers that are needed, and stands behind those that seem to be used."""
    said = explain(carousel(_SPREAD))
    assert "alsof 144 nummers (95%-interval 1,59 tot 2,65) even vaak werden gebruikt" in said["nl"]
    assert "as if 144 numbers (95% interval 1.59 to 2.65) were used" in said["en"]


#: What a sentence needs beside its interval, by measure, of those that have one.
_EXPOSED = {
    ("churn", "survival_at_this_rate"): _ENDED[2] | {"successors": 7, "steps": 4},
    ("anonymous_calls", "withheld_share"): {"calls": 60, "withheld": 12},
    ("dialler", "index_of_dispersion"): {"calls_a_number": 50},
    ("dialler", "rise_with_age"): {"numbers": 12, "births": 6, "births_rising": 1},
    ("recycling", "numbers_of_others"): {
        "numbers": 300, "numbers_known": 128, "numbers_shared": 12, "organisations": 2, "users_of_a_number": 2, "on_one_day": 0,
    },
    ("linkage", "phoenix"): {"persons": 60, "days_between": 0, "days_together": 0, "numbers_taken": 0, "same_line": 0},
    ("invalid_number", "undialable_share"): {
        "calls": 60, "undialable": 12, "numbers": 4, "days": 3, "not_dialable": 12, "unallocated": 0, "wrong_class": 0,
    },
    ("unreachable_number", "answered_share"): {"inbound": 40},
    ("unreachable_number", "answered_share_together"): {"inbound": 40, "numbers": 4},
} | {(family, measure): exposure for family, measure, exposure in (_LOCAL, _AGAIN, _RESTS, _ENDED, _SPREAD)}  # fmt: skip


@pytest.mark.parametrize(("family", "measure"), sorted(_EXPOSED))
def test_an_interval_that_is_known_is_said(family: str, measure: str) -> None:
    """In both languages, whatever the measure; and nothing stands between brackets where there is none."""
    told = carousel((family, measure, _EXPOSED[family, measure]))
    said = explain(told)
    assert "(95%-interval " in said["nl"]
    assert "(95% interval " in said["en"]
    none = explain(
        told.model_copy(update={"reasons": [told.reasons[0].model_copy(update={"interval": None})]})
    )
    assert "interval" not in none["nl"].replace("het interval", "").replace("Het interval", "")
    assert "()" not in none["nl"] + none["en"]


def test_a_measure_that_is_not_counted_has_an_interval() -> None:
    """Every measure but those that the README calls counted, or whose value is itself a bound."""
    counted = {
        ("churn", "life_between_changes"), ("churn", "stayed_share"), ("churn", "life_of_numbers_before"), ("churn", "life_of_predecessor"), ("tenure", "days_in_use"), ("tenure", "days_in_use_until_succession"),
        ("linkage", "phoenix_line"), ("linkage", "short_lives_on_a_line"),
        *(("invalid_number", measure) for measure in (*DEFECTS, "undialable_numbers")),
    }  # fmt: skip
    assert measures() - counted - {("churn", "numbers_used_once")} == set(_EXPOSED)


def test_a_number_that_can_not_be_called_is_said_so() -> None:
    """It is the number that is called, and not the number that calls."""
    bad = Reason(
        family="invalid_number", measure="not_dialable", value=1, threshold=0, exposure={"calls": 9}, strong=True, clears_when=""
    )  # fmt: skip
    said = explain(alert(kind="invalid_number", reasons=[bad]))
    assert "te veel of te weinig cijfers om gebeld te kunnen worden." in said["nl"]
    assert "too many or too few digits to be dialled." in said["en"]


def test_who_begins_on_the_day_of_the_end_is_said_to() -> None:
    """Nobody begins 0 days after another."""
    said = explain(linked(days_between=0))
    assert "begon te bellen op de dag waarop een andere daarmee ophield" in said["nl"]
    assert "began to call on the day on which another organisation stopped" in said["en"]


def test_late_calls_are_told_in_a_whole_sentence() -> None:
    """One call and several agree with their verb."""
    one, two = (explain(alert(evidence=Evidence.over().model_copy(update={"late_calls": n}))) for n in (1, 2))
    assert "Gegevens van 1 oproep kwamen binnen nadat de dag was beoordeeld; die telt nu mee." in one["nl"]
    assert (
        "Gegevens van 2 oproepen kwamen binnen nadat de dag was beoordeeld; zij tellen nu mee." in two["nl"]
    )
    assert "Records of 1 call came in after the day had been judged; it counts now." in one["en"]
    assert "Records of 2 calls came in after the day had been judged; they count now." in two["en"]


def test_churn_is_cleared_by_days_without_a_replacement() -> None:
    """As many as the rule waits for."""
    said = explain(carousel((_ENDED[0], _ENDED[1], _ENDED[2] | {"quiet_days": 120})))
    assert (
        "als nummers in gebruik blijven en er 120 dagen lang geen nummer meer wordt vervangen." in said["nl"]
    )
    assert "when numbers stay in use and none is replaced for 120 days." in said["en"]


def test_where_the_part_that_does_not_stay_is_judged_by_itself_its_turnovers_are_said() -> None:
    """All numbers together were replaced less than once, which would be no reason."""
    part = {"turnovers": 0.7, "part_of_calls": 0.4, "turnovers_of_part": 1.75} | _BACK
    said = explain(carousel((*_ENDED[:2], _ENDED[2] | part), _SPREAD))
    assert "0.7 times over, those that do not stay, with 40% of the calls, 1.8 times." in said["en"]
    assert (
        "0,7 keer vervangen, en de nummers die niet blijven, met 40% van de oproepen, 1,8 keer." in said["nl"]
    )
    assert "do not stay" not in explain(carousel(_ENDED, _SPREAD))["en"]


def test_one_organisation_is_told_in_the_singular() -> None:
    """In Dutch the verb follows the count: one was there, two were; one stayed, two stayed."""
    one, two = (explain(_on_a_line("phoenix_line", predecessors=count))["nl"] for count in (1, 2))
    assert "vóór haar was daar 1 organisatie." in one
    assert "vóór haar waren daar 2 organisaties achter elkaar." in two
    one, two = (explain(_on_a_line("short_lives_on_a_line", lasting=count))["nl"] for count in (1, 2))
    assert "; op die lijn bleef er 1." in one
    assert "; op die lijn bleven er 2." in two


def _on_a_line(measure: str, **change: object) -> Alert:
    known = {
        "days": 40,
        "people": 0.6,
        "persons": 90,
        "lasting": 0,
        "predecessors": 1,
        "days_between": 2,
        "days_together": 0,
    }
    reason = Reason(
        family="linkage", measure=measure, value=5, threshold=4, exposure=known | change, strong=True, clears_when=""
    )  # fmt: skip
    return alert(kind="number_carousel", number=None, reasons=[reason])


def test_a_sign_of_ours_in_a_name_parts_no_paragraph() -> None:
    """A name is told as it is, whatever is in it."""
    plain, odd = (paragraphs(alert(organisation=name))["nl"] for name in ("bakker", "bakker ¶ zonen"))
    assert len(odd) == len(plain)
    assert "bij bakker ¶ zonen, nummer" in odd[0]


def test_organisations_are_called_by_their_names() -> None:
    """Whoever an alert is about, and those that it names beside them; whoever has no name by its key."""
    called = Reference.load({"organisations": {"bakker": {"name": "Bakker & Zn."}, "slager": {}}}).called
    said = linked().model_copy(
        update={"evidence": Evidence.over().model_copy(update={"related": ["bakker", "slager"]})}
    )
    for language, at in (("nl", "bij"), ("en", "at")):
        text = explain(said, Policy.load("nl"), called)[language]
        assert f"{at} Bakker & Zn. (bakker):" in text
        assert "Bakker & Zn. (bakker), slager." in text
        assert (
            together([alert(), alert()], Policy.load("nl"), called)[language].count("Bakker & Zn. (bakker)")
            == 1
        )
