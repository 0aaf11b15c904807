"""The README says what the code says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from monitor.alert import Alert, encode
from monitor.cdr import dialects
from monitor.claim import without_numbers
from monitor.reference import Reference
from monitor.settings import Settings
from streams.cli.manual import filled
from streams.telemetry.catalogue import catalogue

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")


def test_its_tables_are_those_of_the_code() -> None:
    """Settings, flags, metrics, topics, rules, reasons and dialects are as `make manual` writes them."""
    assert filled(README) == README


def test_it_names_every_metric_and_dialect() -> None:
    """Nothing that an operator meets is left out."""
    names = [row.name for row in catalogue()] + dialects()
    assert [name for name in names if f"`{name}`" not in README] == []


BLOCKS = [dedent(block) for block in re.findall(r"(?:^(?: {4}.*)?\n)+", README, re.M)]
SETTINGS = [block for block in BLOCKS if re.search(r"^feeds:", block, re.M)]
REFERENCES = [block for block in BLOCKS if re.match(r"\s*organisations:", block)]


@pytest.mark.parametrize("block", SETTINGS, ids=len)
def test_settings_that_it_shows_can_be_used(block: str) -> None:
    """Whoever copies them has a file that loads, once the secrets that it names are there."""
    assert Settings.model_validate(yaml.safe_load(block)).feeds


def test_each_organisation_of_settings_that_it_shows_is_known_by_its_numbers() -> None:
    """Whoever copies them knows whose the calls back are, which have no customer's account."""
    rules = [
        rule
        for block in SETTINGS
        for feed in Settings.model_validate(yaml.safe_load(block)).feeds
        for rule in feed.attribution
    ]
    assert {rule.organisation for rule in rules} == {"bakker", "kruidenier"}
    assert without_numbers(rules) == []


def test_an_alert_that_it_shows_is_one() -> None:
    """With each key that an alert has, so that a receiver may be written by it."""
    (block,) = (block for block in BLOCKS if '"nl.nummerwacht.alert.v1"' in block)
    event = json.loads(block)
    told = Alert.model_validate({k: v for k, v in event["data"].items() if k != "explanation"})
    made = json.loads(encode(told, event["data"]["explanation"]))
    assert event == made | {"time": event["time"]}


def test_a_reference_that_it_shows_can_be_used() -> None:
    """All that may stand in one."""
    (block,) = REFERENCES
    assert Reference.load(block).declarations
