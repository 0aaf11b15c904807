"""The table of where a call's microseconds go."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench.where
from bench.where import filled, table, whole

ROWS = [
    {"step": "fetch", "cpu_us": 1.0},
    {"step": "parse", "cpu_us": 3.0},
    {"step": "  read", "cpu_us": 1.5},
    {"step": "  times", "cpu_us": 0.5},
    {"step": "keep", "cpu_us": 0.25},
]


def test_what_a_step_does_besides_its_parts_is_a_row_and_so_is_the_whole() -> None:
    """Parts are not counted twice."""
    assert [(row["step"], row["cpu_us"]) for row in whole(ROWS)][4:] == [
        ("  rest", 1.0),
        ("keep", 0.25),
        ("together", 4.25),
    ]


def test_the_readme_has_a_place_for_it() -> None:
    """What is between the marks is replaced, and nothing else."""
    readme = Path(bench.where.__file__).with_name("README.md").read_text("utf-8")
    before, after = readme.split("<!-- where -->")[0], readme.split("<!-- /where -->")[1]
    made = filled(readme, table(ROWS))
    assert made.startswith(before)
    assert made.endswith(after)
    assert "| fetch | 1.000 |" in made
    with pytest.raises(ValueError, match="where"):
        filled(before, "")
