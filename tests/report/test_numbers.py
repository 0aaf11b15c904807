"""The dossier names every number that was told of, and says what they have in common once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from monitor.day.usage import start_of
from monitor.explain.formats import FORMATS
from monitor.number import pretty
from monitor.replay import Outcome
from monitor.report import dossier
from monitor.report.texts import TEXTS
from monitor.roll import roll
from monitor.simulate import Scenario
from tests.report.replayed import POLICY, replayed

TOWN = Scenario.model_validate(
    {
        "name": "town",
        "days": 130,
        "organisations": [
            {
                "name": "turns",
                "behaviour": "rotate",
                "rate": 40,
                "begins": 35,
                "fleet": {"pool": 4, "life": 4},
            },
            {"name": "honest", "behaviour": "steady_caller", "rate": 10},
        ],
    }
)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return replayed(TOWN)


@pytest.mark.wide
def test_every_number_is_a_row_and_what_they_share_is_said_once(outcome: Outcome) -> None:
    """However many, all are named; the sentence is there once in each language."""
    named = {alert.number for alert in outcome.alerts if alert.kind == "short_tenure"}
    assert len(named) > 30
    page = dossier(outcome, POLICY)
    assert all(f"<tr><td>{pretty(int(number[1:]))}<td>" in page for number in named)
    assert (
        page.count("nummers die buiten gebruik zijn geraakt vóór het einde van de gebruikstermijn (90 dagen)")
        == 1
    )
    assert page.count("numbers that went out of use before the end of the use term (90 days)") == 1
    assert f"{len(named)} nummers van turns" in page
    assert "Dagen in tabellen en figuren zijn dagen in UTC." in page
    assert (
        '<rect class="s' not in page.split("<h3>")[2]
    )  # lanes are a path a shade: a bar each was five megabytes


@pytest.fixture(scope="module")
def faults() -> Outcome:
    town = {
        "name": "faults",
        "days": 45,
        "organisations": [
            {"name": "invalid", "behaviour": "invalid", "rate": 200, "fleet": {"pool": 9}},
            {"name": "unreachable", "behaviour": "unreachable", "rate": 300, "fleet": {"pool": 6}},
            {"name": "honest", "behaviour": "steady_caller", "rate": 20},
        ],
    }
    return replayed(Scenario.model_validate(town))


def test_a_row_has_the_use_of_its_number_as_it_is_at_the_end(faults: Outcome) -> None:
    """As the list of numbers has it, and not as the alert knew it on the day on which it was told; and by what the alert is found."""
    told = [
        alert.model_copy(
            update={
                "evidence": alert.evidence.model_copy(
                    update={
                        "numbers": [
                            line.model_copy(update={"calls": 7_777, "last_use": line.first_use})
                            for line in alert.evidence.numbers
                        ]
                    }
                )
            }
        )
        for alert in faults.alerts
    ]
    page = dossier(replace(faults, alerts=told), POLICY)
    assert "7.777" not in page
    assert page.count("<thead>") == page.count("<table>") >= 2
    known = {entry.number: entry for entry in roll(faults, {alert.organisation for alert in told})}
    form = FORMATS["nl"]
    for alert in (alert for alert in told if alert.number):
        entry = known[int(alert.number[1:])]
        row = page.split(f"<tr><td>{pretty(entry.number)}<td>")[1].partition("<tr>")[0]
        first, last, called, calls = row.split("<td>")[:4]
        for day, cell in ((entry.first_use, first), (entry.last_use, last), (entry.last_call, called)):
            assert form["date"](start_of(day).date()) in cell
        assert form["number"](entry.calls) in calls
        assert f'<code title="{alert.id}">{alert.id[:8]}</code>' in row
        # Its feed had not been seen for a month before it: the alert does not know when it began, and the row does not say so either.
        assert alert.evidence.numbers[0].first_use_known is False
        assert TEXTS["nl"]["uncertain"] in first
    last = form["until"](faults.until)
    heads = re.findall("<thead>(.*?)</thead>", page, re.DOTALL)
    assert all(TEXTS["nl"]["known_up_to"] in head and last in head for head in heads)
    assert TEXTS["nl"]["uncertain_says"] in page


def test_a_row_says_what_the_alert_rests_on(faults: Outcome) -> None:
    """Why a number is invalid; of one that nobody answers how many called it, and between which bounds the share lies."""
    page = dossier(faults, POLICY)
    alerts = [alert for alert in faults.alerts if alert.number]
    assert {alert.kind for alert in alerts} == {"invalid_number", "unreachable_number"}
    for alert in alerts:
        row = page.split(f"<tr><td>{pretty(int(alert.number[1:]))}<td>")[1].partition("<tr>")[0]
        why = alert.reasons[0]
        if alert.kind == "invalid_number":
            assert {"not_dialable": "te veel of te weinig cijfers", "unallocated": "geen geldig nummer"}[
                why.measure
            ] in row
        else:
            assert f"<td>{why.exposure['inbound']:.0f}<td>" in row
            assert all(FORMATS["nl"]["share"](bound) in row for bound in why.interval)
