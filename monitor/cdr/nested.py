"""JSON objects with fields at paths (`variables.uuid`, `legs.0.number`, `legs.-1.number`): as columns of texts.

A path is turned into the nested type that the fast parser wants, so that it reads what is asked for
and skips the rest. Numbers come as their text; objects and lists where a text is expected too.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

import polars as pl

from monitor.cdr.block import Block
from monitor.cdr.dialect import Parsed
from monitor.cdr.json_lines import frames, plain
from monitor.cdr.reasons import Reason
from monitor.cdr.values import rejection

#: A step of a path that is a place in a list, from its begin or (negative) from its end.
_PLACE = re.compile(r"-?\d+")

#: Makes calls of a frame whose columns are `row` and the paths.
Made = Callable[[pl.DataFrame], Parsed]


def parse(values: Block, paths: Sequence[str], made: Made) -> Parsed:
    """Read values (one JSON object each) and hand their fields to `made`, all at once: calls may span pieces."""
    tree = _tree(paths)
    types = {name: _type(inside) for name, inside in tree.items()}
    # A list is first read as text, in a quarter of the time that the parser takes for lists of objects. It does
    # not write a backslash as it was, so not where there is one.
    text = pl.String() if not values.holds(b"\\") else None
    schema = pl.Schema(
        {name: text or kind if kind.base_type() is pl.List else kind for name, kind in types.items()}
    )
    rows: list[pl.DataFrame] = []
    refused: list[tuple[int, Reason, str]] = []
    for frame, at, piece in frames(values, schema):
        frame = None if frame is None else _with_lists(frame, types)
        if frame is None:
            frame, kept = _one_by_one(piece, at, paths, refused)
        else:
            frame = frame.select(_at(path).cast(pl.String, strict=False).alias(path) for path in paths)
            kept = pl.int_range(at, at + len(piece), dtype=pl.UInt32, eager=True)
        rows.append(frame.insert_column(0, kept.alias("row")))
    return (made(pl.concat(rows)) if rows else Parsed()).after(rejection(refused))


def _with_lists(frame: pl.DataFrame, types: dict[str, pl.DataType]) -> pl.DataFrame | None:
    """The frame with its lists read; None where one is no such list."""
    lists = [
        pl.col(name).str.json_decode(kind) for name, kind in types.items() if kind.base_type() is pl.List
    ]
    try:
        return frame.with_columns(lists) if lists else frame
    except pl.exceptions.PolarsError:
        return None


def _one_by_one(
    piece: Block, at: int, paths: Sequence[str], refused: list[tuple[int, Reason, str]]
) -> tuple[pl.DataFrame, pl.Series]:
    found, kept = [], []
    for row, value in enumerate(piece, at):
        read = plain(value)
        if isinstance(read, tuple):
            refused.append((row, *read))
        else:
            found.append([_text(_inside(read, path)) for path in paths])
            kept.append(row)
    frame = pl.DataFrame(found, dict.fromkeys(paths, pl.String), orient="row")
    return frame, pl.Series("row", kept, pl.UInt32)


def _inside(value: object, path: str) -> object:
    for step in path.split("."):
        if isinstance(value, dict) and (step in value or not _PLACE.fullmatch(step)):
            value = value.get(step)
        elif isinstance(value, dict) and step in ("0", "-1"):
            continue  # a list of one, written without its brackets
        elif isinstance(value, list) and _PLACE.fullmatch(step) and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: object) -> str | None:
    """As the fast parser has it: texts as they are, numbers as written, and what is no scalar as JSON."""
    if value is None:
        return None
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value):
        # An id of 77.0 is that of 77, whichever parser read it.
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return value if isinstance(value, str) else str(value)


def _tree(paths: Sequence[str]) -> dict:
    tree: dict = {}
    for path in paths:
        inside = tree
        for step in path.split("."):
            inside = inside.setdefault(step, {})
    return tree


def _type(inside: dict) -> pl.DataType:
    if not inside:
        return pl.String()
    if all(_PLACE.fullmatch(step) for step in inside):
        # Elements of a list share one type: the union of what is asked of each.
        union: dict = {}
        for each in inside.values():
            _merge(union, each)
        return pl.List(_type(union))
    return pl.Struct({name: _type(each) for name, each in inside.items()})


def _merge(union: dict, other: dict) -> None:
    for name, inside in other.items():
        _merge(union.setdefault(name, {}), inside)


def _at(path: str) -> pl.Expr:
    first, *steps = path.split(".")
    column = pl.col(first)
    for step in steps:
        place = _PLACE.fullmatch(step)
        column = column.list.get(int(step), null_on_oob=True) if place else column.struct.field(step)
    return column
