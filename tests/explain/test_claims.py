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


def test_the_most_users_of_a_number_are_not_said_to_be_of_one_number() -> None:
    """Each of 74 numbers may have had three users, and no more is known than that none had four."""
    said = told(
        "recycling", "numbers_of_others", 0.9, 0.25,
        numbers=80, numbers_known=80, numbers_shared=74, organisations=2, users_of_a_number=3, on_one_day=5,
    )  # fmt: skip
    assert (
        "74 nummers zijn bij meer dan één organisatie gezien, een nummer bij hoogstens 3; 5 op één dag bij meer dan één."
        in said["nl"]
    )
    assert (
        "74 numbers were seen with more than one organisation, a number with at most 3; 5 with more than one on one day."
        in said["en"]
    )


def test_calls_that_were_answered_are_said_to_be_outbound_ones_and_by_whom() -> None:
    """In Dutch a call that is picked up reads as one that was recorded, and calls back are spoken of beside it."""
    again = told("recontact", "same_number_share", 0.02, 0.6, called_again=50, picked_up_share=0.215)
    assert (
        "Van de uitgaande oproepen met de nummers van de laatste week is 21,5% door de gebelde beantwoord."
        in again["nl"]
    )
    assert (
        "Of the outbound calls from the numbers of the last week 21.5% were answered by the person called."
        in again["en"]
    )
    rests = told("recycling", "rested_share", 0.6, 0.3, numbers=8, returns=2, picked_up_share=0.31)
    assert (
        "31% door de gebelde beantwoord, en wie opnieuw wordt gebeld, ziet meestal een ander nummer."
        in rests["nl"]
    )
    assert (
        "31% were answered by the person called, and people who are called again mostly see another number."
        in rests["en"]
    )
    assert "opgenomen" not in again["nl"] + rests["nl"]
