"""Keys that nobody reads, and paths at which nothing was, in words.

A mistyped name costs no record, and its calls then say something else: that the number was withheld, that nobody answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

#: Keys that are named; an operator's own records may have dozens that are rightly left out.
_NAMED = 5


def unknown_keys(counts: Mapping[str, int], total: int) -> Iterator[tuple[str, int]]:
    """(what, how many values) of the keys that are in most records, and of all others together.

    total: of all keys, of which `counts` may have the first only.
    """
    from monitor.cdr.canonical import OPTIONAL

    # Those that may be meant first: they change what a call says.
    near = {key: get_close_matches(key.lower(), OPTIONAL, n=1) for key in counts}
    order = sorted(counts, key=lambda key: (not near[key], -counts[key], key))
    for key in order[:_NAMED]:
        meant = f"; did you mean {near[key][0]!r}?" if near[key] else ""
        yield f"unknown key {key!r}{meant}", counts[key]
        total -= counts[key]
    if total:
        yield "other unknown keys", total


def nowhere(there: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """What mappings and options name and no record has; there: by feed and path, the records that have it."""
    for (feed, path), records in there.items():
        if not records:
            yield f"feed {feed}: its settings name {path!r}, which is in no record; is it spelled as it is there?"
