"""`simulate`, `replay` and `what-if`: from invented calls to alerts, a dossier and what another policy would do."""

from __future__ import annotations

import csv
import json
from importlib import resources
from pathlib import Path

import polars as pl
import pytest
import yaml
import zstandard
from typer.testing import CliRunner

from streams.cli import main

_SCENARIO = {
    "days": 40,
    "organisations": [
        {"name": "steady", "behaviour": "steady_caller", "rate": 40},
        {"name": "nameless", "behaviour": "withheld", "rate": 40},
        {"name": "turning", "behaviour": "rotate", "rate": 60, "fleet": {"pool": 4, "life": 1, "noise": 0}},
    ],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with forty days of three organisations, and the truth about them."""
    folder = tmp_path_factory.mktemp("history")
    (folder / "three.yaml").write_text(yaml.safe_dump(_SCENARIO))
    ended = CliRunner().invoke(
        main,
        [
            "simulate", "--scenario", str(folder / "three.yaml"), "--seed", "3",
            "--out", str(folder / "calls.jsonl.zst"), "--labels", str(folder / "labels.json"),
        ],
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    return folder


@pytest.mark.wide
def test_a_simulation_is_made_of_its_seed(run, made, tmp_path):
    """The same seed writes the same bytes, another seed others, and the truth is written beside the calls."""
    scenario, again, other = made / "three.yaml", tmp_path / "again.jsonl.zst", tmp_path / "other.jsonl.zst"
    assert run("simulate", "--scenario", scenario, "--seed", 3, "--out", again).exit_code == 0
    assert run("simulate", "--scenario", scenario, "--seed", 4, "--out", other).exit_code == 0
    calls = (made / "calls.jsonl.zst").read_bytes()
    assert again.read_bytes() == calls != other.read_bytes()
    truth = json.loads((made / "labels.json").read_text())
    assert {"steady", "nameless", "turning"} <= set(json.dumps(truth).replace('"', " ").split())


@pytest.mark.wide
def test_what_was_declared_is_written_as_a_replay_reads_it(run, tmp_path):
    """Whom the truth exempts is not told of by a replay that is given what the simulation declared."""
    scenario, calls, known = tmp_path / "clinic.yaml", tmp_path / "calls.parquet", tmp_path / "known.json"
    clinic = {"name": "clinic", "behaviour": "hospital", "rate": 60}
    scenario.write_text(yaml.safe_dump({"days": 20, "organisations": [clinic]}))
    assert run("simulate", "--scenario", scenario, "--out", calls, "--reference", known).exit_code == 0
    found = []
    for given in ((), ("--reference", known)):
        alerts = tmp_path / "alerts.jsonl"
        assert run("replay", calls, "--alerts", alerts, *given).exit_code == 0
        found.append({json.loads(line)["data"]["kind"] for line in alerts.read_text().splitlines()})
    assert found == [{"anonymous_calls"}, set()]


def test_a_replay_tells_of_those_who_evade_and_of_nobody_else(run, made, tmp_path):
    """Alerts go to a file, one a line; those who evade are told of, and called numbers are nowhere."""
    alerts = tmp_path / "alerts.jsonl"
    ended = run("replay", made / "calls.jsonl.zst", "--alerts", alerts)
    assert ended.exit_code == 0, ended.output
    told = [json.loads(line)["data"] for line in alerts.read_text().splitlines()]
    found = {(each["organisation"], each["kind"]) for each in told}
    assert {("nameless", "anonymous_calls"), ("turning", "number_carousel")} <= found
    assert "steady" not in {organisation for organisation, _ in found}
    assert "nameless" in ended.stdout
    assert "called_number" not in alerts.read_text()


@pytest.mark.wide
def test_what_a_replay_says_of_persons_is_the_same_again_under_the_same_key(run, made, tmp_path):
    """Without a key it is said that it is not, and what keeps it; with one nothing is said and no byte differs."""
    key, calls = tmp_path / "key", made / "calls.jsonl.zst"
    key.write_text("invented-for-a-test-and-long-enough")
    told = []
    for again in ("a", "b"):
        ended = run("replay", calls, "--key", key, "--alerts", tmp_path / again)
        assert "pseudonym key" not in ended.stderr
        told.append((tmp_path / again).read_bytes())
    assert told[0] == told[1] != b""
    said = " ".join(run("replay", calls).stderr.split())
    assert "figures about persons, such as same_number_share, differ a little at each run" in said
    assert "--key FILE, or privacy.key_file in the settings, keeps them" in said


def test_a_mistyped_header_accuses_nobody_and_is_named(run, made, tmp_path):
    """Numbers that were not read because of it were shown all the same, and the summary says which name was meant."""
    calls = pl.read_ndjson(zstandard.open(made / "calls.jsonl.zst").read())
    calls = calls.filter(pl.col("presentation") == "allowed").rename({"presented_number": "presented_nr"})
    calls.write_csv(tmp_path / "calls.csv")
    ended = run("replay", tmp_path / "calls.csv", "--alerts", tmp_path / "alerts.jsonl")
    assert ended.exit_code == 0, ended.output
    assert "anonymous_calls" not in (tmp_path / "alerts.jsonl").read_text()
    assert "unknown key 'presented_nr'; did you mean 'presented_number'?\t" in ended.stdout


@pytest.mark.wide
def test_alerts_on_standard_output_are_nothing_but_alerts(run, made):
    """With `-` the output is lines of JSON for the next program, and what is said to people goes elsewhere."""
    ended = run("replay", made / "calls.jsonl.zst", "--alerts", "-")
    assert ended.exit_code == 0
    assert {json.loads(line)["data"]["organisation"] for line in ended.stdout.splitlines()} >= {"nameless"}


@pytest.mark.wide
def test_the_dossier_of_a_replay_stands_alone(run, made, tmp_path):
    """The report is one HTML file that names those who are told of and fetches nothing."""
    report = tmp_path / "dossier.html"
    assert run("replay", made / "calls.jsonl.zst", "--report", report).exit_code == 0
    text = report.read_text()
    assert "turning" in text
    assert "<svg" in text
    assert 'src="http' not in text


@pytest.mark.wide
def test_all_numbers_of_whom_is_told_of_are_listed(run, made, tmp_path):
    """Not the fifty that an alert names: each from which it called, as the alert has it, and nobody else's."""
    alerts, listed = tmp_path / "alerts.jsonl", tmp_path / "numbers.csv"
    assert run("replay", made / "calls.jsonl.zst", "--alerts", alerts, "--numbers", listed).exit_code == 0
    with listed.open(newline="") as file:
        rows = list(csv.DictReader(file))
    calls = pl.read_ndjson(zstandard.open(made / "calls.jsonl.zst").read())
    theirs = calls.filter((pl.col("organisation") == "turning") & (pl.col("direction") == "outbound"))
    made_by = dict(theirs.drop_nulls("presented_number")["presented_number"].value_counts().iter_rows())
    assert {row["number"]: int(row["calls"]) for row in rows if row["organisation"] == "turning"} == made_by
    assert len(made_by) > 50
    assert {row["organisation"] for row in rows} == {"turning", "nameless"}
    told = [json.loads(line)["data"] for line in alerts.read_text().splitlines()]
    carousel = [
        each for each in told if (each["kind"], each["organisation"]) == ("number_carousel", "turning")
    ]
    by_number = {row["number"]: row for row in rows}
    assert len(carousel[-1]["evidence"]["numbers"]) == 50
    for line in carousel[-1]["evidence"]["numbers"]:
        row = by_number[line["number"]]
        assert (row["first_use"], row["first_use_known"]) == (line["first_use"], str(line["first_use_known"]))


@pytest.mark.wide
def test_a_list_on_standard_output_is_nothing_but_the_list(run, made):
    """With `-` the table for people is left out, as it is for alerts."""
    ended = run("replay", made / "calls.jsonl.zst", "--numbers", "-")
    assert ended.stdout.splitlines()[0].startswith("number,organisation,organisation_name,first_use")
    assert all(line.startswith("+") for line in ended.stdout.splitlines()[1:])


def test_what_was_read_before_a_day_is_judged_as_of_that_day(run, made, tmp_path):
    """With `--until` later calls are left out and counted as such."""
    alerts = tmp_path / "early.jsonl"
    ended = run("replay", made / "calls.jsonl.zst", "--until", "2026-01-12", "--alerts", alerts)
    assert ended.exit_code == 0
    assert "after --until" in ended.stdout
    assert all(json.loads(line)["data"]["as_of"] <= "2026-01-12T" for line in alerts.read_text().splitlines())


def test_records_of_another_dialect_are_not_passed_over(run, made):
    """A replay in which no record could be read ends with an error that says what the first one lacked."""
    ended = run("replay", made / "calls.jsonl.zst", "--dialect", "asterisk_csv")
    assert ended.exit_code != 0
    assert "none of" in ended.output
    assert "Is --dialect right?" in ended.output


def test_a_feed_in_front_of_a_file_needs_a_configuration(run, made):
    """`NAME=FILE` without feeds says that a configuration is missing, not only that there is no such file."""
    ended = run("replay", f"north={made / 'calls.jsonl.zst'}")
    assert ended.exit_code != 0
    assert "give --config" in " ".join(ended.output.replace("│", " ").split())


@pytest.mark.wide
def test_what_if_lists_what_would_appear_vanish_and_move(run, made, tmp_path):
    """A policy that lets all calls be anonymous makes that alert vanish; the same policy changes nothing."""
    policy = yaml.safe_load(resources.files("monitor.policies").joinpath("nl.yaml").read_text())
    policy["rules"]["anonymous_calls"]["share"] = 1.0
    lenient = tmp_path / "lenient.yaml"
    lenient.write_text(yaml.safe_dump(policy))
    calls = made / "calls.jsonl.zst"
    same = run("what-if", calls, "--policy", "nl")
    assert same.exit_code == 0, same.output
    assert "0 appear, 0 vanish" in " ".join(same.output.split())
    other = run("what-if", calls, "--policy", lenient)
    assert other.exit_code == 0, other.output
    changes = [line.split("\t")[:3] for line in other.stdout.splitlines() if "\t" in line]
    assert changes[1:] == [["vanishes", "anonymous_calls", "nameless"]]
    back = run("what-if", calls, "--policy", "nl", "--against", lenient)
    assert "1 appear, 0 vanish" in " ".join(back.output.split())


@pytest.mark.parametrize("command", [("replay",), ("what-if", "--policy", "uk")], ids=["replay", "what-if"])
def test_calls_that_are_nobodys_are_not_silence(run, made, tmp_path, command):
    """Where records name no organisation, it is said how many calls no rule judged and what to do; with a rule it is not."""
    records = tmp_path / "Master.csv"
    simulated = ["simulate", "--scenario", made / "three.yaml", "--seed", 3, "--days", 3]
    assert run(*simulated, "--dialect", "asterisk_csv", "--out", records).exit_code == 0
    ended = run(*command, records, "--dialect", "asterisk_csv")
    said = " ".join(ended.output.split())
    assert ended.exit_code == 0, said
    assert "calls belong to no known organisation" in said
    assert "attribution:" in said
    config = tmp_path / "nw.yml"
    config.write_text(
        "feeds: [{name: a, dialect: asterisk_csv, organisation: bakker}]\nprivacy: {demo: true}\n"
    )
    told = run(*command, records, "--config", config)
    assert told.exit_code == 0, told.output
    assert "no known organisation" not in told.output


@pytest.mark.wide
@pytest.mark.parametrize("command", [("replay",), ("what-if", "--policy", "uk")], ids=["replay", "what-if"])
def test_a_mistyped_name_in_the_reference_exempts_nobody_in_silence(run, made, tmp_path, command):
    """It is named with what was probably meant; spelt as its calls name it, nothing is said."""
    known = tmp_path / "known.yml"
    known.write_text("organisations: {nameles: {class: exempt}, steady: {class: charity}}\n")
    ended = run(*command, made / "calls.jsonl.zst", "--reference", known)
    said = " ".join(ended.stderr.split())
    assert ended.exit_code == 0, ended.output
    assert "no call in what was judged: 'nameles' (did you mean 'nameless'?). Is each" in said
    assert "steady" not in said
    known.write_text("organisations: {nameless: {class: exempt}}\n")
    assert "the reference names" not in run(*command, made / "calls.jsonl.zst", "--reference", known).stderr
