"""Entries: a reference in pieces, each a JSON object under its key, as the topic `reference` keeps it.

A key is made of what the entry says (`Reference.entries`), so that nobody can say one thing under two keys, and
whoever takes an entry away has only to know what it said:

- `organisation/NAME`
- `account/FEED/FROM/ACCOUNT` and `trunk/FEED/FROM/TRUNK`: `*` for any feed, and for no `from`
- `range/FROM/FIRST-LAST` or `range/FROM/PREFIX*`: digits without the plus
- `exemption/FROM/RULE,RULE/ORGANISATION`: the rules in the order of the alphabet
- `declaration/ON/EVENT/ORGANISATION`
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from monitor.claim import Account, Range
from monitor.config.mistakes import mistakes
from monitor.reference import Declaration, Entry, Exemption, Organisation, Reference

#: What an entry of each kind is, by the first part of its key.
KINDS: Mapping[str, type[BaseModel]] = {
    "organisation": Organisation,
    "account": Account,
    "trunk": Account,
    "range": Range,
    "exemption": Exemption,
    "declaration": Declaration,
}


class WrongEntry(ValueError):
    """An entry that can't be used: why in one word (`reason`), and in words."""

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        super().__init__(text)


def key_of(raw: bytes | None) -> str:
    """The key of a record. Raises `WrongEntry`."""
    try:
        return (raw or b"").decode()
    except UnicodeDecodeError:
        raise WrongEntry("wrong_key", "the key is not UTF-8 text") from None


def read(key: str, value: bytes) -> Entry:
    """What an entry says. Raises `WrongEntry`."""
    kind, _, name = key.partition("/")
    model = KINDS.get(kind)
    if model is None or not name:
        raise WrongEntry("wrong_key", f"a key begins with one of {', '.join(KINDS)}, and a slash")
    try:
        data = json.loads(value)
    except (ValueError, RecursionError):  # also a number of thousands of digits
        raise WrongEntry("not_json", "the value is no JSON") from None
    try:
        entry = model.model_validate(data)
    except ValidationError as error:
        raise WrongEntry("wrong_entry", "; ".join(map(str, mistakes(error, model, data)))) from None
    wanted = key if model is Organisation else entry.key
    if key != wanted:
        raise WrongEntry("other_key", f"what it says belongs under the key {wanted}")
    return entry


def written(entry: Entry) -> bytes:
    """An entry as `read` reads it; the same entry is always the same bytes."""
    return json.dumps(plain(entry), ensure_ascii=False, sort_keys=True).encode()


def plain(entry: Entry) -> dict[str, object]:
    """An entry as plain data, as a reference file has it."""
    said = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    # Sets have no order of their own.
    return {name: sorted(value) if isinstance(value, list) else value for name, value in said.items()}


def together(reference: Reference, entries: Mapping[str, Entry]) -> Reference:
    """A reference with entries added to it; on the same key the entry counts."""
    if not entries:
        return reference
    listed: dict[type, list[Entry]] = {model: [] for model in KINDS.values()}
    organisations: dict[str, Entry] = {}
    for key, entry in sorted((reference.entries() | dict(entries)).items()):
        if isinstance(entry, Organisation):
            organisations[key.partition("/")[2]] = entry
        else:
            listed[type(entry)].append(entry)
    return Reference(
        organisations=organisations,
        accounts=tuple(listed[Account]),
        ranges=tuple(listed[Range]),
        exemptions=tuple(listed[Exemption]),
        declarations=tuple(listed[Declaration]),
    )


def as_file(reference: Reference) -> dict[str, object]:
    """A whole reference as plain data, as `Reference.load` reads it."""
    lists = {
        "accounts": reference.accounts,
        "ranges": reference.ranges,
        "exemptions": reference.exemptions,
        "declarations": reference.declarations,
    }
    said = {"organisations": {name: plain(known) for name, known in reference.organisations.items()}}
    said |= {name: [plain(entry) for entry in entries] for name, entries in lists.items()}
    return {name: value for name, value in said.items() if value}
