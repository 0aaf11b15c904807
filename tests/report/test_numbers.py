"""The dossier names every number that was told of, and says what they have in common once."""

from __future__ import annotations

import pytest

from monitor.explain.formats import FORMATS
from monitor.number import pretty
from monitor.replay import Outcome
from monitor.report import dossier
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


def test_a_row_says_what_the_alert_rests_on() -> None:
    """Why a number is invalid; of one that nobody answers how many called it, and between which bounds the share lies."""
    town = {
        "name": "faults",
        "days": 45,
        "organisations": [
            {"name": "invalid", "behaviour": "invalid", "rate": 200, "fleet": {"pool": 9}},
            {"name": "unreachable", "behaviour": "unreachable", "rate": 300, "fleet": {"pool": 6}},
            {"name": "honest", "behaviour": "steady_caller", "rate": 20},
        ],
    }
    found = replayed(Scenario.model_validate(town))
    page = dossier(found, POLICY)
    alerts = [alert for alert in found.alerts if alert.number]
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
