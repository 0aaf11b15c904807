"""The dossier's page: what a case officer reads is in words, in both languages, and every picture says what it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from monitor.cdr.reasons import Reason
from monitor.day.usage import EPOCH, start_of
from monitor.explain import LANGUAGES
from monitor.explain.formats import FORMATS
from monitor.number import pretty
from monitor.policy import Policy
from monitor.reference import Reference
from monitor.replay import Outcome
from monitor.report import dossier
from monitor.report.families import Bars
from monitor.report.page import template
from monitor.report.pictures import Lane, Lanes
from monitor.report.texts import TEXTS
from monitor.roll import roll
from tests.report.replayed import POLICY, TOWN, replayed


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return replayed(TOWN)


@pytest.fixture(scope="module")
def page(outcome) -> str:
    return dossier(outcome, POLICY)


@pytest.fixture(scope="module")
def parts(outcome):
    """What the page is made of, each to be called by itself."""
    known = {
        "outcome": outcome,
        "received": None,
        "judged_by": "nl",
        "jurisdiction": None,
        "until": outcome.until,
        "texts": TEXTS,
        "languages": LANGUAGES,
    }
    bare = {"chapters": [], "coverage": [], "css": "", "day": lambda day: start_of(day).date()}
    return template().make_module(known | bare)


@pytest.mark.parametrize("profile", ["nl", "uk"])
def test_every_kind_of_alert_and_every_word_has_a_text_in_both_languages(profile):
    """A kind is shown by its name and not by its key."""
    assert TEXTS["nl"].keys() == TEXTS["en"].keys()
    assert set(Policy.load(profile).kinds()) <= TEXTS["nl"].keys()


@pytest.mark.wide
def test_no_key_and_no_date_of_a_machine_is_shown(page):
    """Words of a person: no `number_carousel`, no 2026-01-05, no figure parted from its sign."""
    without_tips = re.sub(r"<title>.*?</title>", "", page.partition("</style>")[2])
    shown = re.sub(r"<[^>]*>", "\n", without_tips)
    assert not re.findall(r"number_carousel|anonymous_calls|\d{4}-\d\d|\d %", shown)
    assert "nummercarrousel" in shown
    assert "anoniem bellen" in shown


def test_an_alert_says_when_it_was_told_and_by_what_it_is_found(page, outcome):
    """A letter quotes both: the day on which it was told first and last, and the id that every state of it has."""
    last = {alert.id: alert for alert in outcome.alerts}
    assert any(alert.sequence for alert in last.values())
    for alert in (alert for alert in last.values() if alert.number is None):
        told, _, after = page.partition(f"<code>{alert.id}</code>")
        line = told.rpartition("<p")[2]
        assert after
        assert FORMATS["en"]["date"](alert.opened_at.date()) in line
        assert (TEXTS["en"]["told_last"] in line) is bool(alert.sequence)
        assert not alert.sequence or FORMATS["en"]["date"](alert.as_of.date()) in line


def test_colours_are_explained_where_they_are_used(page):
    """Shades of a lane, and calls whose number was withheld."""
    turns, nameless = page.partition(">turns</h2>")[2], page.partition(">nameless</h2>")[2]
    turns, nameless = (chapter.partition("</section>")[0] for chapter in (turns, nameless))
    assert TEXTS["nl"]["numbers_says"] in turns
    assert TEXTS["nl"]["held"] not in turns
    assert TEXTS["nl"]["held"] in nameless


def test_every_picture_of_a_chapter_has_a_name(page):
    """For whoever has the page read out."""
    pictures = re.findall(r"<svg[^>]*>", page)
    assert pictures
    assert all("aria-label=" in picture for picture in pictures)


def test_every_picture_says_up_to_which_day_it_is(page, parts, outcome):
    """The alerts beside it may be months older; and one that is of the day of its alert says that day."""
    last = FORMATS["nl"]["until"](outcome.until)
    told = page.partition('class="chapter"')[2]
    said = f'; <span lang="nl">{TEXTS["nl"]["up_to"]}</span><span lang="en">{TEXTS["en"]["up_to"]}</span> <span lang="nl">{last}</span>'
    assert told.count("<h3>") == told.count(said) > 3
    assert "20 januari 2026" in str(parts.of_days((date(2026, 1, 20) - EPOCH).days))
    assert TEXTS["nl"]["moments"] in page


def test_pictures_end_with_the_last_day_that_was_judged():
    """Of a replay up to a midnight that is the day before it."""
    page = dossier(replayed(TOWN, until=datetime(2026, 2, 20, tzinfo=UTC)), POLICY)
    lanes = page.partition('<svg class="names"')[2].partition("</div>")[0]
    assert '<tspan lang="nl">19 feb 2026</tspan>' in lanes
    assert f'{TEXTS["en"]["up_to"]}</span> <span lang="nl">19 februari 2026</span>' in page


def test_the_numbers_that_an_alert_names_can_be_read(page, outcome):
    """With their days and calls, also from paper: a picture has them only where one points."""
    turns = page.partition(">turns</h2>")[2].partition("</section>")[0]
    table = turns.partition("<details open>")[2].partition("</details>")[0]
    assert "<thead>" in table
    known = {entry.number: entry for entry in roll(outcome, ["turns"])}
    named = {
        int(line.number[1:])
        for alert in outcome.alerts
        if alert.organisation == "turns" and alert.number is None
        for line in alert.evidence.numbers
    }
    assert len(named) > 20
    for number in named:
        row = table.split(f"<tr><td>{pretty(number)}<td>")[1].partition("<tr>")[0]
        assert FORMATS["nl"]["date"](start_of(known[number].last_use).date()) in row
        assert FORMATS["nl"]["number"](known[number].calls) in row
        assert TEXTS["nl"][known[number].status] in row


def test_how_grave_an_alert_is_is_written(page):
    """Not by its colour alone."""
    tags = re.findall(r'<div class="alert (\w+)"><span class="tag \w+">(.*?)</span>\n', page)
    assert tags
    assert all(TEXTS["nl"][grave] in words for grave, words in tags)


def test_why_records_could_not_be_read_is_in_words(outcome):
    """Each reason of the list in both languages."""
    assert set(Reason) <= TEXTS["nl"].keys()
    counts = replace(outcome.counts, rejected={"bad_time": 3})
    page = dossier(replace(outcome, counts=counts), POLICY)
    assert "bad_time" not in page
    assert TEXTS["nl"]["bad_time"] in page


def test_one_number_is_written_as_one(parts):
    """Beside pictures as in sentences: 1 number, 2 numbers, with the figures of each language."""
    assert {str(parts.counted(1, key)).count("nummers") for key in ("hidden", "ended")} == {0}
    assert "1.200 nummers raakten buiten gebruik binnen de termijn" in parts.counted(1200, "ended")
    assert "1,200 numbers went out of use within the term" in parts.counted(1200, "ended")


def test_beside_a_curve_the_length_of_the_term_is_said(page):
    """How many numbers went out of use within it is no figure without."""
    assert "buiten gebruik binnen de termijn van</span>" in page
    assert re.search(
        r"within the term of</span> <span lang=\"nl\">90 dagen</span><span lang=\"en\">90 days</span>", page
    )


def test_the_height_of_bars_is_written_as_each_language_has_it(parts):
    """12.5 calls a day are 12,5 in Dutch, and a million is no power of ten."""
    picture = str(parts.bars_picture(Bars([("1", 1.0, False)], 12.5), "warming"))
    assert '<tspan lang="nl">12,5</tspan><tspan lang="en">12.5</tspan>' in picture
    assert ">1.250.000<" in str(parts.bars_picture(Bars([("1", 1.0, False)], 1_250_000), "dispersion"))


def test_a_long_name_beside_a_lane_does_not_lie_over_its_calls(parts):
    """Its ends are written, and the whole of it shows where one points."""
    name = "Stichting " + "x" * 80 + " Noord"
    picture = str(
        parts.lane_picture(Lanes(20_000, 30, [Lane(name, 9, 20_000, 20_010, [], False)], 0, []), "linkage")
    )
    assert f"<title>{name}: 9" in picture
    (shown,) = re.findall(r">([^<]*)</text>", picture.partition("</svg>")[0])
    assert len(shown) == 22
    assert shown.startswith("Stichting")
    assert shown.endswith("Noord")


def test_what_was_left_out_is_said_beside_what_was_counted(outcome):
    """Calls after the last day, and those of nobody known: else the figures do not add up, and nothing to report reads as good news."""
    counts = replace(outcome.counts, after_until=1_234, nobodys=5_678)
    page = dossier(replace(outcome, counts=counts), POLICY)
    for figure in (">1.234<", ">5.678<"):
        assert figure in page
        assert figure not in dossier(outcome, POLICY)


def test_an_organisation_is_called_by_its_name() -> None:
    """Where the reference has one; its key stands behind it, and the name is text and nothing else."""
    reference = Reference.load({"organisations": {"turns": {"name": "Draai & <b>Zn</b>"}}})
    page = dossier(replayed(TOWN, reference), POLICY)
    assert "<h2>Draai &amp; &lt;b&gt;Zn&lt;/b&gt; (turns)</h2>" in page
    assert "bij Draai &amp; &lt;b&gt;Zn&lt;/b&gt; (turns):" in page
    assert "<b>Zn" not in page
    assert "<h2>nameless</h2>" in page
