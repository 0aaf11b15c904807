"""YAML as every file of the project is read.

A key that is given twice is an error, and so are one that is no text and a day or a number that is none. The keys `on` and
`no` are texts, as in YAML 1.2; to PyYAML they are true and false.
"""

from __future__ import annotations

from collections.abc import Hashable

import yaml

#: libyaml's parser is much the quicker one, which a reference of many ranges shows; not every build of PyYAML has it.
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE, _TRUTH, _TEXT = (f"tag:yaml.org,2002:{kind}" for kind in ("merge", "bool", "str"))
#: Scalars that PyYAML may take for something that they are not: what reads them, and what they must be.
_KINDS = {
    "tag:yaml.org,2002:timestamp": ("timestamp", "a day, as 2026-03-01"),
    "tag:yaml.org,2002:int": ("int", "a whole number; a text stands between quotes"),
    "tag:yaml.org,2002:float": ("float", "a number; a text stands between quotes"),
    _TRUTH: ("bool", "true or false"),
}


def read(text: str) -> object:
    """The plain data of a YAML (or JSON) text. Raises `yaml.YAMLError`, which knows the line."""
    return yaml.load(text, _Strict)


class _Strict(_Loader):
    """Of a key given twice PyYAML drops the first without a word."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._checked: set[yaml.MappingNode] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Check a mapping as it was written: afterwards what it merges stands in it beside what takes its place."""
        if node not in self._checked:
            self._checked.add(node)
            self._check_keys(node)
        super().flatten_mapping(node)

    def _check_keys(self, node: yaml.MappingNode) -> None:
        seen: set[object] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            if key_node.tag == _TRUTH and key_node.value.lower() not in ("true", "false"):
                key_node.tag = _TEXT
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # PyYAML refuses it in its own words
            if not isinstance(key, str):
                raise _wrong(
                    key_node,
                    f"a key is a text, and {key_node.value!r} is none to YAML; put it between quotes",
                )
            if key in seen:
                raise _wrong(key_node, f"key {key!r} is given twice")
            seen.add(key)

    def construct_of_kind(self, node: yaml.ScalarNode) -> object:
        """A day, a number or a truth. Of one that is none (2026-02-30, 0x_) PyYAML's own error would not say where it stands."""
        kind, wanted = _KINDS[node.tag]
        try:
            return getattr(super(), f"construct_yaml_{kind}")(node)
        except (ValueError, LookupError, AttributeError):
            raise _wrong(node, f"must be {wanted}") from None


def _wrong(node: yaml.Node, text: str) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, text, node.start_mark)


for _tag in _KINDS:
    _Strict.add_constructor(_tag, _Strict.construct_of_kind)
