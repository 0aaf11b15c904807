"""What is said of files of which something, or everything, could not be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from streams.cli.tally import REJECTED

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules" / "alerting.yml"
CALLS = [
    {
        "call_id": f"c{at}",
        "started_at": "2026-01-05T09:00:00Z",
        "presented_number": "+31200000001",
        "called_number": f"+3160000{at:04}",
        "organisation": "De Proef",
    }
    for at in range(200)
]
LINES = [json.dumps(call) for call in CALLS]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
COMMANDS = [("replay",), ("what-if", "--policy", "uk")]


def text(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a file of calls, and others of which a record, many or all can't be read."""
    files = {
        "good.jsonl": text(LINES),
        "empty.jsonl": b"",
        "picture.png": PNG,
        "document.json": json.dumps({"exported": [1, 2]}, indent=1).encode(),
        "array.json": ("[\n" + ",\n".join(LINES) + "\n]\n").encode(),
        "array-in-a-line.json": json.dumps(CALLS).encode(),
        "pretty.json": b"\xef\xbb\xbf" + json.dumps(CALLS, indent=1).encode(),
        "log.jsonl": text(["[2026-01-05 09:00:00] export begins", *LINES]),
        "two.jsonl": text([*LINES[:198], "no call", "none either"]),
        "three.jsonl": text([*LINES[:197], "no call", '{"call_id": "c"}', "none either"]),
        "future.jsonl": text([LINES[0].replace("2026-", "2126-")]),
        "nw.yml": b"feeds: [{name: a, dialect: canonical}, {name: b, dialect: canonical}]\nprivacy: {demo: true}\n",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(ended) -> str:
    return " ".join(ended.stderr.split())


@pytest.mark.parametrize("command", COMMANDS, ids=["replay", "what-if"])
@pytest.mark.parametrize("bad", ["picture.png", "document.json", "future.jsonl"])
def test_a_file_of_which_nothing_could_be_read_ends_it_whatever_else_was_read(run, folder, command, bad):
    """Its name is in the error, and the calls of the other file make no result of half of what was given."""
    ended = run(command[0], "good.jsonl", bad, *command[1:])
    assert ended.exit_code == 3, ended.output
    assert f"records of {bad}" in said(ended)
    assert ended.stdout == ""


def test_all_such_files_are_named_at_once(run, folder):
    """Whoever takes one away is not sent back for the next."""
    ended = run("replay", "picture.png", "good.jsonl", "document.json")
    assert ended.exit_code == 3
    assert "records of picture.png could be read; the first: " in said(ended)
    assert "; nor any of document.json. Is --dialect right?" in said(ended)


def test_a_feed_that_could_not_be_read_is_not_made_up_for_by_another(run, folder):
    """Two files of two feeds, of which one is in another dialect, are no success."""
    ended = run("replay", "--config", "nw.yml", "a=good.jsonl", "b=picture.png")
    assert ended.exit_code == 3
    assert "records of picture.png" in said(ended)


def test_what_was_to_be_written_stays_as_it_was(run, folder):
    """Nothing is half written, and nothing is written of half."""
    (folder / "alerts.jsonl").write_text("before")
    ended = run("replay", "good.jsonl", "picture.png", "--alerts", "alerts.jsonl", "--report", "dossier.html")
    assert ended.exit_code == 3
    assert (folder / "alerts.jsonl").read_text() == "before"
    assert not (folder / "dossier.html").exists()
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("name", ["array.json", "array-in-a-line.json", "pretty.json"])
def test_a_json_array_is_told_for_what_it_is(run, folder, name):
    """Its last element would else be read as the only call of a file, and the command would end well."""
    for command in (["replay", name], ["replay", "good.jsonl", name], ["check", "nw.yml", "--feed", "a", "--sample", name]):  # fmt: skip
        ended = run(*command)
        assert ended.exit_code == 3
        assert f"{name}: this is one JSON array; write one object a line" in said(ended)


def test_a_first_line_in_brackets_is_one_bad_record(run, folder):
    """What a log writes before its records makes no array of them."""
    ended = run("replay", "log.jsonl")
    assert ended.exit_code == 0, ended.output
    assert "calls\t200" in ended.stdout
    assert "rejected: not_json\t1" in ended.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=["replay", "what-if"])
def test_more_rejected_records_than_a_worker_bears_are_told_of_with_their_file(run, folder, command):
    """With the reason most of them have; and up to that bound nothing is said."""
    ended = run(command[0], "good.jsonl", "three.jsonl", *command[1:])
    assert ended.exit_code == 0
    assert "three.jsonl: 3 of 200 records (1.5%) were rejected, 2 of them: not_json" in said(ended)
    assert "good.jsonl" not in said(ended)
    assert "were rejected" not in said(run(command[0], "two.jsonl", *command[1:]))


def test_the_bound_is_that_of_a_workers_alert():
    """A file is held to what a feed is held to."""
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    [rule] = [rule for group in groups for rule in group["rules"] if rule.get("alert") == "RecordsRejected"]
    assert float(rule["expr"].rsplit(">", 1)[1]) == REJECTED


def test_an_empty_file_is_told_of_and_no_error(run, folder):
    """A feed may have had no calls, and a transfer may have brought none; if all are empty there is nothing to say."""
    ended = run("replay", "good.jsonl", "empty.jsonl")
    assert ended.exit_code == 0
    assert "no record is in empty.jsonl" in said(ended)
    ended = run("replay", "empty.jsonl", "empty.jsonl")
    assert ended.exit_code == 3
    assert said(ended).count("no record is in") == 1


def test_of_many_files_a_few_are_named(run, folder):
    """A folder of hours is not a screen of notes; those that lack most are named."""
    for at in range(9):
        (folder / f"{at}.jsonl").write_bytes(text([*LINES[at * 9 : at * 9 + 9], *["no call"] * (at + 1)]))
    ended = run("replay", *(f"{at}.jsonl" for at in range(9)))
    assert [line.split(":")[0] for line in ended.stderr.splitlines() if "were rejected" in line] == [
        f"{at}.jsonl" for at in (8, 7, 6, 5, 4)
    ]
    assert "so were more than 1% of the records of 4 other files" in said(ended)


def test_what_comes_through_a_pipe_has_a_name_too(run, folder):
    """Standard input is called that."""
    ended = run("replay", "-", stdin=PNG)
    assert ended.exit_code == 3
    assert "records of standard input could be read" in said(ended)
