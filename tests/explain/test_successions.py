"""Successions in words: what is said of those that go on for others, and what else it may be."""

from __future__ import annotations

from monitor.alert import Reason
from monitor.explain import explain
from tests.explain.alerts import alert, linked


def test_one_that_went_on_for_another_is_not_said_to_change_its_numbers() -> None:
    """Its own numbers may stay for ever; and where only the people are the same, a bought list may explain it."""
    said = explain(linked())
    assert "vaak een ander nummer" not in said["nl"]
    assert "often see another number" not in said["en"]
    assert "mogelijke opvolging" in said["nl"]
    assert "gekochte lijst of een panel" in said["nl"]
    assert "A list that both bought, or a panel" in said["en"]
    assert "panel" not in explain(linked(same_line=1))["nl"]


def test_it_is_said_what_others_have_in_common() -> None:
    """As far as it is known: an alert of a version before does not say it."""
    known = {
        (1, 0): (
            "een andere die blijft, heeft met geen van beide evenveel mensen gemeen",
            "one other that stays has as many people in common with neither of them",
        ),
        (1, 1): (
            "een andere die blijft, heeft met een van beide evenveel mensen gemeen",
            "one other that stays has as many people in common with one of them",
        ),
        (40, 0): (
            "van 40 andere die blijven, heeft geen enkele evenveel mensen gemeen met een van beide",
            "of 40 others that stay, none has as many people in common with either",
        ),
        (40, 1): (
            "van 40 andere die blijven, heeft er 1 evenveel mensen gemeen met een van beide",
            "of 40 others that stay, 1 has as many people in common with either",
        ),
        (40, 2): (
            "van 40 andere die blijven, hebben er 2 evenveel mensen gemeen met een van beide",
            "of 40 others that stay, 2 have as many people in common with either",
        ),
        (0, 0): (
            "hoeveel andere er met hen gemeen hebben is niet bekend",
            "how many others have in common with them is not known",
        ),
    }
    said = [explain(linked(others=n, others_alike=alike)) for n, alike in known]
    for text, (nl, en) in zip(said, known.values(), strict=True):
        assert f"; {nl}; ten minste" in text["nl"]
        assert f"; {en}; at least" in text["en"]
    assert "hardly any in common" not in "".join(text["en"] for text in said)
    assert "where two organisations at random have hardly any in common;" in explain(linked())["en"]


def test_of_many_short_lives_on_a_line_it_is_said_how_many_and_what_else_it_may_be() -> None:
    """Campaigns for many clients from one list look the same."""
    exposure = {"people": 0.3, "persons": 700, "days": 61, "lasting": 0}
    reason = Reason(
        family="linkage", measure="short_lives_on_a_line", value=8, threshold=8, exposure=exposure, strong=True, clears_when=""
    )  # fmt: skip
    said = explain(alert(kind="number_carousel", number=None, reasons=[reason]))
    assert "8 organisaties met een nummer of twee" in said["nl"]
    assert "; op die lijn bleef niemand." in said["nl"]
    assert "; nobody stayed on that line." in said["en"]
    assert "8 organisations of a number or two called within 61 days" in said["en"]
    assert "Short campaigns for many clients from one list may explain it too." in said["en"]
