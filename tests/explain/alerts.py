"""Alerts to put into words, and the measures that a rule can give."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

from monitor.alert import Alert, Basis, Evidence, Reason, Window

ROOT = Path(__file__).resolve().parents[2]
RULES, README = ROOT / "monitor" / "rules", ROOT / "README.md"
DEFECTS = ("not_dialable", "unallocated", "wrong_class")


def measures() -> set[tuple[str, str]]:
    """Every (family, measure) that a rule can give, read from the rules' own code."""
    found = set()
    for path in RULES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason":
                said = {word.arg: word.value for word in node.keywords}
                family, measure = said["family"], said["measure"]
                names = [measure.value] if isinstance(measure, ast.Constant) else DEFECTS
                found |= {(family.value, name) for name in names}
    return found


def alert(**change: object) -> Alert:
    said = {
        "id": "a", "sequence": 0, "kind": "short_tenure", "status": "open", "organisation": "bakker", "severity": "low",
        "number": "+31201234567",
        "opened_at": datetime(2026, 3, 1, tzinfo=UTC), "as_of": datetime(2026, 3, 1, tzinfo=UTC),
        "window": Window(since=datetime(2026, 1, 1, tzinfo=UTC), to=datetime(2026, 3, 1, tzinfo=UTC)),
        "reasons": [Reason(family="tenure", measure="days_in_use", value=21, threshold=90,
                           exposure={"calls": 1234, "days_with_calls": 15}, strong=True, clears_when="")],
        "clears_when": "", "policy": Basis(profile="nl", version="1", basis="ksf-2022"), "evidence": Evidence.over(),
    }  # fmt: skip
    return Alert(**said | change)


def linked(**change: object) -> Alert:
    exposure = {
        "persons": 60,
        "days_between": 2,
        "days_together": 0,
        "numbers_taken": 0,
        "same_line": 0,
        "predecessors": 1,
    }
    reason = Reason(
        family="linkage", measure="phoenix", value=0.7, threshold=0.5, exposure=exposure | change, strong=True, clears_when=""
    )  # fmt: skip
    return alert(kind="number_carousel", number=None, reasons=[reason])
