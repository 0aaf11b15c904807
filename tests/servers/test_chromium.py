"""The dossier in a browser: what a case officer sees of it."""

from __future__ import annotations

import re
import subprocess
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
#: Asks the page itself how wide it is, and leaves the answer where it can be read.
_ASKED = "<script>document.title = document.documentElement.scrollWidth + ' of ' + innerWidth</script>"


def test_a_name_of_two_hundred_letters_keeps_everything_on_the_page(tmp_path: Path) -> None:
    """Nobody has to scroll sideways to see what is said of an organisation."""
    page = tmp_path / "dossier.html"
    page.write_text(dossier(replayed(TOWN), POLICY) + _ASKED, "utf-8")
    shown = subprocess.run(
        [
            *(need("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--window-size=1200,900", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    wide, room = re.search(r"<title>(\d+) of (\d+)</title>", shown).groups()
    assert int(wide) <= int(room)
