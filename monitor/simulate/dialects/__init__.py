"""Calls as the records of a switch: one file a dialect, each with what makes it hard to read."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from monitor.simulate.dialects.asterisk import asterisk_csv_lines, asterisk_json_lines
from monitor.simulate.dialects.canonical import canonical_lines
from monitor.simulate.dialects.cgrates import cgrates_json_objects
from monitor.simulate.dialects.freeswitch import freeswitch_json_documents

#: Records of a chunk of calls; a call may be several.
DIALECTS: dict[str, Callable[[pl.DataFrame], list[bytes]]] = {
    "canonical": canonical_lines,
    "freeswitch_json": freeswitch_json_documents,
    "asterisk_csv": asterisk_csv_lines,
    "asterisk_json": asterisk_json_lines,
    "cgrates_json": cgrates_json_objects,
}
