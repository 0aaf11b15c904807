"""A record is read the same whatever stands beside it: the quick way over a batch has no opinion of its own."""

from __future__ import annotations

import json

import pytest

from monitor.cdr import dialect
from monitor.cdr.canonical import OPTIONAL
from monitor.feed import Feed

MAPPING = {"call_id": "id", "started_at": "at", "presented_number": "from", "called_number": "to"}
CSV = MAPPING | {"format": "csv", "delimiter": ";", "columns": ["id", "at", "from", "to"]}
MAPPINGS = {"mapping": MAPPING, "own": CSV}
BOM = b"\xef\xbb\xbf"
LINE = (
    b'"1001","201","0600000001","users","%b","SIP/201-1","SIP/north-2","Dial","","2026-03-02 11:00:00","",'
    b'"2026-03-02 11:00:20",20,0,"BUSY","DOCUMENTATION","1772445600.13",""'
)
NAMED = LINE % b"<+31200000001>"
ROW = {
    "uniqueid": "1772445600.13",
    "start": "2026-03-02 11:00:00",
    "accountcode": "1001",
    "dst": "0600000001",
}
OWN = b'{"id": %b, "at": "2026-03-02T10:00:00Z", "from": "+31200000001", "to": "+31600000001"}'
RECORDS = {
    "a mark in front of a line": ("asterisk_csv", BOM + NAMED),
    "a mark in front of an object": ("asterisk_json", BOM + json.dumps(ROW).encode()),
    "a stray quote": ("asterisk_csv", LINE % b'"Bakker" <+31200000001>'),
    "a name in Latin-1": ("asterisk_csv", LINE % b'""Andr\xe9"" <+31200000001>'),
    "a name in Latin-1 in a line of an operator's own": (
        "own",
        b"Andr\xe9;2026-03-02T10:00:00Z;+31200000001;0600000001",
    ),
    "a key that comes twice": ("asterisk_json", json.dumps(ROW).encode()[:-1] + b', "dst": "0600000002"}'),
    "a mark in front of a line of an operator's own": (
        "own",
        BOM + b"77;2026-03-02T10:00:00Z;+31200000001;0600000001",
    ),
    "an object in place of a text": (
        "mapping",
        OWN.replace(b'"+31200000001"', b'{"a": [1, "b", null]}') % b"77",
    ),
    "an id that is a whole number": ("mapping", OWN % b"77"),
    "an id that is one, and written with a point": ("mapping", OWN % b"77.0"),
    "an id with a fraction": ("mapping", OWN % b"1772445600.25"),
    "an id with an exponent": ("mapping", OWN % b"7.7e3"),
    "nulls where something may be missing": (
        "canonical",
        json.dumps(
            dict.fromkeys(OPTIONAL)
            | {"call_id": "77", "started_at": "2026-03-02T10:00:00Z", "called_number": "+31600000001"}
        ).encode(),
    ),
}
#: What makes a whole batch be read the slow way.
POISON = {"own": b"a;b", "canonical": b"{", "asterisk_csv": b'"a', "asterisk_json": b"{", "mapping": b"{"}


@pytest.mark.parametrize("what", RECORDS)
def test_a_record_beside_one_that_cannot_be_read_is_what_it_is_alone(what: str) -> None:
    """The call that is made of it, its id included, is the same."""
    name, record = RECORDS[what]
    feed = Feed(name="a", dialect="mapping" if name == "own" else name, mapping=MAPPINGS.get(name))

    alone = dialect(feed.dialect).parse([record], feed)
    beside = dialect(feed.dialect).parse([record, POISON[name]], feed)

    assert alone.calls.height == 1
    assert beside.calls.equals(alone.calls)
    assert beside.rejected["row"].to_list() == [1]


def test_a_mark_in_front_of_any_line_is_no_part_of_its_id() -> None:
    """The same call from two files is one call."""
    feed = Feed(name="a", dialect="mapping", mapping=CSV)
    line = RECORDS["a mark in front of a line of an operator's own"][1]
    calls = dialect("mapping").parse([line.removeprefix(BOM), line], feed).calls
    assert calls["call_id"].to_list() == ["77", "77"]


def test_a_mark_in_front_is_no_part_of_the_account() -> None:
    """In the midst of a batch too, where files were sent record by record."""
    values = [NAMED.replace(b".13", b".14"), BOM + NAMED]
    calls = dialect("asterisk_csv").parse(values, Feed(name="a", dialect="asterisk_csv")).calls
    assert calls["account"].to_list() == ["1001", "1001"]


@pytest.mark.parametrize(
    ("account", "read"),
    [(b"Andr\xe9", "Andr\xe9"), ("Andr\xe9".encode(), "Andr\xe9"), (b"\xe9\xc3\xa9", "\xe9\xe9")],
)
def test_a_letter_of_a_line_is_read_in_whichever_way_it_is_written(account: bytes, read: str) -> None:
    """UTF-8 where it is that, else Latin-1; in one line both may be."""
    line = NAMED.replace(b'"1001"', b'"%b"' % account, 1).replace(b".13", b".14")
    calls = dialect("asterisk_csv").parse([NAMED, line], Feed(name="a", dialect="asterisk_csv")).calls
    assert calls["account"].to_list() == ["1001", read]


@pytest.mark.parametrize("line", [b'"1001"\r"201"' + b"," * 15, b"1001\r201" + b"," * 15])
def test_a_carriage_return_within_a_line_has_a_reason_that_is_no_bug(line: bytes) -> None:
    """A line that the standard library's reader won't begin with is rejected as any other, whatever the batch begins with."""
    feed = Feed(name="a", dialect="asterisk_csv")
    for values in ([line, NAMED], [NAMED, line]):
        parsed = dialect("asterisk_csv").parse(values, feed)
        assert parsed.calls.height == 1
        assert parsed.rejected["reason"].to_list() == ["not_csv"]


def test_lists_have_a_last_place_too() -> None:
    """A path counts from the end of a list where its place is negative, alone and beside a poison record."""
    mapping = MAPPING | {"to": "x", "called_number": "to.-1.number"}
    mapping.pop("to")
    feed = Feed(name="a", dialect="mapping", mapping=mapping)
    record = json.dumps(
        {"id": "1", "at": "2026-03-02T10:00:00Z", "from": "+31200000001", "to": [{"number": "a"}, {"number": "b"}]}
    ).encode()  # fmt: skip
    for values in ([record], [record, b"{"]):
        assert dialect("mapping").parse(values, feed).calls["called_number"].to_list() == ["b"]


def test_a_percent_sign_is_decoded_whatever_stands_beside_it() -> None:
    """The sign for deletion is no letter, and one of those that are written with a percent sign."""
    feed = Feed(name="a", dialect="freeswitch_json")

    def document(uuid: str, account: str) -> bytes:
        said = {"uuid": uuid, "start_epoch": "1772445600", "direction": "outbound", "accountcode": account}
        return json.dumps({"variables": said}).encode()

    record = document("1", "a%7Fb")
    read = [
        dialect("freeswitch_json").parse(values, feed).calls.filter(call_id="1")["account"].to_list()
        for values in ([record], [record, document("2", "caf%C3%A9")])
    ]
    assert read == [["a\x7fb"]] * 2
