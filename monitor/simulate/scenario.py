"""A scenario: which organisations there are, and how they behave, as data.

```yaml
days: 120
feeds: [alfa, bravo]
delivery: {again: 0.002}
organisations:
  - {name: shop, behaviour: small_shop, count: 12, rate: [5, 40]}
  - {name: carousel, behaviour: rotate, begins: 20, fleet: {life: 7}}
```

What an entry gives replaces that value of its behaviour (`behaviours.yaml`); two numbers in brackets
are a range, from which each of the `count` copies draws its own, evenly on a logarithmic scale.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import yaml
from pydantic import Field, ValidationError, field_validator

from monitor.config import strict_yaml
from monitor.config.closed import Closed
from monitor.config.mistakes import mistakes, no_yaml
from monitor.config.zone import Zone
from monitor.simulate.conduct import Behaviour
from monitor.simulate.delivery import Delivery
from monitor.simulate.rng import stream

_PLACE = resources.files("monitor.simulate")
#: What says how often and under what name an entry is there; the rest are parameters.
_ENTRY = ("name", "behaviour", "count")


class WrongScenario(ValueError):
    """The scenario can't be used; the text says where and why, one mistake a line."""


class Entry(Closed):
    """Organisations of one behaviour."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$", description="Their name; with a count, followed by a number."
    )
    behaviour: str = Field(description="A key of `behaviours.yaml`.")
    count: int = Field(1, ge=1, description="How many there are.")
    changes: dict[str, Any] = Field(description="Parameters that differ from the behaviour's.")

    def copies(self, seed: int) -> list[tuple[str, Behaviour, dict[str, Any]]]:
        """Name, behaviour and changed parameters of each organisation."""
        if self.count == 1:
            return [(self.name, *self._copy(self.name, seed))]
        width = len(str(self.count))
        names = [f"{self.name}-{turn:0{width}}" for turn in range(1, self.count + 1)]
        return [(name, *self._copy(name, seed)) for name in names]

    def _copy(self, name: str, seed: int) -> tuple[Behaviour, dict[str, Any]]:
        drawn = _draw(self.changes, stream(seed, name, "parameters"))
        return Behaviour.model_validate(_merged(behaviours()[self.behaviour], drawn)), drawn


class Scenario(Closed):
    """Organisations, and the operators through which they call."""

    name: str = Field(description="Its name.")
    description: str = Field("", description="What it is for.")
    start: date = Field(date(2026, 1, 5), description="The first day, local.")
    days: int = Field(120, ge=1, description="Days of traffic.")
    zone: Zone = Field("Europe/Amsterdam", description="Where people live and are called.")
    feeds: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")], ...] = Field(
        ("alfa",), min_length=1, max_length=250, description="The operators."
    )
    delivery: Delivery = Field(Delivery(), description="How records get to the monitor.")
    organisations: tuple[Entry, ...] = Field(min_length=1, description="Who calls.")

    @field_validator("feeds")
    @classmethod
    def _each_once(cls, feeds: tuple[str, ...]) -> tuple[str, ...]:
        if twice := next((feed for feed in feeds if feeds.count(feed) > 1), None):
            raise ValueError(f"{twice} is there twice")
        return feeds

    @field_validator("organisations", mode="before")
    @classmethod
    def _entries(cls, entries: Any) -> Any:
        if not isinstance(entries, list):
            return entries
        return [
            entry
            if not isinstance(entry, dict) or "changes" in entry
            else {k: v for k, v in entry.items() if k in _ENTRY}
            | {"changes": {k: v for k, v in entry.items() if k not in _ENTRY}}
            for entry in entries
        ]

    @field_validator("organisations")
    @classmethod
    def _known(cls, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        names = [entry.name for entry in entries]
        for entry in entries:
            if entry.behaviour not in behaviours():
                known = ", ".join(sorted(behaviours()))
                raise ValueError(
                    f"{entry.name}: no behaviour is called {entry.behaviour!r}; there are {known}"
                )
            if names.count(entry.name) > 1:
                raise ValueError(f"{entry.name} is there twice")
            try:
                entry.copies(0)
            except ValidationError as error:
                data = _merged(behaviours()[entry.behaviour], entry.changes)
                flaws = "; ".join(map(str, mistakes(error, Behaviour, data)))
                raise ValueError(f"{entry.name}: {flaws}") from error
        return entries

    def first_day(self, today: date, days: int | None = None) -> date:
        """Its first day, or so many weeks earlier that all its days are over: who reads calls of days to come rejects them.

        today: where nobody is further. days: in place of its own. Weeks keep each day's place in the week.
        """
        ahead = (self.start - today).days + (days or self.days)
        return self.start - timedelta(weeks=max(0, -(-ahead // 7)))

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """A scenario by its name, or from a YAML file.

        Raises `WrongScenario` on mistakes and `FileNotFoundError` when there is no such file.
        """
        path = Path(source)
        if str(source) in scenarios():
            text, name = _PLACE.joinpath("scenarios", f"{source}.yaml").read_text("utf-8"), str(source)
        elif path.suffix in (".yaml", ".yml"):
            try:
                text, name = path.read_text("utf-8"), path.stem
            except UnicodeDecodeError:
                raise WrongScenario(f"{source}: is not UTF-8 text") from None
        else:
            raise WrongScenario(f"no scenario is called {str(source)!r}; there are {', '.join(scenarios())}")
        try:
            said = strict_yaml.read(text)
        except yaml.YAMLError as error:
            raise WrongScenario(f"{source}: {no_yaml(error)}") from error
        if not isinstance(said, dict):
            raise WrongScenario(f"{source}: must be a mapping of keys and values")
        data = {"name": name} | said
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise WrongScenario("\n".join(map(str, mistakes(error, cls, data)))) from error


@cache
def scenarios() -> tuple[str, ...]:
    """The names of the scenarios that come along."""
    return tuple(sorted(Path(item.name).stem for item in _PLACE.joinpath("scenarios").iterdir()))


@cache
def behaviours() -> dict[str, dict[str, Any]]:
    """The behaviours by name, each with all it has from the one it is `like`."""
    written = strict_yaml.read(_PLACE.joinpath("behaviours.yaml").read_text("utf-8"))

    def whole(name: str) -> dict[str, Any]:
        own = {key: value for key, value in written[name].items() if key != "like"}
        return _merged(whole(written[name]["like"]), own) if "like" in written[name] else own

    return {name: whole(name) for name in written}


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Base with changes, part by part; a fleet of another kind replaces the whole fleet."""
    merged = dict(base)
    for key, value in changes.items():
        old = base.get(key)
        deep = isinstance(value, dict) and isinstance(old, dict)
        if deep and value.get("kind", old.get("kind")) == old.get("kind"):
            merged[key] = _merged(old, value)
        else:
            merged[key] = value
    return merged


def _draw(value: Any, chance: np.random.Generator) -> Any:
    """Parameters with a number drawn for each range in them."""
    match value:
        case dict():
            return {key: _draw(item, chance) for key, item in value.items()}
        case [int() | float() as low, int() | float() as high]:
            low_, high_ = sorted((low, high))
            if low_ > 0:
                drawn = float(np.exp(chance.uniform(np.log(low_), np.log(high_))))
            else:
                drawn = float(chance.uniform(low_, high_))
            return round(drawn) if isinstance(low, int) and isinstance(high, int) else drawn
    return value
