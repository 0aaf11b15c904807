"""Policies: pairs of terms that make no sense together are refused, each in words that say which two."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml

from monitor.policy import Policy, WrongPolicy


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("tenure.retired_after", 10, "tenure: retired_after must be more than idle_after"),
        ("tenure.retired_after", 14, "tenure: retired_after must be more than idle_after"),
        ("tenure.memory", 90, "tenure: memory must be more than retired_after and use_term"),
        ("tenure.memory", 182, "rules.unreachable_number.term: must be at most tenure.memory"),
        (
            "rules.number_carousel.churn",
            {"window": 401},
            "rules.number_carousel.churn.window: must be at most",
        ),
        (
            "rules.number_carousel.dispersion",
            {"supports": 11},
            "dispersion: strong must be at least supports",
        ),
        ("rules.short_tenure.until", "2022-08-10", "rules.short_tenure: until lies before from"),
        (
            "rules.anonymous_calls.window",
            61,
            "rules.anonymous_calls.window: must be less than or equal to 60",
        ),
        ("rules.invalid_number.window", 29, "rules.invalid_number.window: must be less than or equal to 28"),
    ],
)
def test_terms_that_make_no_sense_together_are_refused(path: str, value: object, said: str) -> None:
    """A policy in which one term rules out another would be judged by, and nobody would know what it says."""
    policy = yaml.safe_load(resources.files("monitor.policies").joinpath("nl.yaml").read_text("utf-8"))
    *sections, name = path.split(".")
    inside = policy
    for section in sections:
        inside = inside[section]
    inside[name] = value
    with pytest.raises(WrongPolicy) as error:
        Policy.load(policy)
    assert said in str(error.value)
