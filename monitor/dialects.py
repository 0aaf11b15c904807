"""Which dialects there are: known by name, and loaded when they are asked for, since a dialect is told of its feed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


class UnknownDialect(ValueError):
    """No dialect has this name."""


#: By name, the module that reads it. A new dialect is one file and one line here.
_MODULES = {
    "canonical": "monitor.cdr.canonical",
    "freeswitch_json": "monitor.cdr.freeswitch_json",
    "asterisk_csv": "monitor.cdr.asterisk_csv",
    "asterisk_json": "monitor.cdr.asterisk_json",
    "cgrates_json": "monitor.cdr.cgrates_json",
    "mapping": "monitor.cdr.mapping",
}


def dialects() -> list[str]:
    """The names of the dialects."""
    return list(_MODULES)


def module(name: str) -> ModuleType:
    """The module of a dialect. Raises `KeyError` with the name and those there are."""
    if name not in _MODULES:
        raise KeyError(name, *_MODULES)
    return import_module(_MODULES[name])
