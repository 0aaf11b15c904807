"""The README says what the code says."""

from __future__ import annotations

from pathlib import Path

from monitor.cdr import dialects
from streams.cli.manual import filled
from streams.telemetry.catalogue import catalogue

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")


def test_its_tables_are_those_of_the_code() -> None:
    """Settings, flags, metrics, topics, rules, reasons and dialects are as `make manual` writes them."""
    assert filled(README) == README


def test_it_names_every_metric_and_dialect() -> None:
    """Nothing that an operator meets is left out."""
    names = [row.name for row in catalogue()] + dialects()
    assert [name for name in names if f"`{name}`" not in README] == []
