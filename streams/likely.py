"""Which dialect a file's first record plainly is of, for whoever gave none: by what no other program writes."""

from __future__ import annotations

import csv
import json
import re

#: What is read by each, in the words of whoever has such files.
_OF = {
    "asterisk_csv": "Asterisk's Master.csv",
    "asterisk_json": "Asterisk's rows as JSON",
    "freeswitch_json": "FreeSWITCH's mod_json_cdr",
    "cgrates_json": "CGRateS's CDRs",
}
#: Keys of an object that only one of them has together. An object of ours may have any others beside its own.
_KEYS = (
    ("freeswitch_json", {"variables", "callflow"}),
    ("cgrates_json", {"CGRID", "SetupTime"}),
    ("asterisk_json", {"dcontext", "disposition"}),
    ("asterisk_json", {"DestinationContext", "Disposition"}),
)
#: The first key of a FreeSWITCH document, which may be longer than what is looked at of a file.
_FREESWITCH = re.compile(rb'\{\s*"core-uuid"\s*:')
#: Where a line of Master.csv has its start, and how that is written.
_START, _TIME = 9, re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_WIDTHS = range(16, 22)


def likely(first: bytes) -> str | None:
    """What a first line plainly is, and how to say so to a command; None where it may be ours, or anything.

    first: cut off where it is long.
    """
    first = first.strip()
    dialect = _of_object(first) if first.startswith(b"{") else _of_line(first)
    if dialect is None:
        return None
    return (
        f"this looks like {_OF[dialect]}, not like Nummerwacht's own form; give --dialect {dialect}, or where there are "
        f"settings, the feed's `dialect: {dialect}`"
    )


def _of_object(first: bytes) -> str | None:
    if _FREESWITCH.match(first) and b'"call_id"' not in first:
        return "freeswitch_json"
    try:
        keys = json.loads(first).keys()
    except (ValueError, RecursionError):
        return None
    if "call_id" in keys:
        return None
    return next((dialect for dialect, named in _KEYS if named <= keys), None)


def _of_line(first: bytes) -> str | None:
    if not first.startswith(b'"'):
        return None
    try:
        cells = next(csv.reader([first.decode("utf-8", "replace")]))
    except csv.Error:
        return None
    # Or its header, which somebody put there: then its dialect says of that line what it is.
    named = len(cells) in _WIDTHS and (_TIME.match(cells[_START]) or {"accountcode", "dcontext"} <= {*cells})
    return "asterisk_csv" if named else None
