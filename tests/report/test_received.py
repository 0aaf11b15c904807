"""The page of received alerts says what was told, and shows the numbers that it rests on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.alert import NoAlert, decode, encode
from monitor.explain import explain, paragraphs
from monitor.explain.formats import FORMATS
from monitor.reference import Reference
from monitor.report import Received, received
from monitor.report.page import Standing
from monitor.report.received import lives
from monitor.report.texts import TEXTS
from tests.report.replayed import POLICY, TOWN, replayed


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


@pytest.mark.parametrize(
    ("at", "value", "why"),
    [
        (["number"], "31850000001", "no E.164 number"),
        (["number"], '=HYPERLINK("http://example.org")', "no E.164 number"),
        (["number"], "+" + "3" * 5000, "no E.164 number"),
        (["evidence", "numbers", 0, "number"], "+31 85", "no E.164 number"),
        (["evidence", "numbers", 0, "last_use"], "2001-01-01", "last use is before its first"),
        (["evidence", "numbers", 0, "calls"], -1, "fewer calls than none"),
        (["reasons", 0, "value"], float("nan"), "no number"),
        (["reasons", 0, "exposure", "calls"], float("inf"), "no number"),
        (["as_of"], "2026-02-04T00:00:00", "without its offset"),
        (["reasons"], [], "no reasons"),
        (["organisation"], "\ud800", "no JSON"),
    ],
)
def test_what_nobody_could_show_is_no_alert(states, at, value, why):
    """It costs the page nothing but itself, and is told apart by what is wrong with it."""
    event = json.loads(encode(next(each.alert for each in states if each.alert.evidence.numbers)))
    place = event["data"]
    for step in at[:-1]:
        place = place[step]
    place[at[-1]] = value
    with pytest.raises(NoAlert, match=re.escape(why)):
        decode(json.dumps(event).encode())


def test_depth_is_no_alert():
    """Brackets in brackets, more than can be read."""
    with pytest.raises(NoAlert, match="no JSON"):
        decode(b"[" * 200_000)


def test_a_later_version_is_read(states):
    """What it says besides is passed by; without words there are those of today."""
    each = states[0]
    event = json.loads(encode(each.alert))
    event["data"] |= {"later": 1, "explanation": None}
    event["data"]["evidence"]["later"] = [1]
    assert decode(json.dumps(event).encode()) == (each.alert, {})
    assert each.words["nl"].split(".")[0] in received([Received(each.alert, {})])


@pytest.mark.parametrize("many", [1, 5])
@pytest.mark.parametrize("profile", ["nl", "mine"])
@pytest.mark.parametrize(
    ("kind", "family", "measure"),
    [
        ("short_tenure", "tenure", "days_in_use"),
        ("unreachable_number", "unreachable_number", "answered_share"),
        ("invalid_number", "invalid_number", "a_later_defect"),
        ("a_later_kind", "a_later_family", "a_later_measure"),
        ("number_carousel", "churn", "survival_at_use_term"),
    ],
)
def test_what_this_version_has_no_words_for_is_on_the_page(states, kind, family, measure, many, profile):
    """By its key and its figures, one by one and in a table, with the words that were told where there were some."""
    template = states[0].alert
    reason = template.reasons[0].model_copy(
        update={"family": family, "measure": measure, "exposure": {}, "interval": None}
    )
    policy = template.policy.model_copy(update={"profile": profile, "basis": "ksf-2022"})
    alerts = [
        template.model_copy(
            update={
                "id": f"{at}",
                "kind": kind,
                "number": f"+3185000000{at}",
                "reasons": [reason],
                "policy": policy,
            }
        )
        for at in range(many)
    ]
    bare = received([Received(alert, {}) for alert in alerts])
    told = received([Received(alert, {"nl": f"Zo is {alert.id} gemeld.", "en": "So."}) for alert in alerts])
    for page in (bare, told):
        assert page.count("+31 85 000 000") >= many or many == 1
        assert TEXTS["nl"].get(kind, kind) in page
    if many == 1 or profile == "mine":
        assert "gemeld." in told


def test_a_table_says_what_it_is_held_against(states):
    """A proposal is called one beside many numbers as beside one, also where the sender's policy is not at hand."""
    turns = next(each for each in states if each.alert.kind == "number_carousel")
    said = "a proposal, not law"
    assert said in turns.words["en"]
    many = [
        turns.alert.model_copy(
            update={
                "id": f"{at}",
                "number": f"+3185000000{at}",
                "policy": turns.alert.policy.model_copy(update={"version": version}),
            }
        )
        for at, version in enumerate(("2020.1", *[turns.alert.policy.version] * 3, "2020.1"))
    ]
    for alerts in (many, many[::-1]):
        page = received([Received(alert, turns.words) for alert in alerts])
        assert page.count(said) == 1
        assert TEXTS["en"]["for_instance"] in page


def test_numbers_are_as_they_were_named_last(states):
    """Whichever alert named them, and whatever ids they have."""
    each = next(each for each in states if each.alert.evidence.numbers)
    early, late = (
        replace(
            each,
            alert=each.alert.model_copy(
                update={
                    "id": name,
                    "as_of": each.alert.as_of + timedelta(days=days),
                    "evidence": each.alert.evidence.model_copy(
                        update={
                            "numbers": [each.alert.evidence.numbers[0].model_copy(update={"calls": calls})]
                        }
                    ),
                }
            ),
        )
        for name, days, calls in (("b", 0, 1), ("a", 9, 2))
    )
    (line,) = Standing([late.alert, early.alert]).lines[each.alert.organisation]
    assert line.calls == 2


def test_a_row_says_up_to_when_its_number_is_known(states):
    """By what was told of it last, whichever alert it was of; and what the alert about it does not know, others don't know for it."""
    turns = next(each.alert for each in states if each.alert.evidence.numbers)
    line = turns.evidence.numbers[0].model_copy(update={"calls": 11, "first_use_known": False})
    reason = turns.reasons[0].model_copy(
        update={
            "family": "tenure",
            "measure": "days_in_use",
            "value": 6,
            "exposure": {"days_seen_before": 8, "days_unseen": 3},
        }
    )

    def naming(lines, **update):
        evidence = turns.evidence.model_copy(update={"numbers": lines})
        return Received(turns.model_copy(update={"evidence": evidence} | update), {})

    single = [
        naming(
            [line.model_copy(update={"number": number})],
            id=f"{at}23456789",
            kind="short_tenure",
            number=number,
            reasons=[reason],
        )
        for at, number in enumerate(f"+3185000000{at}" for at in range(5))
    ]
    later = turns.as_of + timedelta(days=20)
    newer = line.model_copy(update={"number": "+31850000000", "calls": 2_345, "first_use_known": True})
    page = received([*single, naming([newer], id="fleet", as_of=later)])
    table = page.partition("<table>")[2].partition("</table>")[0] if "<table>" in page else ""
    first, second = (row.split("<td>") for row in table.split("<tr><td>")[1:3])
    assert first[0] == "+31 85 000 0000"
    assert ("2.345" in first[4], "11" in second[4]) == (True, True)
    told, known = (FORMATS["nl"]["date"](at.date() - timedelta(days=1)) for at in (turns.as_of, later))
    assert (known in first[5], told in second[5]) == (True, True)
    for row in (first, second):
        assert TEXTS["nl"]["uncertain"] in row[1]
        assert row[7:11] == ["6", "8", "3", ""]
    for note in ("uncertain_says", "before_says", "unseen_says", "mark_says"):
        assert TEXTS["nl"][note] in page
    assert '<code title="023456789">02345678</code>' in first[11]
    assert page.count('class="unbegun"') == 5


def test_the_day_of_the_last_message_is_none_of_judging(states):
    """Whoever was told knows no more than that; what came of it since is not said."""
    page = received(states)
    last = FORMATS["nl"]["day"](max(each.alert.as_of for each in states))
    head = page.partition("</header>")[0].partition("<header>")[2]
    assert TEXTS["nl"]["latest"] in head
    assert last in head
    assert TEXTS["nl"]["until"] not in page
    assert f"<title>{TEXTS['nl']['title']}, {last} - Nummerwacht</title>" in page
    turns = [each for each in states if each.alert.organisation == "turns"]
    assert f"<title>{TEXTS['nl']['title']}: turns, " in received(turns)


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
            assert " ".join(told.split()) in text
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


def test_an_organisation_is_called_by_the_name_that_was_told(states):
    """In heading, words and tables, and its words are in the paragraphs of their sentences."""
    known = Reference.load("organisations: {turns: {name: Turns & Co}}")
    alert = next(each.alert for each in states if each.alert.organisation == "turns")
    told = encode(alert, explain(alert, POLICY, known.called), known.name_of("turns"))
    assert json.loads(told)["data"]["organisation_name"] == "Turns & Co"
    assert json.loads(encode(alert))["data"]["organisation_name"] is None
    page = received([Received(*decode(told))])
    assert "<h2>Turns &amp; Co (turns)</h2>" in page
    words = page.partition('<div class="alert')[2].partition("</div>")[0]
    assert words.count("<p>") == len(paragraphs(alert, POLICY)["nl"])
    # A later name is on the page, and what was told by the one before stands in its paragraphs all the same.
    later = alert.model_copy(update={"id": "b", "as_of": alert.as_of + timedelta(days=1)})
    both = [
        Received(*decode(told)),
        Received(later.model_copy(update={"organisation_name": "Turning"}), {}),
    ]
    for order in (both, both[::-1]):
        page = received(order)
        assert "<h2>Turning (turns)</h2>" in page
        words = page.partition("bij Turns &amp; Co (turns)")[2].partition("</div>")[0]
        assert words.count("<p>") == len(paragraphs(alert, POLICY)["nl"]) - 1


def test_what_was_told_in_paragraphs_stands_in_them(states):
    """Where its words mark them by a blank line, also when these would be others today."""
    page = received([replace(states[0], words={"nl": "Een.\n\nTwee.\n\n", "en": "One."})])
    assert "<p>Een.</p><p>Twee.</p></div>" in page
    assert '<div lang="en"><p>One.</p></div>' in page


def test_numbers_are_drawn_from_first_to_last_use(states):
    """Of all states, so that an alert that is over still shows what it was about."""
    turns = [each for each in states if each.alert.organisation == "turns" and each.alert.evidence.numbers]
    over = turns[-1].alert.model_copy(
        update={"status": "resolved", "evidence": turns[-1].alert.evidence.over()}
    )
    ended = [*turns, replace(turns[-1], alert=over)]
    drawn = lives(Standing(each.alert for each in ended).lines["turns"], set())
    named = {line.number: line for each in turns for line in each.alert.evidence.numbers}
    assert len(drawn.lanes) + drawn.hidden == len(named)
    for lane in drawn.lanes:
        line = named["+" + re.sub(r"\D", "", lane.number)]
        (bar,) = lane.bars
        assert bar.width == (line.last_use - line.first_use).days + 1
        assert 0 <= bar.x <= drawn.width - bar.width
    assert lives([], set()).lanes == []


def test_nothing_received_is_a_page_too():
    """With nothing to report, and by no policy."""
    page = received([])
    assert TEXTS["en"]["none"] in page
    assert TEXTS["en"]["policy"] not in page
