"""How every file of the project is read: nothing in it is lost without a word, and every flaw has its line."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from monitor.config import strict_yaml
from monitor.config.mistakes import no_yaml
from monitor.policy import Policy, WrongPolicy
from monitor.reference import Reference, WrongReference


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "line 3, column 1: no YAML: key 'a' is given twice"),
        ("- {a: {b: 1, b: 1}}", "line 1, column 14: no YAML: key 'b' is given twice"),
        ('{"a": 1,\n "a": 2}', "line 2, column 2: no YAML: key 'a' is given twice"),
        ("a: &a {b: 1, b: 2}\nc: {<<: *a}", "line 1, column 14: no YAML: key 'b' is given twice"),
        ("a: 2026-02-30", "line 1, column 4: no YAML: must be a day, as 2026-03-01"),
        ("a: 0b_", "line 1, column 4: no YAML: must be a whole number"),
        ("a: !!int ''", "line 1, column 4: no YAML: must be a whole number"),
        ("a: !!float x", "line 1, column 4: no YAML: must be a number"),
        ("a: !!bool x", "line 1, column 4: no YAML: must be true or false"),
        ("a: !!timestamp x", "line 1, column 4: no YAML: must be a day"),
        ("a:\n  true: 1", "line 2, column 3: no YAML: a key is a text, and 'true' is none to YAML"),
        (
            "1001: 1",
            "line 1, column 1: no YAML: a key is a text, and '1001' is none to YAML; put it between quotes",
        ),
        ("{no: 1, no: 2}", "line 1, column 9: no YAML: key 'no' is given twice"),
        ("? [a]\n: 1", "line 1, column 3: no YAML: found unhashable key"),
        ("- a\nb: c", "line 2, column 1: no YAML"),
    ],
)
def test_a_flaw_is_told_with_its_line(text: str, said: str) -> None:
    """A key that is there twice above all: of two values only one could count."""
    with pytest.raises(yaml.YAMLError) as error:
        strict_yaml.read(text)
    assert str(no_yaml(error.value)).startswith(said)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("a: 2026-02-28", {"a": date(2026, 2, 28)}),
        ("{on: yes, no: 1, Off: 2}", {"on": True, "no": 1, "Off": 2}),
        ("a: &a {b: 1, c: 2}\nd: {<<: *a, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        # `x` is asked for its merged keys before it is looked at itself.
        (
            "l: [[&b {p: 1}, &x {<<: *b, p: 2}]]\ny: {<<: *x}",
            {"l": [[{"p": 1}, {"p": 2}]], "y": {"p": 2}},
        ),
    ],
)
def test_what_is_written_is_read(text: str, data: object) -> None:
    """A merge gives way to what stands beside it, as it should; a key that sounds like a truth is a word."""
    assert strict_yaml.read(text) == data


def test_an_organisation_that_is_in_a_reference_twice_is_told() -> None:
    """Neither of the two is silently the one that counts."""
    with pytest.raises(WrongReference, match=r"line 3, column 3: .*'bakker' is given twice"):
        Reference.load("organisations:\n  bakker: {class: charity}\n  bakker: {name: De Bakker}\n")


def test_a_term_that_is_in_a_policy_twice_is_told() -> None:
    """A threshold is never another one than the line that somebody reads."""
    with pytest.raises(WrongPolicy, match=r"line 3, column 3: .*'use_term' is given twice"):
        Policy.load("tenure:\n  use_term: 90\n  use_term: 9\n")
