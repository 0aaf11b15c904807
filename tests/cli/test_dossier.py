"""`nummerwacht dossier`: alerts that somebody received."""

from __future__ import annotations

import csv
import gzip
from datetime import date, timedelta, timezone
from pathlib import Path

import pytest

from monitor.alert import Alert, Evidence, Number, encode
from monitor.rules.evidence import SHOWN
from tests.cli.test_alerts import alert

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def event(alert: Alert) -> bytes:
    return encode(alert, {"nl": f"over {alert.organisation}", "en": f"about {alert.organisation}"}) + b"\n"


def resolved(alert: Alert, day: int) -> Alert:
    at = alert.as_of.replace(day=day)
    return alert.model_copy(update={"status": "resolved", "sequence": alert.sequence + 1, "as_of": at})


def with_number(alert: Alert) -> Alert:
    line = Number(
        number=alert.number,
        first_use=date(2026, 2, 1),
        first_use_known=True,
        last_use=date(2026, 2, 4),
        calls=40,
        status="retired",
    )
    return alert.model_copy(update={"evidence": Evidence.over().model_copy(update={"numbers": [line]})})


CAROUSEL = alert("number_carousel", None, "high", 2, 0.25)
NUMBER = with_number(alert("short_tenure", 31_850_000_001, "low", 3, 4))
OTHER = alert("short_tenure", 31_850_000_002, "low", 4, 4).model_copy(update={"organisation": "=bakker"})


@pytest.fixture
def told(tmp_path):
    """Two files of one history: shuffled, packed, with a state twice."""
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    first.write_bytes(event(resolved(NUMBER, 9)) + event(CAROUSEL))
    second.write_bytes(gzip.compress(event(NUMBER) + event(CAROUSEL) + event(OTHER)))
    return first, second


def test_files_are_one_history(run, told, tmp_path):
    """Each state counts once, and the last of an alert stands, whichever file it is in."""
    ended = run("dossier", *told, "--out", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")

    assert ended.exit_code == 0
    assert [line.split("\t")[0] for line in ended.output.splitlines()] == [
        "kind",
        "number_carousel",
        "short_tenure",
    ]
    assert "about acme" in page
    assert page.count("<dd>") == 3
    assert '<span lang="en">4</span>' in page  # messages


def test_the_list_of_numbers_has_their_use_and_their_alert(run, told, tmp_path):
    """Also of one that is over, whose last state names no number; and a name is no formula."""
    run("dossier", *told, "--numbers", tmp_path / "numbers.csv")
    with (tmp_path / "numbers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert [(row["number"], row["organisation"], row["alert_status"]) for row in rows] == [
        ("+31850000002", "'=bakker", "open"),
        ("+31850000001", "acme", "resolved"),
    ]
    assert [rows[1][name] for name in ("first_use", "last_use", "calls", "alert")] == [
        "2026-02-01",
        "2026-02-04",
        "40",
        NUMBER.id,
    ]
    assert rows[0]["first_use"] == ""


def test_every_number_that_an_alert_has_named_is_listed(run, tmp_path):
    """Of all its states, each as it was named last; and the one that it is about, whatever it names."""
    first, second = (
        CAROUSEL.model_copy(
            update={
                "sequence": sequence,
                "evidence": Evidence.over().model_copy(
                    update={
                        "numbers": [
                            NUMBER.evidence.numbers[0].model_copy(update={"number": number, "calls": calls})
                            for number, calls in named
                        ]
                    }
                ),
            }
        )
        for sequence, named in enumerate(
            ([("+31850000007", 1), ("+31850000008", 2)], [("+31850000008", 3), ("+31850000009", 4)])
        )
    )
    about = NUMBER.model_copy(update={"evidence": first.evidence})
    (tmp_path / "a.jsonl").write_bytes(event(second) + event(first) + event(about))
    run("dossier", tmp_path / "a.jsonl", "--numbers", tmp_path / "numbers.csv")
    with (tmp_path / "numbers.csv").open(newline="") as file:
        rows = [(row["kind"], row["number"][-1], row["calls"]) for row in csv.DictReader(file)]
    assert [row for row in rows if row[0] == "number_carousel"] == [
        ("number_carousel", "7", "1"),
        ("number_carousel", "8", "3"),
        ("number_carousel", "9", "4"),
    ]
    assert [row[1:] for row in rows if row[0] == "short_tenure"] == [("1", ""), ("7", "1"), ("8", "2")]


def test_how_many_numbers_the_list_lacks_is_said(run, tmp_path):
    """A list of those that were named looks whole; and nothing is said where it is, or where none was asked for."""
    found = NUMBER.evidence.model_copy(update={"counts": {"numbers": 156}})
    (tmp_path / "a.jsonl").write_bytes(event(CAROUSEL.model_copy(update={"evidence": found})) + event(NUMBER))
    ended = run("dossier", tmp_path / "a.jsonl", "--numbers", tmp_path / "numbers.csv")
    said = " ".join(ended.stderr.split())
    assert f"an alert names {SHOWN} of an organisation at most" in said
    assert "number_carousel of acme counts 156 and has named 1." in said
    assert "`nummerwacht replay --numbers FILE` lists all of them" in said
    assert "counts 156" not in run("dossier", tmp_path / "a.jsonl").stderr
    found = found.model_copy(update={"counts": {"numbers": 1}})
    (tmp_path / "a.jsonl").write_bytes(event(CAROUSEL.model_copy(update={"evidence": found})))
    assert run("dossier", tmp_path / "a.jsonl", "--numbers", tmp_path / "numbers.csv").stderr == ""


def test_help_says_how_many_numbers_an_alert_names():
    """As many as rules put in the evidence."""
    assert f"An alert names {SHOWN} of an organisation at most" in README


def test_nothing_in_the_list_is_a_formula(run, tmp_path):
    """Names, kinds and ids are another's: a spreadsheet shows them and works nothing out."""
    odd = NUMBER.model_copy(update={"organisation": "@a", "kind": "=b", "id": "-c"})
    (tmp_path / "a.jsonl").write_bytes(event(odd))
    run("dossier", tmp_path / "a.jsonl", "--numbers", tmp_path / "numbers.csv")
    with (tmp_path / "numbers.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["organisation"], row["kind"], row["alert"]) == ("'@a", "'=b", "'-c")


def test_excel_opens_the_list_as_it_is_meant(run, told, tmp_path):
    """Where a comma is in a figure: columns in their places, letters as they are, and texts as texts, whatever they look like."""
    odd = NUMBER.model_copy(
        update={"organisation": '0012" & co', "organisation_name": "Bakkerij Één", "id": "12e34"}
    )
    (tmp_path / "a.jsonl").write_bytes(event(odd))
    listed = tmp_path / "numbers.csv"
    assert run("dossier", tmp_path / "a.jsonl", "--numbers", listed, "--for-excel").exit_code == 0
    assert listed.read_bytes().startswith(b"\xef\xbb\xbf")
    with listed.open(newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (row["number"], row["organisation"], row["alert"]) == (
        '="+31850000001"',
        '="0012"" & co"',
        '="12e34"',
    )
    assert (row["organisation_name"], row["first_use"], row["calls"]) == ("Bakkerij Één", "2026-02-01", "40")
    ended = run("dossier", tmp_path / "a.jsonl", "--for-excel")
    assert ended.exit_code == 2
    assert "give --numbers FILE" in " ".join(ended.output.split())


def test_the_list_has_the_name_of_an_organisation(run, tmp_path):
    """As the alert that was told last has it, on all rows; and no formula."""
    early = NUMBER.model_copy(update={"organisation_name": "Oud"})
    late = CAROUSEL.model_copy(
        update={
            "organisation_name": "=Nieuw",
            "as_of": NUMBER.as_of + timedelta(days=9),
            "evidence": NUMBER.evidence,
        }
    )
    (tmp_path / "a.jsonl").write_bytes(event(early) + event(late) + event(OTHER))
    run("dossier", tmp_path / "a.jsonl", "--numbers", tmp_path / "numbers.csv")
    with (tmp_path / "numbers.csv").open(newline="") as file:
        rows = [(row["organisation"], row["organisation_name"]) for row in csv.DictReader(file)]
    assert sorted(rows) == [("'=bakker", ""), ("acme", "'=Nieuw"), ("acme", "'=Nieuw")]


def test_a_state_that_two_files_say_otherwise_is_the_later_one(run, tmp_path):
    """Whichever is read first."""
    early, late = (
        CAROUSEL,
        CAROUSEL.model_copy(update={"as_of": CAROUSEL.as_of + timedelta(days=1), "severity": "low"}),
    )
    for name, state in (("a", early), ("b", late)):
        (tmp_path / name).write_bytes(event(state))
    for order in ("ab", "ba"):
        assert "low" in run("dossier", *(tmp_path / name for name in order)).output


def test_a_day_is_one_of_utc(run, tmp_path):
    """One o'clock at night in Amsterdam is the day before."""
    local = CAROUSEL.as_of.replace(day=4, hour=1, tzinfo=timezone(timedelta(hours=2)))
    (tmp_path / "a").write_bytes(event(CAROUSEL.model_copy(update={"as_of": local})))
    assert "number_carousel" in run("dossier", tmp_path / "a", "--since", "2026-03-03").output
    assert "number_carousel" not in run("dossier", tmp_path / "a", "--since", "2026-03-04").output


@pytest.mark.parametrize(
    ("flags", "left"),
    [
        (["--organisation", "=bakker"], {OTHER.id}),
        (["--organisation", "=bakker", "--organisation", "acme"], {CAROUSEL.id, NUMBER.id, OTHER.id}),
        (["--since", "2026-03-04"], {NUMBER.id, OTHER.id}),
        (["--open"], {CAROUSEL.id, OTHER.id}),
    ],
)
def test_what_is_asked_for_is_chosen(run, told, tmp_path, flags, left):
    """By organisation, by the day on which something was told, or what is open."""
    page = tmp_path / "page.html"
    assert run("dossier", *told, "--out", page, *flags).exit_code == 0

    shown = page.read_text("utf-8")
    assert {one.id for one in (CAROUSEL, NUMBER, OTHER) if f"<code>{one.id}</code>" in shown} == left


def test_an_organisation_without_alerts_is_named(run, told):
    """With the one that it may have been meant for."""
    ended = run("dossier", *told, "--organisation", "acmee")

    assert ended.exit_code == 2
    assert "did you mean 'acme'" in " ".join(ended.output.split())


def test_other_lines_are_left_out_and_counted(run, tmp_path):
    """A log between alerts costs none of them; a file without any alert is an error that says what its first line is."""
    mixed, none = tmp_path / "mixed.jsonl", tmp_path / "none.jsonl"
    mixed.write_bytes(b"started\n\n" + event(CAROUSEL) + event(NUMBER)[:40])
    none.write_bytes(b"started\n")

    assert "2 lines are no alert and left out: line 1 of" in run("dossier", mixed).output
    assert "acme" in run("dossier", mixed).output
    ended = run("dossier", none)
    assert ended.exit_code == 3
    assert "line 1 of" in ended.output


def test_damage_and_outputs_in_the_way_are_told(run, told, tmp_path):
    """A packed file that breaks off, and an output that would take the place of what is read."""
    torn = tmp_path / "torn.jsonl.gz"
    torn.write_bytes(told[1].read_bytes()[:-20])

    assert run("dossier", torn).exit_code == 3
    assert run("dossier", told[0], "--out", told[0]).exit_code == 2


def test_alerts_come_through_a_pipe(run, told):
    """As from a consumer of the topic `alerts`."""
    assert "number_carousel" in run("dossier", "-", stdin=told[0].read_bytes()).output
