"""The picture of fleets over time, which the README shows."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from bench.detection.curves import SAYS
from bench.numbers import CAST, PICTURE, draw, fleets, found, told
from monitor.report.pictures import Bar, Lane, Lanes


@pytest.mark.wide
def test_the_picture_says_that_it_is_of_simulations_and_of_whom_is_told(tmp_path: Path) -> None:
    """Under each title as many alerts as there were."""
    fleet = Lanes(100, 20, [Lane("1", 9, 100, 103, [Bar(0, 3, 2)], False)], 4, [])
    draw(dict.fromkeys(CAST, fleet), {"weekly": 105}, tmp_path / "numbers.svg")
    picture = (tmp_path / "numbers.svg").read_text("utf-8").partition("</metadata>")[2]
    assert SAYS in picture
    assert picture.count(">alert<") == 1
    assert all(title in picture for title, _ in CAST.values())
    assert "1 of 5 numbers" in picture


@pytest.mark.wide
def test_the_readme_shows_what_is_told_today(tmp_path: Path) -> None:
    """The picture is the one that the command draws: two of the four are told of, on the thirtieth day of their feed."""
    outcome = found()
    days = {name: day - outcome.usage["day"].min() for name, day in told(outcome).items()}
    assert days == {"weekly": 30, "rests": 30}
    draw(fleets(outcome), told(outcome), tmp_path / "numbers.svg")
    words, images = parts(tmp_path / "numbers.svg")
    shown, theirs = parts(PICTURE)
    assert words == shown
    assert len(images) == len(CAST)
    assert all(np.array_equal(*pair) for pair in zip(images, theirs, strict=True))


def parts(picture: Path) -> tuple[str, list[np.ndarray]]:
    """The text of a picture, and the images in it: how they are packed is another's matter."""
    from matplotlib.image import imread  # of the environment of the wider suites alone

    text = picture.read_text("utf-8")
    images = [imread(BytesIO(b64decode(each))) for each in re.findall(r'base64,([^"]*)"', text)]
    # An image is named by its bytes.
    return re.sub(r'base64,[^"]*"|image[0-9a-f]+', "", text), images
