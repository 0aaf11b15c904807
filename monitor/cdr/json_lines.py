"""Batches of JSON objects as columns: fast together, and one by one where that fails.

The joined batch is read as newline-delimited JSON by a parser that fails as a whole on one bad
line, and takes a number for a string. So a batch that fails, or in which the dialect finds something
doubtful, is read again in small pieces, and a piece that still fails record by record. A poison
record costs its piece, not its batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import polars as pl

from monitor.cdr.block import Block
from monitor.cdr.letters import occurrences
from monitor.cdr.reasons import Reason

#: Records of a piece: small enough that one bad record costs few others the slow way, large enough
#: that a piece's fixed cost (about 0.1 ms) stays below that of reading it one by one.
_PIECE = 256
_LINE_END = b"\n"[0]

#: Whether a frame read together can be trusted; given the joined bytes too.
Trust = Callable[[bytes, pl.DataFrame], bool]


def frames(
    values: Block, schema: pl.Schema, trust: Trust | None = None
) -> Iterator[tuple[pl.DataFrame | None, int, Block]]:
    """Read values piece by piece: (frame or None, index of the first value, the values of the piece).

    A frame has one row a value, in order. None: this piece must be read one by one (`plain`).
    """
    frame = together(values, schema, trust)
    if frame is not None:
        yield frame, 0, values
        return
    if len(values) <= _PIECE:
        yield None, 0, values
        return
    for at in range(0, len(values), _PIECE):
        piece = values[at : at + _PIECE]
        yield together(piece, schema, trust), at, piece


def together(values: Block, schema: pl.Schema, trust: Trust | None = None) -> pl.DataFrame | None:
    """All values as one frame with the columns of the schema; None where that can't be done."""
    joined = values.spread()
    # A value with a line end inside would shift all that follow.
    if occurrences(joined, _LINE_END) != len(values) - 1:
        return None
    # Half a character would be replaced without a word.
    if b"\\" in joined and (b"\\ud" in joined or b"\\uD" in joined):
        return None
    try:
        frame = pl.read_ndjson(joined, schema=schema)
    except Exception:  # the parser raises several kinds, none of which says more than "not this way"
        return None
    if frame.height != len(values) or (trust is not None and not trust(joined, frame)):
        return None
    return frame


def plain(value: bytes) -> dict | tuple[Reason, str]:
    """One value by the standard parser: the object, or why not."""
    try:
        text = value.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return Reason.NOT_UTF8, f"at byte {error.start}"
    if not text.strip(" \t\r\n\0"):
        return Reason.EMPTY, ""
    try:
        found = json.loads(text, object_pairs_hook=_first)
    except (ValueError, RecursionError) as error:
        return Reason.NOT_JSON, _why(error)
    if not isinstance(found, dict):
        return Reason.NOT_AN_OBJECT, type(found).__name__
    if "\\u" in text or "\\U" in text:
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return Reason.LONE_SURROGATE, ""
    return found


def _why(error: ValueError | RecursionError) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "nested too deeply"
    # As `cat` makes it of files that have no line end, of which some switches write one a call.
    more = "; more stands behind an object: one a line" if error.msg == "Extra data" else ""
    return f"at byte {error.pos}{more}"


def _first(pairs: list[tuple[str, object]]) -> dict:
    """An object in which a key that comes twice means what it meant first, as the fast parser has it."""
    return dict(reversed(pairs))
