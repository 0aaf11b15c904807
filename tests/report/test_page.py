"""The dossier's page: what a case officer reads is in words, in both languages, and every picture says what it shows."""

from __future__ import annotations

import re

import pytest

from monitor.policy import Policy
from monitor.report import dossier
from monitor.report.texts import TEXTS
from monitor.simulate import Scenario
from tests.report.replayed import POLICY, replayed

TOWN = Scenario.model_validate(
    {
        "name": "town",
        "days": 60,
        "organisations": [
            {"name": "turns", "behaviour": "rotate", "rate": 60, "fleet": {"pool": 4, "life": 1}},
            {"name": "nameless", "behaviour": "withheld", "rate": 40},
        ],
    }
)


@pytest.fixture(scope="module")
def page() -> str:
    return dossier(replayed(TOWN), POLICY)


@pytest.mark.parametrize("profile", ["nl", "uk"])
def test_every_kind_of_alert_and_every_word_has_a_text_in_both_languages(profile):
    """A kind is shown by its name and not by its key."""
    assert TEXTS["nl"].keys() == TEXTS["en"].keys()
    assert set(Policy.load(profile).kinds()) <= TEXTS["nl"].keys()


def test_no_key_and_no_date_of_a_machine_is_shown(page):
    """Words of a person: no `number_carousel`, no 2026-01-05, no figure parted from its sign."""
    without_tips = re.sub(r"<title>.*?</title>", "", page.partition("</style>")[2])
    shown = re.sub(r"<[^>]*>", "\n", without_tips)
    assert not re.findall(r"number_carousel|anonymous_calls|\d{4}-\d\d|\d %", shown)
    assert "nummercarrousel" in shown
    assert "anoniem bellen" in shown


def test_colours_are_explained_where_they_are_used(page):
    """Shades of a lane, and calls whose number was withheld."""
    turns, nameless = page.partition(">turns</h2>")[2], page.partition(">nameless</h2>")[2]
    turns, nameless = (chapter.partition("</section>")[0] for chapter in (turns, nameless))
    assert TEXTS["nl"]["numbers_says"] in turns
    assert TEXTS["nl"]["held"] not in turns
    assert TEXTS["nl"]["held"] in nameless


def test_every_picture_of_a_chapter_has_a_name(page):
    """For whoever has the page read out."""
    pictures = re.findall(r"<svg[^>]*>", page.partition('class="chapter"')[2])
    assert pictures
    assert all("aria-label=" in picture for picture in pictures)
