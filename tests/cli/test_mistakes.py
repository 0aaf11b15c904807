"""What people type wrong, and where output goes: a line that says what to do, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from streams.cli.screen import Screen

LINE = (
    '{"call_id": "c1", "started_at": "2026-01-05T09:00:00Z", "presented_number": "+31200000001", '
    '"called_number": "+31600000001", "organisation": "De Proef"}\n'
)
#: Scenarios that can't be used, by their flaw.
SCENARIOS = {
    "names": "organisations: [{name: a, behaviour: rotate, count: 2}, {name: a-1, behaviour: rotate}]",
    "season": "organisations: [{name: a, behaviour: seasonal, fleet: {all_year: 99}}]",
    "endless": "organisations: [{name: a, behaviour: rotate, rate: .inf}]",
    "nobody": "organisations: []",
    "feeds": "feeds: [{name: a, dialect: mapping, mapping: {call_id: i, started_at: t, presented_number: n, called_number: c}}]",
    "ahead": "start: 2126-01-07\ndays: 3\norganisations: [{name: a, behaviour: rotate}]",
    "paths": "feeds: [../up]\norganisations: [{name: a, behaviour: rotate}]",
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder to work in, with a call, a file without a record one that is no YAML, one with a key twice and a scenario on Mars."""
    (tmp_path / "calls.jsonl").write_text(LINE)
    (tmp_path / "future.jsonl").write_text(LINE.replace("2026-", "2126-"))
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "empty.yaml").touch()
    (tmp_path / "bad.yaml").write_text("- a\nb: c")
    (tmp_path / "zone.yaml").write_text("zone: Mars\norganisations: [{name: a, behaviour: small_shop}]\n")
    (tmp_path / "twice.yaml").write_text("a: 1\nb: 2\na: 3\n")
    (tmp_path / "latin.yaml").write_bytes("organisations: [caf\u00e9]".encode("latin-1"))
    for name, text in SCENARIOS.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("simulate --out x.jsonl --start someday", 2, "--start someday: give a day"),
        ("simulate --out x.jsonl --start 2026-13-45", 2, "--start 2026-13-45: give a day"),
        ("simulate --out x.jsonl --scenario nope.yaml", 2, "can't be read: No such file"),
        ("simulate --out x.jsonl --scenario bad.yaml", 2, "bad.yaml: line 2, column 1: no YAML"),
        ("simulate --out x.jsonl --scenario twice.yaml", 2, "twice.yaml: line 3, column 1: no YAML: key 'a'"),
        ("simulate --out x.jsonl --scenario zone.yaml", 2, "zone: there is no time zone 'Mars'"),
        ("simulate --out x.jsonl --scenario empty.yaml", 2, "must be a mapping"),
        ("simulate --out x.jsonl --scenario latin.yaml", 2, "latin.yaml: is not UTF-8 text"),
        (
            "simulate --out x.jsonl --scenario names.yaml",
            2,
            "the scenario can't be used: organisations: a-1 is",
        ),
        ("simulate --out x.jsonl --scenario season.yaml", 2, "all_year must not be more than the pool has"),
        ("simulate --out x.jsonl --scenario endless.yaml", 2, "rate: must be a finite number"),
        ("simulate --out x.jsonl --scenario nobody.yaml", 2, "organisations: must have 1 entry at least"),
        ("simulate --out x.jsonl --scenario paths.yaml", 2, "feeds.0: must match pattern"),
        ("simulate --out x.jsonl --seed -1", 2, "greater than or equal to 0"),
        ("simulate --out x.jsonl --scale inf", 2, "less than or equal to 1000"),
        ("simulate --out x.jsonl --days 99999999", 2, "no calendar goes so far"),
        ("simulate --out x.jsonl --start 9999-12-30", 2, "no calendar goes so far"),
        ("simulate --out x.jsonl --start 0001-01-01", 2, "the years begin with 1900"),
        ("simulate --out x.jsonl --pace 60", 2, "go with --topic"),
        ("simulate --out x.jsonl --labels ./x.jsonl", 2, "--out and --labels can't both be x.jsonl"),
        ("simulate --topic --config feeds.yaml", 2, "no records of the dialect 'mapping' can be made"),
        ("simulate --out - --labels -", 2, "both be standard output"),
        ("replay calls.jsonl --until 0001-01-01T00:00:00+14:00", 2, "no calendar goes so far"),
        (
            "replay calls.jsonl --alerts x.jsonl --report ./x.jsonl",
            2,
            "--alerts and --report can't both be x.jsonl",
        ),
        ("replay calls.jsonl --report ./calls.jsonl", 2, "is a file that is read"),
        ("simulate --out nowhere/x.jsonl", 2, "there is no folder"),
        ("simulate --days 1 --out x.jsonl --labels nowhere/x.json", 2, "there is no folder"),
        ("replay .", 2, "Is a directory"),
        ("replay nope.jsonl", 2, "there is no file nope.jsonl"),
        ("replay calls.jsonl --feed north", 2, "--feed north: give --config with the feeds"),
        ("replay future.jsonl", 3, "calls that are yet to come"),
        ("replay empty.jsonl", 3, "no record"),
        ("what-if empty.jsonl --policy uk", 3, "no record"),
        ("replay calls.jsonl --policy bad.yaml", 2, "line 2, column 1: no YAML"),
        ("replay calls.jsonl --reference bad.yaml", 2, "line 2, column 1: no YAML"),
        ("replay calls.jsonl --policy twice.yaml", 2, "line 3, column 1: no YAML: key 'a' is given twice"),
        ("replay calls.jsonl --reference twice.yaml", 2, "line 3, column 1: no YAML: key 'a' is given twice"),
        ("replay calls.jsonl --alerts /proc/x", 2, "error: /proc/x: No such file"),
        ("replay calls.jsonl --alerts .", 2, ". is a folder"),
        ("replay calls.jsonl --alerts - --report -", 2, "both be standard output"),
        ("topics --plan --apply", 2, "--plan only sizes"),
    ],
)
def test_a_mistake_is_answered_with_what_is_wrong(run, folder, command, code, said):
    """In a line, with the exit code of its kind, and nothing is left behind."""
    ended = run(*command.split())

    assert ended.exit_code == code, ended.output
    assert said in " ".join(ended.stderr.replace("│", " ").split())
    assert not list(folder.glob("x.*"))


def test_a_day_that_is_none_is_said_plainly(run, folder):
    """A policy's mistakes have no words of the library that found them."""
    text = resources.files("monitor.policies").joinpath("nl.yaml").read_text("utf-8")
    policy = yaml.safe_load(text)
    policy["rules"]["anonymous_calls"]["from"] = "someday"
    Path("mine.yaml").write_text(yaml.safe_dump(policy))

    assert (
        "rules.anonymous_calls.from: must be a day, as 2026-03-01"
        in run("check", "--policy", "mine.yaml").stderr
    )


def test_a_file_that_broke_off_is_not_there(run, folder):
    """What was simulated before stays when a later run is refused."""
    assert run("simulate", "--days", 1, "--out", "calls.jsonl", "--dialect", "nope").exit_code == 2
    assert Path("calls.jsonl").read_text() == LINE


def test_calls_on_standard_output_are_nothing_but_calls(run):
    """With `-` the next program gets lines of JSON, and what is said to people goes elsewhere."""
    ended = run("simulate", "--days", 1, "--out", "-")

    assert {line[0] for line in ended.stdout.splitlines()} == {"{"}
    assert "standard output" in ended.stderr


def test_a_device_is_written_to_and_not_replaced(run, folder):
    """`--alerts /dev/null`, and a named pipe, are what they were; a file put in their place would be there for all."""
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("replay", "calls.jsonl", "--alerts", "pipe").exit_code == 0
        assert Path("pipe").is_fifo()
    finally:
        os.close(reader)


def test_a_link_goes_on_to_name_its_file(run, folder):
    """The file behind it is written, and the link stays."""
    Path("alerts").symlink_to("behind.jsonl")
    assert run("replay", "calls.jsonl", "--alerts", "alerts").exit_code == 0
    assert Path("alerts").is_symlink()
    assert Path("behind.jsonl").is_file()


def test_a_file_that_is_written_again_is_read_by_no_more_people(run, folder):
    """Alerts are evidence: what its owner made private stays so."""
    Path("alerts").touch(mode=0o600)
    assert run("replay", "calls.jsonl", "--alerts", "alerts").exit_code == 0
    assert Path("alerts").stat().st_mode & 0o777 == 0o600


def test_a_day_before_all_calls_is_said(run, folder):
    """A replay of nothing does not look like one that found nothing."""
    Path("calls.jsonl").write_text(LINE + "no call\n")
    ended = run("replay", "calls.jsonl", "--until", "2020-01-01")

    assert "all calls are later than --until 2020-01-01" in ended.stderr


def test_that_nothing_is_open_is_said(run, folder):
    """Whoever finds no table knows that it is not missing."""
    assert "nothing to tell of" in run("replay", "calls.jsonl").stderr


def test_a_reader_that_goes_away_is_no_error():
    """`nummerwacht ... | head -1` ends at once, without a word, as other programs do."""
    command = [sys.executable, "-m", "streams", "check", "--policy", "nl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
        ran.stdout.close()
        assert ran.stderr.read() == b""
    assert ran.returncode == 141


def test_the_version_is_told(run):
    """Whoever reports a defect can say of what."""
    assert run("--version").stdout.startswith("nummerwacht ")


def test_a_long_reason_goes_under_its_row_on_a_narrow_terminal():
    """At 80 columns words stay whole and lines no longer than the terminal."""
    screen = Screen()
    screen.out = Console(width=80, force_terminal=True, color_system=None, record=True)
    reason = (
        "effective_over_needed_numbers 12.7 (1.5), same_number_share 0.146 (0.593), survival_at_use_term 0"
    )
    screen.table("Open", "kind", "why", rows=[("number_carousel", reason)], under=True)
    lines = screen.out.export_text().splitlines()

    assert max(map(len, lines)) <= 80
    assert " ".join(reason.split()) == " ".join(" ".join(lines[4:]).split())


def test_a_flaw_within_a_list_is_not_told_as_a_list_that_is_too_short(run, folder):
    """One mistake is one line."""
    said = run("simulate", "--out", "x.jsonl", "--scenario", "paths.yaml").stderr.splitlines()
    assert len(said) == 2, said


def test_a_scenario_begins_so_early_that_its_days_are_over(run, folder):
    """Whoever reads its calls would reject those of days to come; the day of the week stays."""
    ended = run("simulate", "--scenario", "ahead.yaml", "--out", "x.jsonl")

    assert ended.exit_code == 0
    assert "so that all days are over" in ended.stderr
    last = max(json.loads(line)["started_at"] for line in Path("x.jsonl").read_text().splitlines())
    assert last < datetime.now(UTC).isoformat()
