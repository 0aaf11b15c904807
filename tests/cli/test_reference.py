"""The reference as commands take it: whose accounts and ranges are."""

from __future__ import annotations

import json

import pytest

CALL = {
    "call_id": "c1",
    "started_at": "2026-01-05T09:00:00Z",
    "presented_number": "+31880000001",
    "called_number": "+31600000001",
    "account": "1001",
}
SETTINGS = """
feeds: [{name: north}]
privacy: {key: invented-for-a-test-and-long-enough}
reference: known.yml
"""


@pytest.fixture
def folder(tmp_path):
    """Settings, a reference with a range, and a call from it."""
    (tmp_path / "nummerwacht.yml").write_text(SETTINGS)
    (tmp_path / "known.yml").write_text('ranges: [{prefix: "+3188", organisation: bakker}]\n')
    (tmp_path / "calls.jsonl").write_text(json.dumps(CALL) + "\n")
    return tmp_path


def test_a_sample_shows_whose_a_call_is_by_the_reference(run, folder):
    """Whoever writes a reference sees what becomes of a record under it."""
    ended = run("check", folder / "nummerwacht.yml", "--sample", folder / "calls.jsonl")

    assert ended.exit_code == 0
    assert ["organisation", "bakker"] in [line.split() for line in ended.stdout.splitlines()]


def test_a_check_counts_what_is_known_and_names_feeds_that_are_not_there(run, folder):
    """An account of a feed that nobody has would never match, and nobody would see why."""
    accounts = 'accounts: [{account: "1", feed: noord, organisation: bakker}]\n'
    (folder / "known.yml").write_text(accounts)

    ended = run("check", folder / "nummerwacht.yml")

    assert "0 organisations, 1 accounts, 0 ranges, 0 declared events, 0 exemptions" in ended.stdout
    assert "unwise: reference: accounts are of the feed noord, which is not among the feeds" in ended.stdout


@pytest.mark.parametrize(
    "command",
    [("replay", "calls.jsonl"), ("what-if", "calls.jsonl", "--policy", "uk")],
    ids=["replay", "what-if"],
)
def test_every_mistake_in_a_reference_is_told(run, folder, monkeypatch, command):
    """With the file, the place, and what was probably meant."""
    monkeypatch.chdir(folder)
    (folder / "known.yml").write_text('ranges: [{prefix: "088", organisation: x}]\nacounts: []\n')

    ended = run(*command, "--reference", "known.yml")

    said = " ".join(ended.stderr.split())
    assert ended.exit_code == 2
    assert "known.yml can't be used: ranges.0: prefix begins with 0" in said
    assert "acounts: unknown key; did you mean 'accounts'?" in said
