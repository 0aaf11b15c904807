"""The dossier names every number that was told of, and says what they have in common once."""

from __future__ import annotations

import pytest

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
    assert page.count("numbers given up before the term for their use (90 days)") == 1
    assert f"{len(named)} nummers van turns" in page
    assert "Dagen in tabellen en figuren zijn dagen in UTC." in page
    assert (
        '<rect class="s' not in page.split("<h3>")[2]
    )  # lanes are a path a shade: a bar each was five megabytes
