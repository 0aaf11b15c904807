"""The dossier's colours can be read, by day and by night."""

from __future__ import annotations

import re
from importlib import resources
from itertools import product

import pytest

CSS = resources.files("monitor.report").joinpath("dossier.css").read_text("utf-8")
#: The colours of the page by name, as they are and as they are in the dark.
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]+)", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.S)
)
GROUNDS = ("paper", "ground")
#: Whatever words are written in, of the page and of its pictures.
WORDS = set(re.findall(r"(?<![-\w])color: var\(--(\w+)\)", CSS)) | set(
    re.findall(r"(?:svg text|\.flagged) \{ fill: var\(--(\w+)\)", CSS)
)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 has it; colour: #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_has_the_contrast_that_everybody_knows() -> None:
    """The measure itself is WCAG's."""
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_what_they_are_written_on(colours: dict[str, str]) -> None:
    """By 4.5 to 1, as WCAG asks of small letters (AA)."""
    assert {"ink", "soft", "flag"} < WORDS
    faint = {
        (name, ground): round(contrast(colours[name], colours[ground]), 2)
        for name, ground in product(sorted(WORDS), GROUNDS)
        if contrast(colours[name], colours[ground]) < 4.5
    }
    assert faint == {}


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_bars_that_a_caption_speaks_of_stand_out_from_the_paper(colours: dict[str, str]) -> None:
    """By 3 to 1, as WCAG asks of pictures."""
    assert {name for name in ("held", "s2", "flag") if contrast(colours[name], colours["paper"]) < 3} == set()
