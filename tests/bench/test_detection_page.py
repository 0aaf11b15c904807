"""The page of what is found, and its picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.detection.__main__ import write
from bench.detection.curves import CURVES, SAYS, Point
from bench.detection.score import Behaviour, overall, table

FOUND = {
    "steady": Behaviour(False, (), organisations=3, told=1, flagged={"steady-1 (seed 1): number_carousel"}),
    "rotate": Behaviour(
        True, ("number_carousel",), organisations=4, wanted=4, found=3, told=7, days=[3, 5, 9],
        short=10, named=8, wrong=2,
    ),
}  # fmt: skip


def test_all_behaviours_together_have_recall_precision_and_days() -> None:
    """What was missed lowers recall, and what was told of who did not deserve it lowers precision."""
    assert overall(FOUND) == (
        "All together: recall 75.0 % (3 of 4 organisations), precision 87.5 % (7 of 8 kinds of alert told), days median 5, "
        "nine in ten within 9; of short numbers recall 80.0 % (8 of 10 numbers), precision 80.0 % (8 of 10 named)."
    )


def test_a_behaviour_of_which_nothing_was_told_has_no_precision() -> None:
    """Its cell is empty; of others it says how much of what was told was right."""
    quiet, loud = table({"quiet": Behaviour(False, (), organisations=2), **FOUND}).splitlines()[2:4]
    assert quiet == "| quiet | 2 |  |  |  |  |  |  |  |"
    assert "| 0 of 1 |" in loud


@pytest.mark.wide
def test_the_picture_itself_says_that_it_is_of_simulations(tmp_path: Path) -> None:
    """Page and picture carry the notice, each by itself, and the page the sentence of all."""
    points = [(curve, [Point(value, 1.0, 5.0) for value in curve.values]) for curve in CURVES]
    write(FOUND, 1, FOUND, points, tmp_path)
    page = (tmp_path / "detection.md").read_text("utf-8")
    assert SAYS in page
    assert page.count(overall(FOUND)) == 2
    assert SAYS in (tmp_path / "detection.svg").read_text("utf-8").partition("</metadata>")[2]
