"""What is wrong with a configuration, in words: where, what, and what was probably meant."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from monitor.config import strict_yaml

_Model = TypeVar("_Model", bound=BaseModel)
#: Below this likeness (0 to 1, `difflib`) a suggestion would puzzle more than it helps.
_ALIKE = 0.6
#: Where pydantic's own words name Python's types, which the file's writer need not know.
_PLAINLY = {
    "model_type": "must be a mapping of keys and values",
    "dict_type": "must be a mapping of keys and values",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "frozen_set_type": "must be a list",
    "string_type": "must be a text",
    "path_type": "must be a path",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "date_parsing": "must be a day, as 2026-03-01",
    "date_type": "must be a day, as 2026-03-01",
    "date_from_datetime_parsing": "must be a day, as 2026-03-01",
    "date_from_datetime_inexact": "must be a day, as 2026-03-01",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One flaw: the path of the key as it stands in the file, and what to do about it."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


def mistakes(error: ValidationError, model: type[BaseModel], data: object) -> list[Mistake]:
    """Every flaw that pydantic found, in the words of the person who wrote the file.

    error: of validating `data` as `model`; values are never repeated, since they may be secrets.
    """
    flaws = error.errors(include_url=False, include_input=False)
    within = {flaw["loc"][:depth] for flaw in flaws for depth in range(len(flaw["loc"]))}
    # What is wrong within a list leaves it too short for pydantic, which counts what was right.
    return [
        _mistake(flaw, model, data)
        for flaw in flaws
        if flaw["type"] != "too_short" or flaw["loc"] not in within
    ]


def no_yaml(error: yaml.YAMLError) -> Mistake:
    """Where a text stops being YAML, and why, in one line."""
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return Mistake(place, f"no YAML: {getattr(error, 'problem', None) or error}")


def plain(text: str, wrong: type[ValueError]) -> object:
    """The plain data of a YAML text. Raises `wrong` with where it stops being YAML."""
    try:
        return strict_yaml.read(text)
    except yaml.YAMLError as error:
        raise wrong(str(no_yaml(error))) from error


def checked(model: type[_Model], data: object, wrong: type[ValueError]) -> _Model:
    """Plain data as a model. Raises `wrong` with every flaw, one a line."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise wrong("\n".join(map(str, mistakes(error, model, data)))) from error


def _mistake(flaw: typing.Mapping, model: type[BaseModel], data: object) -> Mistake:
    steps = _steps(flaw["loc"], data)
    path = ".".join(str(step) for step in steps)
    if flaw["type"] == "extra_forbidden":
        return Mistake(path, "unknown key" + did_you_mean(str(steps[-1]), _names_at(model, steps[:-1], data)))
    if flaw["type"] == "missing":
        return Mistake(path, "missing; it has no default")
    if flaw["type"] == "too_short":
        least = flaw["ctx"]["min_length"]
        # Of a secret pydantic counts items, as of a list.
        one, more = ("character", "characters") if isinstance(_at(data, steps), str) else ("entry", "entries")
        return Mistake(path, f"must have {least} {one if least == 1 else more} at least")
    if flaw["type"] == "literal_error":
        return Mistake(path, f"must be {flaw['ctx']['expected']}")
    if flaw["type"] in ("union_tag_invalid", "union_tag_not_found"):
        tag = flaw["ctx"]["discriminator"].strip("'")
        known = flaw["ctx"].get("expected_tags")
        return Mistake(f"{path}.{tag}", f"must be one of {known}" if known else "missing; it has no default")
    said = _PLAINLY.get(flaw["type"]) or _in_our_words(flaw["msg"])
    # 1001, `yes` and 2026-03-01 are texts to whoever wrote them.
    bare = flaw["type"] == "string_type" and isinstance(_at(data, steps), int | float | date)
    return Mistake(path, f"{said}; put it between quotes" if bare else said)


def _in_our_words(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return re.sub(r"^(Input|String|Value|List|Dictionary) should", "must", message)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'dialect'?`, or the names there are when none is near."""
    known = sorted(known)
    near = get_close_matches(word.lower(), known, n=1, cutoff=_ALIKE)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known here: {', '.join(known)}" if known else ""


def _steps(loc: Sequence[str | int], data: object) -> list[str | int]:
    """The steps that are in the file: pydantic also names the branch of a union that it took."""
    steps: list[str | int] = []
    for number, step in enumerate(loc):
        inside = _child(data, step)
        if inside is not None or number == len(loc) - 1:
            steps.append(step)
            data = inside
    return steps


def _at(data: object, steps: Iterable[str | int]) -> object:
    """What stands at a place in the file."""
    for step in steps:
        data = _child(data, step)
    return data


def _child(data: object, step: str | int) -> object:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _names_at(model: type[BaseModel], steps: Sequence[str | int], data: object) -> set[str]:
    """The keys that are known at a place in the file."""
    models, keyed = {model}, False
    for step in steps:
        if keyed:  # a name that whoever wrote the file gave, as that of an organisation
            keyed = False
        elif not isinstance(step, int):
            found = (m.model_fields.get(str(step)) or _by_alias(m, str(step)) for m in models)
            kinds = [field.annotation for field in found if field]
            models = {inside for kind in kinds for inside in models_in(kind)}
            keyed = any(map(_is_mapping, kinds))
        data = _child(data, step)
    tagged = {m for m in models if _carries(m, data)}
    return {field.alias or name for m in tagged or models for name, field in m.model_fields.items()}


def _is_mapping(annotation: object) -> bool:
    """Whether a type, however wrapped, is one of keys that are anybody's choice."""
    origin = typing.get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return True
    wrapped = origin in (typing.Union, types.UnionType, typing.Annotated)
    return wrapped and any(map(_is_mapping, typing.get_args(annotation)))


def _by_alias(model: type[BaseModel], alias: str) -> FieldInfo | None:
    return next((field for field in model.model_fields.values() if field.alias == alias), None)


def _carries(model: type[BaseModel], data: object) -> bool:
    """Whether the literals of a model (the `kind` of a union's branch) are those of the data."""
    literals = {
        name: typing.get_args(field.annotation)
        for name, field in model.model_fields.items()
        if name == "kind" and typing.get_origin(field.annotation) is typing.Literal
    }
    return isinstance(data, dict) and all(data.get(name) in values for name, values in literals.items())


def models_in(annotation: object) -> list[type[BaseModel]]:
    """Every model within a type, however wrapped, in the order in which they are written."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [found for inner in typing.get_args(annotation) for found in models_in(inner)]
