"""Files of CDRs: the same records, whatever they are wrapped in."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from streams import files
from streams.files import Unreadable, batches

ROWS = [
    {
        "call_id": f"c{at}",
        "started_at": "2026-01-05T09:00:00Z",
        "presented_number": "+31201230000",
        "organisation": "De Proef",
    }
    for at in range(5)
]
LINES = [json.dumps(row).encode() for row in ROWS]
NDJSON = b"\n".join(LINES) + b"\n"


def written(folder: Path, data: bytes, name: str = "calls") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def read(path: Path, dialect: str = "canonical") -> list:
    """All records of a file, rows of columns as dictionaries."""
    records: list = []
    for batch in batches(path, dialect):
        records += batch.to_dicts() if isinstance(batch, pl.DataFrame) else batch
    return records


@pytest.mark.parametrize("wrap", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_lines_are_read_whatever_they_are_wrapped_in(tmp_path, wrap):
    """What a file is shows in its first bytes, not in its name."""
    assert read(written(tmp_path, wrap(NDJSON))) == LINES


@pytest.mark.parametrize("wrap", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_compressed_files_put_one_behind_the_other_are_one_file(tmp_path, wrap):
    """`cat a.gz b.gz` is a file of both, as the tools of either format have it."""
    assert read(written(tmp_path, wrap(NDJSON) + wrap(NDJSON))) == LINES * 2


@pytest.mark.parametrize("wrap", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_compressed_file_that_breaks_off_is_not_taken_for_a_whole_one(tmp_path, wrap):
    """A transfer that was cut must not look like a quiet day."""
    whole = wrap(NDJSON * 1000)

    with pytest.raises(Unreadable, match="breaks off or is damaged near byte"):
        read(written(tmp_path, whole[: len(whole) // 2]))


def test_the_last_line_needs_no_end(tmp_path):
    """A writer that is still at work leaves one."""
    assert read(written(tmp_path, NDJSON.rstrip(b"\n"))) == LINES


def test_line_ends_of_windows_and_a_byte_order_mark_are_not_part_of_a_record(tmp_path):
    """Both come from exports of spreadsheets."""
    assert read(written(tmp_path, b"\xef\xbb\xbf" + NDJSON.replace(b"\n", b"\r\n"))) == LINES


def test_an_empty_line_is_a_record(tmp_path):
    """It is counted and rejected like an empty Kafka value; nothing vanishes on the way in."""
    assert read(written(tmp_path, b"{}\n\n{}\n")) == [b"{}", b"", b"{}"]


def test_an_empty_file_has_no_records(tmp_path):
    """A feed may have had no calls."""
    assert read(written(tmp_path, b"")) == []


@given(
    lines=st.lists(
        st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")), min_size=1
    ),
    block=st.integers(1, 64),
)
def test_where_a_block_ends_changes_nothing(tmp_path_factory, lines, block):
    """Lines longer than a block, and blocks that end on a line end, give the same lines."""
    path = written(tmp_path_factory.mktemp("lines"), b"x\n" + b"\n".join(lines) + b"\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BLOCK", block)

        assert read(path, "asterisk_csv") == [b"x", *lines]


def test_a_file_without_line_ends_is_refused_before_it_fills_memory(tmp_path, monkeypatch):
    """It would else be read whole, as one record."""
    monkeypatch.setattr(files, "BLOCK", 1024)
    monkeypatch.setattr(files, "LONGEST_LINE", 10_000)

    with pytest.raises(Unreadable, match="not a file of lines"):
        read(written(tmp_path, b"{" + b"x" * 50_000))


def test_a_csv_file_has_a_header_of_canonical_names(tmp_path):
    """Its rows come as columns of text; an empty field is null."""
    header, row = b"call_id,started_at,presented_number", b"c1,2026-01-05T09:00:00Z,\n"

    assert read(written(tmp_path, header + b"\n" + row)) == [
        {"call_id": "c1", "started_at": "2026-01-05T09:00:00Z", "presented_number": None}
    ]


@pytest.mark.parametrize(
    "rows",
    [
        b'"c1","2026-01-05T09:00:00Z","De ""Proef"", Delft"\n',
        b'c1,2026-01-05T09:00:00Z,"De ""Proef"", Delft"',
    ],
)
def test_quoted_fields_may_hold_commas_and_quotes(tmp_path, rows):
    """Such rows come as JSON lines, so that the dialect alone says what a record means."""
    [record] = read(written(tmp_path, b"call_id,started_at,organisation\n" + rows))

    assert json.loads(record) == {
        "call_id": "c1",
        "started_at": "2026-01-05T09:00:00Z",
        "organisation": 'De "Proef", Delft',
    }


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_spreadsheet_may_write_its_letters_in_latin_1(tmp_path, quote):
    """What is no UTF-8 is read as that, whether the rows are read quickly or not."""
    row = b"c1," + quote + b"Caf\xe9" + quote + b"\n"
    [record] = read(written(tmp_path, b"call_id,organisation\n" + row))

    assert (json.loads(record) if quote else record)["organisation"] == "Caf\xe9"


def test_a_row_that_is_too_short_is_left_to_be_rejected(tmp_path):
    """Filled up with nulls, its number would be withheld, and a slip would be an offence."""
    records = read(
        written(
            tmp_path,
            b"call_id,started_at,presented_number\nc1,2026-01-05T09:00:00Z\nc2,2026-01-05T09:00:00Z,+31201230000\n",
        )
    )

    assert records[0] == b"c1,2026-01-05T09:00:00Z"
    assert json.loads(records[1])["call_id"] == "c2"


FIELD = st.text(st.characters(codec="utf-8", exclude_characters='",\r\n\0'), max_size=6)


@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=1, max_size=20))
def test_columns_of_a_csv_file_say_what_its_rows_say(rows):
    """The fast path gives what the plain one gives, or gives way to it."""
    header = ["call_id", "presented_number", "organisation"]
    block = "".join(",".join(row) + "\n" for row in rows).encode()

    frame = files._plain_rows(header, block)

    if frame is not None:
        assert frame.to_dicts() == [json.loads(row) for row in files._rows(header, block)[0]]


ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6) | st.sampled_from(
    ['"', "\n", ","]
)


@given(st.lists(st.lists(ANY, min_size=3, max_size=3), min_size=1, max_size=20), st.integers(8, 200))
def test_a_cell_in_quotes_may_hold_what_it_likes_wherever_a_batch_ends(rows, block):
    """Line ends, commas and quotes in a cell make no row of their own."""
    header = ["call_id", "presented_number", "organisation"]
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(files, "BLOCK", block)
        records = read(written(Path(folder), text.getvalue().replace("\r\n", "\n", 1).encode()))

    wanted = [dict(zip(header, (cell or None for cell in row), strict=True)) for row in rows]
    assert [json.loads(record) for record in records] == wanted


@pytest.mark.parametrize(
    ("cell", "lost"),
    [(b'5" pijp', 0), (b'"5" pijp', 0), (b'"5 pijp', 0), (b'"x",y,"z', 1), (b'"' + b"x" * 200_000, 1)],
    ids=["an inch", "quoted and an inch", "never closed", "never closed and too many", "longer than a cell"],
)
@pytest.mark.parametrize("block", [64, files.BLOCK])
def test_a_quote_that_does_not_close_takes_no_other_row_with_it(tmp_path, monkeypatch, cell, lost, block):
    """The rows behind it are read, and it alone is left to be rejected where it can't be read."""
    monkeypatch.setattr(files, "BLOCK", block)
    good = [b"c%d,acme" % at for at in range(5_000)]
    rows = [*good[:2], b"bad," + cell, *good[2:]]

    records = read(written(tmp_path, b"\n".join([b"call_id,organisation", *rows])))

    assert len(records) == len(rows)
    calls = [
        json.loads(record) if isinstance(record, bytes) and record.startswith(b"{") else record
        for record in records
    ]
    assert [call["call_id"] for call in calls if isinstance(call, dict)] == [
        *("c0", "c1"),
        *([] if lost else ["bad"]),
        *(f"c{at}" for at in range(2, 5_000)),
    ]
    assert [call for call in calls if not isinstance(call, dict)] == [b"bad," + cell] * lost


def test_a_row_of_several_lines_behind_a_quote_that_does_not_close_is_whole(tmp_path):
    """What is given up is the line with that quote, and no part of another row."""
    text = b'call_id,organisation\nbad,"5 pijp\nc2,"multi\nline"\nc3,x\n'

    records = [json.loads(record) for record in read(written(tmp_path, text))]

    assert [record["organisation"] for record in records] == ["5 pijp", "multi\nline", "x"]


def test_a_first_line_that_is_broken_makes_no_table_of_a_file(tmp_path):
    """It is one bad record among good ones, as it would be further down."""
    assert read(written(tmp_path, b'ed_at":"2026-01\n' + NDJSON)) == [b'ed_at":"2026-01', *LINES]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("calls.csv", b"call_id;started_at;called_number\nc1;2026-01-05T09:00:00Z;+31612345678\n"),
        ("calls", b"\xef\xbb\xbfcall_id;started_at;called_number\r\n"),
        ("calls.CSV", b"c1,2026-01-05T09:00:00Z,+31612345678\n"),
        ("calls.csv.gz", gzip.compress(b"c1,2026-01-05T09:00:00Z,+31612345678\n")),
    ],
    ids=["semicolons", "semicolons alone", "no header", "no header, compressed"],
)
def test_csv_without_our_header_is_told_for_what_it_is(tmp_path, name, data):
    """A spreadsheet's export is no JSON that went wrong; who made it is asked what is between its columns."""
    with pytest.raises(Unreadable, match=r"no header of Nummerwacht's CSV.*separated by `;`"):
        read(written(tmp_path, data, name))


def test_json_lines_in_a_file_that_is_called_csv_are_read(tmp_path):
    """The first bytes say what it is, and an empty file has no records."""
    assert read(written(tmp_path, NDJSON, "calls.csv")) == LINES
    assert read(written(tmp_path, b"", "none.csv")) == []


def test_lines_of_another_dialect_are_left_as_they_are(tmp_path):
    """A CSV dialect of a switch has no header that is ours to read."""
    assert read(written(tmp_path, b'"a","b"\n"c","d"\n'), "asterisk_csv") == [b'"a","b"', b'"c","d"']


def test_parquet_comes_as_columns(tmp_path):
    """Typed as they are in the file, in the order of the file."""
    frame = pl.DataFrame(ROWS)
    frame.write_parquet(tmp_path / "calls.parquet")

    assert read(tmp_path / "calls.parquet") == ROWS


def test_the_name_of_a_parquet_file_is_no_pattern(tmp_path):
    """A file that a browser saved as `calls[1].parquet` is read, and its neighbour is not."""
    pl.DataFrame(ROWS).write_parquet(tmp_path / "calls[1].parquet")
    pl.DataFrame(ROWS[:1]).write_parquet(tmp_path / "calls1.parquet")

    assert read(tmp_path / "calls[1].parquet") == ROWS


def test_parquet_that_comes_through_a_named_pipe_is_read(tmp_path):
    """As a shell gives it: `nummerwacht replay <(fetch calls.parquet)`."""
    pl.DataFrame(ROWS).write_parquet(data := io.BytesIO())
    os.mkfifo(pipe := tmp_path / "pipe")
    with ThreadPoolExecutor(1) as other:
        sent = other.submit(pipe.write_bytes, data.getvalue())

        assert read(pipe) == ROWS
        assert sent.result() == len(data.getvalue())


@pytest.mark.parametrize("wrap", [gzip.compress, zstandard.compress])
def test_parquet_that_was_packed_is_read(tmp_path, wrap):
    """Whoever packs all files of a folder packs these too; progress is told in bytes of the packed file."""
    pl.DataFrame(ROWS).write_parquet(data := io.BytesIO())
    path, told = written(tmp_path, wrap(data.getvalue())), []

    assert read(path) == ROWS
    list(batches(path, "canonical", told.append))
    assert told[-1] == files.size(path)


def test_parquet_comes_in_batches(tmp_path, monkeypatch):
    """A file larger than memory is read too, every row once and in order."""
    monkeypatch.setattr(files, "ROWS", 1000)
    frame = pl.DataFrame({"call_id": [str(at) for at in range(10_500)]})
    frame.write_parquet(tmp_path / "calls.parquet", row_group_size=3000)

    frames = list(batches(tmp_path / "calls.parquet", "canonical"))

    assert max(batch.height for batch in frames) <= 1000
    assert pl.concat(frames).equals(frame)


def test_parquet_is_for_canonical_calls_only(tmp_path):
    """A switch's dialect reads the switch's own records, which are lines."""
    pl.DataFrame(ROWS).write_parquet(tmp_path / "calls.parquet")

    with pytest.raises(Unreadable, match="the dialect asterisk_csv reads lines"):
        read(tmp_path / "calls.parquet", "asterisk_csv")


def test_a_parquet_file_that_breaks_off_is_refused(tmp_path):
    """Its end says where its columns are."""
    pl.DataFrame(ROWS).write_parquet(tmp_path / "calls.parquet")
    data = (tmp_path / "calls.parquet").read_bytes()

    with pytest.raises(Unreadable, match="is no whole Parquet file"):
        read(written(tmp_path, data[: len(data) // 2]))


@pytest.mark.parametrize("kind", ["ndjson", "gzip", "parquet"])
def test_standard_input_is_read_like_a_file(tmp_path, monkeypatch, kind):
    """`-` takes all that a path takes, though it can't be sought in."""
    parquet = io.BytesIO()
    pl.DataFrame(ROWS).write_parquet(parquet)
    data = {"ndjson": NDJSON, "gzip": gzip.compress(NDJSON), "parquet": parquet.getvalue()}[kind]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    assert read(Path("-")) == (ROWS if kind == "parquet" else LINES)


def test_progress_ends_at_the_size_of_the_file(tmp_path):
    """It counts the bytes on disk, which is what a person can compare it with."""
    path, told = written(tmp_path, gzip.compress(NDJSON)), []

    list(batches(path, "canonical", told.append))

    assert told[-1] == files.size(path)


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress], ids=["bzip2", "xz"])
def test_a_file_that_is_packed_in_another_way_is_named(tmp_path, pack):
    """Its message says with what, and what to do; not that its text is none."""
    path = written(tmp_path, pack(NDJSON))
    with pytest.raises(Unreadable, match=r"is packed with (bzip2|xz); unpack it"):
        list(batches(path, "canonical"))
