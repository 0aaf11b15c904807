"""`asterisk_csv`: Asterisk's Master.csv (cdr_csv), a line a row, of 16 to 21 columns.

Which columns are there depends on cdr.conf: `uniqueid`, `userfield` and the last three each have a switch of their own
(`loguniqueid`, `loguserfield`, `newcdrcolumns`). A line of 17 or 20 has one of the first two, and its content tells which.
"""

from __future__ import annotations

import csv
import io

import polars as pl

from monitor.cdr import asterisk
from monitor.cdr.block import Block
from monitor.cdr.csv_lines import lines, told_of_titles, whole
from monitor.cdr.dialect import Parsed
from monitor.cdr.reasons import Reason
from monitor.cdr.values import rejection, texts
from monitor.feed import Feed

OPTIONS = asterisk.Asterisk
COLUMNS = asterisk.COLUMNS
#: The columns of a line, by how many it has; in one of 17 or 20 `uniqueid` stands for `userfield` too.
_OF_WIDTH = {
    width + more: (*COLUMNS[:width], *(COLUMNS[18:] if more else ()))
    for width in (16, 17, 18)
    for more in (0, 3)
}
_UNIQUE = r"\d{9,10}\.\d+$"
_SCHEMA = dict.fromkeys(COLUMNS, pl.String)


def parse(values: Block, feed: Feed) -> Parsed:
    """One line a value."""
    values, joined = lines(values)
    frame = _together(values, joined)
    refused: list[tuple[int, Reason, str]] = []
    if frame is None:
        frame = _one_by_one(values, refused)
    # A line of 17 or 20 columns has one of two; in the others what is not known is empty, not missing.
    other = pl.col("userfield").is_null() & ~pl.col("uniqueid").str.contains(_UNIQUE)
    frame = frame.with_columns(pl.when(other).then(None).otherwise(pl.col("uniqueid")).alias("uniqueid"))
    parsed = asterisk.calls(frame, feed)
    parsed.rejected = told_of_titles(parsed.rejected, frame, COLUMNS)
    return parsed.after(rejection(refused))


def frame(frame: pl.DataFrame, feed: Feed) -> Parsed:
    """Columns by their names."""
    missing = [name for name in COLUMNS[:16] if name not in frame.columns]
    if missing:
        refused = rejection((row, Reason.WRONG_COLUMNS, f"no {missing[0]}") for row in range(frame.height))
        return Parsed(rejected=refused)
    return asterisk.calls(frame.select(texts(frame, COLUMNS)).with_row_index("row"), feed)


def _together(values: Block, joined: bytes) -> pl.DataFrame | None:
    """All lines at once, when all have the same number of columns and none holds a line end."""
    if joined.count(b"\n") != len(values) - 1 or b"\0" in joined or b"\r" in joined:
        return None
    try:
        width = len(next(csv.reader([values[0].decode()])))
    except csv.Error:
        return None
    if width not in _OF_WIDTH:
        return None
    try:
        frame = pl.read_csv(
            io.BytesIO(joined), has_header=False, schema=dict.fromkeys(_OF_WIDTH[width], pl.String),
            empty_string_is_null=False, truncate_ragged_lines=False,
        )  # fmt: skip
    except Exception:  # the parser raises several kinds, none of which says more than "not this way"
        return None
    if frame.height != len(values) or not whole(frame, joined.count(b","), ","):
        return None
    return frame.select(texts(frame, COLUMNS)).with_row_index("row")


def _one_by_one(values: Block, refused: list[tuple[int, Reason, str]]) -> pl.DataFrame:
    rows = []
    for row, value in enumerate(values):
        try:
            read = list(csv.reader(io.StringIO(value.decode(), newline=""), strict=True))
        except csv.Error as error:
            # A stray quote is no matter to the parser of whole batches: a line must not be read or not by its neighbours.
            if (alone := _together(Block.of([value]), value)) is None:
                refused.append((row, Reason.NOT_CSV, str(error)))
            else:
                rows.append([row, *alone.row(0)[1:]])
            continue
        if len(read) != 1:
            refused.append((row, Reason.NOT_CSV if read else Reason.EMPTY, f"{len(read)} lines"))
        elif (names := _OF_WIDTH.get(len(read[0]))) is None:
            refused.append((row, Reason.WRONG_COLUMNS, f"{len(read[0])} columns"))
        else:
            cells = dict(zip(names, read[0], strict=True))
            rows.append([row, *(cells.get(name) for name in COLUMNS)])
    return pl.DataFrame(rows, {"row": pl.UInt32, **_SCHEMA}, orient="row")
