"""A file of another program's records, read as our own: it is said which dialect to give."""

from __future__ import annotations

import gzip
import json

import pytest

from streams.likely import likely

DIALECTS = ["asterisk_csv", "asterisk_json", "freeswitch_json", "cgrates_json"]
SCENARIO = "start: 2026-01-05\ndays: 1\norganisations: [{name: a, behaviour: small_shop}]\n"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_the_dialect_that_was_left_out_is_named(run, tmp_path, dialect, packed):
    """Whatever the file is called, packed or not; with it the file is read."""
    (tmp_path / "s.yaml").write_text(SCENARIO)
    file = tmp_path / ("Master.csv" if dialect == "asterisk_csv" else "calls.jsonl")
    made = run("simulate", "--scenario", tmp_path / "s.yaml", "--dialect", dialect, "--out", file)
    assert made.exit_code == 0, made.output
    if packed:
        file = file.rename(tmp_path / "export")
        file.write_bytes(gzip.compress(file.read_bytes()))
    ended = run("replay", file)
    assert ended.exit_code == 3
    assert f"give --dialect {dialect}," in " ".join(ended.stderr.split())
    assert "no header" not in ended.stderr
    assert run("replay", file, "--dialect", dialect).exit_code == 0


def test_a_sample_of_a_feed_without_its_dialect_is_told_it(run, tmp_path):
    """In the words of settings, too."""
    (tmp_path / "nw.yml").write_text("feeds: [{name: north}]\nprivacy: {demo: true}\n")
    line = ",".join(f'"{cell}"' for cell in (*"abcdefghi", "2026-01-05 09:00:00", *"jklmno"))
    ended = run("check", tmp_path / "nw.yml", "--sample", "-", stdin=line.encode())
    assert ended.exit_code == 3
    assert "the feed's `dialect: asterisk_csv`" in " ".join(ended.stderr.split())


NINE = ",".join(['"x"'] * 9)


@pytest.mark.parametrize(
    ("first", "dialect"),
    [
        (f'{NINE},"2026-01-05 09:00:00"' + ',"x"' * 11, "asterisk_csv"),
        ('"accountcode","src","dst","dcontext"' + ',"x"' * 12, "asterisk_csv"),
        (f'{NINE},"2026-01-05 09:00:00"' + ',"x"' * 12, None),  # 22 columns
        (f'{NINE},"2026-01-05 09:00:00"' + ',"x"' * 5, None),
        (f'{NINE},"x","2026-01-05 09:00:00"' + ',"x"' * 6, None),
        ('x,"y"' + ",2026-01-05 09:00:00" * 14, None),
        ('{"core-uuid": "a", "call_id": "c1"}', None),
        ('"call_id","started_at"', None),
        ('{"core-uuid": "5e0c0de0", "variables": {"uuid": "cut o', "freeswitch_json"),
        ('{"variables": {}, "callflow": [], "switchname": "a"}', "freeswitch_json"),
        ('{"variables": {}, "callflow": [], "call_id": "c1"}', None),
        ('{"CGRID": "c", "SetupTime": "2026-01-05T09:00:00Z"}', "cgrates_json"),
        ('{"CGRID": "c"}', None),
        ('{"call_id": "c1", "dcontext": "a", "disposition": "b"}', None),
        ('{"exported": [1, 2]', None),
        ("", None),
        ("{}", None),
        ('"', None),
        ("[1]", None),
    ],
)
def test_only_what_plainly_is_another_programs_is_named(first, dialect):
    """A record that may be ours, or anything, is left to be read."""
    said = likely(first.encode())
    assert (said and said.partition("--dialect ")[2].partition(",")[0]) == dialect


def test_what_holds_no_keys_is_no_object():
    """A line of JSON that is deeper than can be read is left to be rejected."""
    assert likely(b'{"a":' * 100_000) is None
    assert likely(json.dumps({"a": 1}).encode()) is None
