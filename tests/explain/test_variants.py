"""Which of several sentences says what is known is chosen once, for every language."""

from __future__ import annotations

from itertools import product

import pytest

from monitor.alert import Reason
from monitor.explain import LANGUAGES
from monitor.explain.variants import _BY_MEASURE, variants
from tests.explain.test_explain import words

#: Of each exposure that something is chosen by: values that make a difference; None, where it may be missing.
_KNOWN = {
    "churn": {"steps": (None, 1, 4), "part_of_calls": (None, 0.4), "calls_back": (None, 40)},
    "linkage": {
        "days_together": (0, 2), "days_between": (0, 2), "links": (None, 3), "others": (None, 0, 1, 40),
        "others_alike": (0, 2), "same_line": (0, 1), "answered_below": (None, 0.33),
    },
    "tenure": {
        "days_to_last_call": (None, 0, 9), "days_with_calls": (3, 30), "days_with_calls_after_use": (None, 2),
        "calls_after_use": (None, 4), "days_unseen": (None, 2), "days_seen_before": (None, 12),
    },
    "invalid_number": {"unallocated": (0, 9), "not_dialable": (0, 9), "wrong_class": (0, 9), "not_valid": (None, 0, 9)},
    "unreachable_number": {"inbound_in_all": (None, 60)},
}  # fmt: skip


def reasons(family: str, measure: str) -> list[Reason]:
    """One for every combination of what is known."""
    axes = _KNOWN[family]
    exposures = [
        {name: value for name, value in zip(axes, values, strict=True) if value is not None}
        for values in product(*axes.values())
    ]
    return [
        Reason(family=family, measure=measure, value=16, threshold=90, exposure=each, strong=True, clears_when="")
        for each in exposures
    ]  # fmt: skip


def chosen(reason: Reason) -> set[str]:
    keys = [keys if isinstance(keys, list) else [keys] for keys in variants(reason).values()]
    return {key for each in keys for key in each if key is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_that_may_be_chosen_is_there_and_no_other(language: str) -> None:
    """A language that lacks one would leave an alert without its words."""
    asked = set().union(*(chosen(reason) for measure in _BY_MEASURE for reason in reasons(*measure)))
    assert set(words(language)["parts"]) == asked


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_in_the_sentence_that_it_was_chosen_for(language: str) -> None:
    """What is chosen is said."""
    for family, measure in _BY_MEASURE:
        sentence = words(language)["measures"][f"{family}.{measure}"]
        for name in variants(reasons(family, measure)[-1]):
            assert f"{{{{ {name}" in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_chosen_in_python_is_chosen_nowhere_else(language: str) -> None:
    """No sentence sets a name, and no part of one has a choice of its own."""
    texts = words(language)
    assert not [key for key, text in (texts["measures"] | texts["parts"]).items() if "{% set" in text]
    assert not [key for key, text in texts["parts"].items() if "{% if" in text]
