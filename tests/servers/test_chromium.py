"""The dossier in a browser: what a case officer sees of it."""

from __future__ import annotations

import re
import subprocess
from html import escape
from pathlib import Path

import pytest

from monitor.report import dossier
from monitor.simulate import Scenario
from tests.report.replayed import POLICY, replayed
from tests.servers.need import need

pytestmark = pytest.mark.servers
TOWN = Scenario.model_validate(
    {
        "name": "town",
        "days": 40,
        "organisations": [{"name": "n" * 200, "behaviour": "withheld", "rate": 40}],
    }
)
#: Asks the page itself, and leaves the answer where it can be read.
_ASKED = "<script>document.title = {}</script>"
_WEIGHT = "getComputedStyle(document.querySelector('.alert p')).fontWeight"
_COLOURS = "['td > a', 'section'].map(at => getComputedStyle(document.querySelector(at))).map((of, n) => n ? of.backgroundColor : of.color).join(' on ')"


@pytest.fixture(scope="module")
def page() -> str:
    return dossier(replayed(TOWN), POLICY)


def asked(page: str, question: str, folder: Path, *flags: str) -> str:
    """What a page says of itself in the browser."""
    path = folder / "dossier.html"
    path.write_text(page + _ASKED.format(question), "utf-8")
    shown = subprocess.run(
        [
            *(need("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", f"--user-data-dir={folder / 'profile'}"),
            *("--window-size=1200,900", *flags, "--dump-dom", path.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    return re.search(r"<title>([^<]+)</title>", shown)[1]


def light(colour: str) -> float:
    """How light a colour is, 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_a_name_of_two_hundred_letters_keeps_everything_on_the_page(
    page: str, tmp_path: Path, width: int
) -> None:
    """Nobody has to scroll sideways to see what is said of an organisation, nor on a telephone (WCAG 2.2, 1.4.10)."""
    # An organisation with all kinds of alerts is what a telephone has least room for.
    row = page.partition('class="organisations">')[2].partition("</tr>")[0]
    kinds = row.replace("anoniem bellen", "onbereikbaar nummer, nummercarrousel, kort gebruikt nummer")
    page = page.replace(row, kinds.replace("n" * 200, "carousel-monthly-and-weekly") + "</tr>" + row, 1)
    # A window of its own is never as narrow as a telephone.
    framed = f'<title>-</title><iframe width="{width}" style="border: 0" srcdoc="{escape(page)}"></iframe>'
    loaded = "'-'; onload = () => { document.title = frames[0].document.documentElement.scrollWidth + ' of ' + frames[0].innerWidth }"
    wide, room = re.search(r"(\d+) of (\d+)", asked(framed, loaded, tmp_path)).groups()
    assert int(wide) <= int(room) == width


@pytest.mark.parametrize("scheme", ["0", "1"])
def test_the_names_of_organisations_can_be_read_by_day_and_by_night(
    page: str, tmp_path: Path, scheme: str
) -> None:
    """A link stands out from its ground as WCAG 2.2 asks of text, 4.5 to 1, also where the page is dark."""
    said = asked(page, _COLOURS, tmp_path, f"--blink-settings=preferredColorScheme={scheme}")
    dark, bright = sorted(map(light, re.search(r"(rgb.*) on (rgb.*)", said).groups()))
    assert (bright + 0.05) / (dark + 0.05) >= 4.5
