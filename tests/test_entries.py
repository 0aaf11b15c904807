"""A reference in pieces: what is written is read, and what can't be used says why."""

from __future__ import annotations

import pytest

from monitor.entries import WrongEntry, as_file, key_of, read, together, written
from monitor.reference import Reference
from tests.test_reference import WHOLE

REFERENCE = Reference.load(WHOLE)
VALUE = b'{"prefix": "+3188", "organisation": "slager"}'


def test_what_is_written_is_read() -> None:
    """Every kind of entry comes back as it was, and a reference of such pieces is the whole one."""
    pieces = {key: written(entry) for key, entry in REFERENCE.entries().items()}
    entries = {key: read(key, value) for key, value in pieces.items()}
    assert entries == REFERENCE.entries()
    assert together(Reference(), entries).entries() == entries
    assert Reference.load(as_file(REFERENCE)).entries() == entries


def test_on_the_same_key_the_entry_counts() -> None:
    """The other entries of a file stay as they are."""
    merged = together(REFERENCE, {"range/*/3188*": read("range/*/3188*", VALUE)})
    changed = {k: e for k, e in merged.entries().items() if REFERENCE.entries()[k] != e}
    assert {key: entry.organisation for key, entry in changed.items()} == {"range/*/3188*": "slager"}
    assert merged.entries().keys() == REFERENCE.entries().keys()


@pytest.mark.parametrize(
    ("key", "value", "reason", "said"),
    [
        ("slager", VALUE, "wrong_key", "a key begins with one of"),
        ("ranges/x", VALUE, "wrong_key", "a key begins with one of"),
        ("organisation/", b"{}", "wrong_key", "a key begins with one of"),
        ("range/*/3188*", b"{", "not_json", "no JSON"),
        ("range/*/3188*", b"\xff", "not_json", "no JSON"),
        ("range/*/3188*", b"[" * 100_000, "not_json", "no JSON"),
        ("range/*/3188*", b"9" * 5000, "not_json", "no JSON"),
        ("range/*/3188*", b"3", "wrong_entry", "must be a mapping"),
        ("range/*/3188*", b'{"prefix": "31", "x": 1}', "wrong_entry", "x: unknown key"),
        (
            "exemption/*/anonymous_call/x", b'{"organisation": "x", "rules": ["anonymous_call"], "reason": "y"}',
            "wrong_entry", "did you mean 'anonymous_calls'?",
        ),
        ("range/*/3189*", VALUE, "other_key", "belongs under the key range/*/3188*"),
        ("account/*/*/1", VALUE, "wrong_entry", "prefix: unknown key"),
        ("trunk/*/*/1", b'{"account": "1", "organisation": "x"}', "other_key", "account/*/*/1"),
    ],
)  # fmt: skip
def test_an_entry_that_can_not_be_used_says_why(key: str, value: bytes, reason: str, said: str) -> None:
    """In one word for the metric, and in words for people."""
    with pytest.raises(WrongEntry) as wrong:
        read(key, value)
    assert wrong.value.reason == reason
    assert said in str(wrong.value)


def test_a_key_that_is_no_text_is_wrong() -> None:
    """It is no reason to stop reading."""
    with pytest.raises(WrongEntry, match="not UTF-8"):
        key_of(b"\xff")
