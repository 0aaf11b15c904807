"""The reference as commands take it: whose accounts and ranges are."""

from __future__ import annotations

import asyncio
import json

import pytest

from monitor.reference import Reference
from streams.cluster import provision
from streams.config import load
from streams.reference import publish

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


@pytest.fixture
def cluster(folder, bootstrap, prefix):
    """Settings with a cluster on which the topics are."""
    kafka = {
        "bootstrap_servers": bootstrap,
        "topic_prefix": prefix,
        "replication_factor": 1,
        "partitions": 1,
        "reference_topic": True,
    }
    config = folder / "nummerwacht.yml"
    config.write_text(json.dumps({"kafka": kafka, "reference": "known.yml"}))
    asyncio.run(provision.make(load(config, {}).kafka, provision.needed(load(config, {}).kafka)))
    return config


def _rows(ended) -> list[list[str]]:
    return [line.split("\t")[:2] for line in ended.stdout.splitlines()[1:] if "\t" in line]


def test_a_file_is_published_when_it_is_said_twice(run, folder, cluster):
    """First what would change, then the change; what is there already is not written again."""
    file = folder / "more.yml"
    file.write_text(
        'accounts: [{account: "1", organisation: bakker}]\norganisations: {bakker: {class: charity}}\n'
    )
    wanted = [["add", "organisation/bakker"], ["add", "account/*/*/1"]]

    planned = run("reference", cluster, "--publish", file)
    assert (planned.exit_code, _rows(planned)) == (0, wanted)
    assert "Nothing was written" in planned.stderr
    assert "1 accounts or ranges have no `from`" in planned.stderr
    assert _rows(run("reference", cluster)) == []

    assert "wrote 2 entries, took 0 away" in run("reference", cluster, "--publish", file, "--apply").stdout
    assert [row[0] for row in _rows(run("reference", cluster))] == ["account/*/*/1", "organisation/bakker"]
    assert "nothing to do" in run("reference", cluster, "--publish", file, "--apply").stdout


def test_entries_are_changed_and_taken_away(run, folder, cluster):
    """By their key, or since the file that is published whole does not have them."""
    file = folder / "more.yml"
    file.write_text(
        "organisations: {bakker: {class: charity}, slager: {class: exempt}, smid: {class: exempt}}\n"
    )
    run("reference", cluster, "--publish", file, "--apply")
    file.write_text("organisations: {bakker: {class: publisher}}\n")

    changed = run(
        "reference", cluster, "--publish", file, "--whole", "--remove", "organisation/smid", "--apply"
    )

    assert _rows(changed) == [
        ["change", "organisation/bakker"],
        ["take away", "organisation/slager"],
        ["take away", "organisation/smid"],
    ]
    assert [row[0] for row in _rows(run("reference", cluster))] == ["organisation/bakker"]


def test_what_workers_go_by_is_written_for_a_replay(run, folder, cluster):
    """The file of the settings and the topic together, in a form that is read again."""
    (folder / "more.yml").write_text('ranges: [{prefix: "+3188", organisation: slager}]\n')
    run("reference", cluster, "--publish", folder / "more.yml", "--apply")

    assert run("reference", cluster, "--out", folder / "now.json").exit_code == 0

    assert (
        Reference.load((folder / "now.json").read_text()).entries()["range/*/3188*"].organisation == "slager"
    )


def test_a_bad_entry_is_shown_with_its_key(run, folder, cluster):
    """And can be taken away by it."""
    asyncio.run(publish(load(cluster, {}).kafka, {"organisation/x": b"{"}))

    assert "can't be used: organisation/x: the value is no JSON" in run("reference", cluster).stderr
    assert run("reference", cluster, "--remove", "organisation/x", "--apply").exit_code == 0
    assert run("reference", cluster).stderr == ""


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--whole",), "--whole goes with --publish"),
        (("--apply",), "--apply goes with --publish or --remove"),
        (("--publish", "known.yml", "--out", "x.json"), "--out shows what is there"),
        (("--remove", "organisation/x"), "no such entry"),
        (("--publish", "known.yml", "--remove", "range/*/3188*"), "the file has it"),
    ],
)
def test_flags_that_do_not_go_together_are_told(run, folder, cluster, monkeypatch, flags, said):
    """Before anything is written."""
    monkeypatch.chdir(folder)
    ended = run("reference", cluster, *flags)

    assert ended.exit_code == 2
    assert said in " ".join(ended.stderr.replace("│", " ").split())


def test_a_topic_that_is_not_there_is_told_with_the_command_that_makes_it(run, folder, cluster, prefix):
    """Publishing makes no topic: a broker that does so itself would not compact it."""
    cluster.write_text(cluster.read_text().replace(prefix, f"{prefix}other-"))

    ended = run("reference", cluster)

    assert ended.exit_code == 2
    assert "`nummerwacht topics CONFIG --apply` makes it" in ended.stderr
