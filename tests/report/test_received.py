"""The page of received alerts says what was told, and shows the numbers that it rests on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from monitor.alert import NoAlert, decode, encode
from monitor.explain import explain
from monitor.reference import Reference
from monitor.report import Received, received
from monitor.report.received import _numbers, lives
from monitor.report.texts import TEXTS
from monitor.simulate import Scenario
from tests.report.replayed import POLICY, replayed

TOWN = Scenario.model_validate(
    {
        "name": "town",
        "days": 60,
        "organisations": [
            {"name": "turns", "behaviour": "rotate", "rate": 60, "fleet": {"pool": 4, "life": 1}},
            {"name": "nameless", "behaviour": "withheld", "rate": 40},
        ],
    }
)


@pytest.fixture(scope="module")
def states() -> list[Received]:
    """What a receiver has of all that was told."""
    told = (encode(alert, explain(alert, POLICY)) for alert in replayed(TOWN).alerts)
    return [Received(*decode(event)) for event in told]


def test_what_was_told_is_read_back(states):
    """The alert and its words, to the digit."""
    assert states
    for each in states:
        assert decode(encode(each.alert, each.words)) == (each.alert, each.words)
        assert each.words == explain(each.alert, POLICY)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (b"", "no JSON"),
        (b"[1]", "no CloudEvent with data"),
        (b'{"data": 1}', "no CloudEvent with data"),
        (b'{"type": "other", "data": {}}', "type 'other'"),
        (b'{"type": "nl.nummerwacht.alert.v1", "data": {"id": "a"}}', "data.sequence"),
        (b"\xff\xfe{}", "no JSON"),
    ],
)
def test_what_is_no_alert_is_said_to_be_none(event, why):
    """And where it is otherwise than an alert."""
    with pytest.raises(NoAlert, match=re.escape(why)):
        decode(event)


def test_words_that_are_none_are_no_alert(states):
    """They are a text for each language."""
    alert = states[0].alert
    event = encode(alert, {"nl": ""}).replace(b'{"nl": ""}', b"1").replace(b'{"nl":""}', b"1")
    with pytest.raises(NoAlert, match=r"data\.explanation"):
        decode(event)


def test_the_page_says_what_was_told(states):
    """Every sentence of the last state of each alert, in both languages, in paragraphs."""
    page, last = received(states), {each.alert.id: each for each in states}
    text = " ".join(re.sub(r"<[^>]*>", " ", page).replace("&#39;", "'").split())
    for each in last.values():
        for told in each.words.values():
            assert told in text
    assert page.count('class="alert') == len(last)
    assert TEXTS["nl"]["received"] in page
    assert TEXTS["nl"]["records"] not in page


def test_words_that_would_be_others_today_stand_as_they_were_told(states):
    """As where the sender knew an organisation by its name, or has a policy of its own."""
    known = Reference.load("organisations: {turns: {name: Turns & Co}}")
    alert = next(each.alert for each in states if each.alert.organisation == "turns")
    own = alert.model_copy(update={"policy": alert.policy.model_copy(update={"profile": "mine"})})
    for told in (alert, own):
        page = received([Received(told, explain(told, POLICY, known.called))])
        assert "Opgemerkt bij Turns &amp; Co (turns)" in page
    assert "mine 20" in page


def test_numbers_are_drawn_from_first_to_last_use(states):
    """Of all states, so that an alert that is over still shows what it was about."""
    turns = [each for each in states if each.alert.organisation == "turns" and each.alert.evidence.numbers]
    over = turns[-1].alert.model_copy(
        update={"status": "resolved", "evidence": turns[-1].alert.evidence.over()}
    )
    ended = [*turns, replace(turns[-1], alert=over)]
    drawn = lives(_numbers(ended)["turns"], set())
    named = {line.number: line for each in turns for line in each.alert.evidence.numbers}
    assert len(drawn.lanes) + drawn.hidden == len(named)
    for lane in drawn.lanes:
        line = named["+" + re.sub(r"\D", "", lane.number)]
        (bar,) = lane.bars
        assert bar.width == (line.last_use - line.first_use).days + 1
        assert 0 <= bar.x <= drawn.width - bar.width
    assert lives([], set()).lanes == []


def test_nothing_received_is_a_page_too():
    """With nothing to report."""
    assert TEXTS["en"]["none"] in received([])
