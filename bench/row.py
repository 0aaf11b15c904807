"""A row of the table of `make bench`: what was measured, how often, and the goal that it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: a median of so many runs, or the most of them where it says so."""

    part: str
    what: str
    value: float | None  # None: it could not be measured, see `error`
    unit: str = ""
    runs: int = 1
    goal: float | None = None
    at_most: bool = False  # the goal is an upper bound
    more: Mapping[str, Any] = field(default_factory=dict)  # what else was measured with it
    error: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is; None without one."""
        if self.goal is None:
            return None
        if self.value is None:
            return False
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def data(self) -> dict[str, Any]:
        """As it stands in `latest.json`."""
        return asdict(self) | {"met": self.met}

    def line(self) -> str:
        """As it is printed."""
        if self.value is None:
            return f"  {self.what:44} ERROR: {self.error}"
        goal = ""
        if self.goal is not None:
            goal = f"{'at most' if self.at_most else 'at least'} {_figure(self.goal)}: {'met' if self.met else 'NOT MET'}"
        beside = ", ".join(f"{_figure(value)} {what}" for what, value in self.more.items())
        of = f"{self.runs} {'run' if self.runs == 1 else 'runs'}"
        return f"  {self.what:44} {_figure(self.value):>10} {self.unit:16} {goal:28} {of:7} {beside}".rstrip()


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
