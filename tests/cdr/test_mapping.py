"""An operator's own records, read by a mapping."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from monitor.cdr import dialect
from monitor.cdr.mapping import Mapping, mapping
from monitor.feed import Feed
from streams.config import ConfigError, load

CSV = {
    "format": "csv",
    "delimiter": ";",
    "columns": ["day", "time", "from", "to", "seconds", "customer", "id", "last"],
    "keep": {"last": ["1"]},
    "call_id": ["customer", "id"],
    "started_at": {"field": "time", "format": "%d/%m/%Y %H:%M:%S", "zone": "Europe/London"},
    "duration": {"field": "seconds", "format": "epoch"},
    "presented_number": "from",
    "called_number": "to",
    "organisation": {"field": "customer", "values": {"77": "bakker"}},
    "bureau": {"constant": "belbureau"},
}
LINE = b'x;01/07/2026 12:00:00;"+31 20 000 0001";0600000001;%d;77;%d;%d'


def test_lines_of_csv_are_read_by_the_names_of_their_columns() -> None:
    """Delimiter, quotes, zone, duration, constants and values are those of the mapping."""
    feed = Feed(name="own", dialect="mapping", mapping=CSV)

    parsed = dialect("mapping").parse([LINE % (12, 1, 1), LINE % (0, 2, 1), LINE % (5, 1, 0)], feed)

    first, second = parsed.calls.rows(named=True)
    begin = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    assert (first["call_id"], first["started_at"], first["answered_at"]) == ("77/1", begin, begin)
    assert (second["call_id"], second["answered_at"]) == ("77/2", None)
    assert (first["organisation"], first["bureau"]) == ("bakker", "belbureau")
    assert (parsed.folded, parsed.rejected.height) == ({"filtered": 1}, 0)


def test_a_line_of_another_width_is_left_out_and_the_others_are_not() -> None:
    """Its reason names the number of columns that was wanted."""
    feed = Feed(name="own", dialect="mapping", mapping=CSV)

    parsed = dialect("mapping").parse([LINE % (12, 1, 1), b"a;b", LINE % (12, 2, 1)], feed)

    assert parsed.calls.height == 2
    assert parsed.rejected.rows() == [(1, "wrong_columns", "not 8 columns")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colums": ["a"]}, "colums: unknown key; did you mean 'columns'"),
        ({"called_number": "whom"}, "'whom' is not among the columns"),
        ({"direction": {"field": "to", "constant": "outbound"}}, "either `field` or `constant`"),
        (
            {"started_at": {"field": "time", "zone": "Europe/Amsterdm"}},
            "started_at.zone: there is no time zone 'Europe/Amsterdm'",
        ),
        ({"columns": []}, "`columns` go with `format: csv`"),
        ({"delimiter": "§"}, "delimiter: '§' is not one sign of ASCII"),
        ({"quote": ""}, "quote: '' is not one sign of ASCII"),
        ({"started_at": {"field": "time", "format": "epoch_ns"}}, "started_at.format: 'epoch_ns' is neither"),
        ({"started_at": {"field": "time", "format": "%H:%M:%S"}}, "nor a pattern of a day and a time"),
        ({"started_at": {"field": "time", "format": "%s"}}, "write `epoch` in place of %s"),
        ({"started_at": {"field": "time", "format": "%d/%m/%Y %H:%M:%S.%f"}}, "write %.f in place of .%f"),
        ({"duration": {"field": "seconds", "format": "%d/%m/%Y"}}, "`duration` is a count"),
        ({"started_at": None}, "started_at"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_with_its_place(change: dict, said: str) -> None:
    """The settings say what is wrong before a worker reads a record with it."""
    with pytest.raises(ValidationError, match="mapping") as refused:
        Feed(name="own", dialect="mapping", mapping=CSV | change)
    assert said in str(refused.value)


OWN = {"call_id": "id", "started_at": "at", "presented_number": "from", "called_number": "to"}
RECORD = {"id": "1", "at": "2026-03-02T10:00:00Z", "from": "0200000001", "to": "0600000001"}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%d/%m/%Y %H:%M:%S", "02/03/2026 11:00:08"),
        ("%Y%m%d%H%M%S%.f", "20260302110008.000"),
        ("%m/%d/%y %I:%M:%S %p", "03/02/26 11:00:08 AM"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-03-02T12:00:08+0200"),
        ("%Y-%m-%d %H:%M:%S%#z", "2026-03-02 12:00:08+02"),
        ("%+", "2026-03-02T12:00:08+02:00"),
    ],
)
def test_a_time_is_read_by_its_pattern(form: str, text: str) -> None:
    """With an offset it is the instant that it says, without one it is local."""
    feed = Feed(name="own", dialect="mapping", mapping=OWN | {"answered_at": {"field": "up", "format": form}})

    parsed = dialect("mapping").parse([json.dumps(RECORD | {"up": text}).encode()], feed)

    assert parsed.calls["answered_at"].to_list() == [datetime(2026, 3, 2, 10, 0, 8, tzinfo=UTC)]


@pytest.mark.parametrize("none", [None, "", "0", "NULL", "-", "-1", "0000-00-00 00:00:00", "never"])
def test_no_time_of_answer_is_no_answer(none: str | None) -> None:
    """However a switch spells it."""
    feed = Feed(name="own", dialect="mapping", mapping=OWN | {"answered_at": "up", "duration": "talk"})

    parsed = dialect("mapping").parse([json.dumps(RECORD | {"up": none, "talk": none}).encode()], feed)

    assert (parsed.calls["answered_at"].to_list(), parsed.rejected.height) == ([None], 0)


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("up", "02/03/2026 11:00:08", ("bad_time", "answered_at or ended_at")),
        ("talk", "00:00:52", ("bad_value", "duration")),
    ],
)
def test_an_answer_that_cannot_be_read_is_not_taken_for_none(field: str, text: str, why: tuple) -> None:
    """A call that was answered and does not seem so would speak against its organisation."""
    feed = Feed(name="own", dialect="mapping", mapping=OWN | {"answered_at": "up", "duration": "talk"})

    parsed = dialect("mapping").parse([json.dumps(RECORD | {field: text}).encode()], feed)

    assert (parsed.calls.height, parsed.rejected.rows()) == (0, [(0, *why)])


def test_a_duration_is_of_the_unit_that_its_format_names() -> None:
    """Seconds, thousandths and millionths of one."""
    for form, count in (("epoch", 52), ("epoch_ms", 52_000), ("epoch_us", 52_000_000)):
        talk = {"field": "talk", "format": form}
        feed = Feed(name="own", dialect="mapping", mapping=OWN | {"duration": talk})
        parsed = dialect("mapping").parse([json.dumps(RECORD | {"talk": count}).encode()], feed)
        assert parsed.calls["ended_at"].to_list() == [datetime(2026, 3, 2, 10, 0, 52, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("call_id: id\ncall_id: key\n", "line 2, column 1: no YAML: key 'call_id' is given twice"),
        ("- a\nb: c", "line 2, column 1: no YAML"),
        ("- a", "must be a mapping of keys and values"),
        ("cal_id: id", "cal_id: unknown key; did you mean 'call_id'?"),
        (None, "can't be read: No such file"),
    ],
)
def test_a_flaw_of_a_mapping_in_a_file_is_told_before_a_record_is_read(tmp_path, text, said) -> None:
    """With the file, and the line or the key; it would else be every record's."""
    if text is not None:
        (tmp_path / "own.yml").write_text(text)
    settings = tmp_path / "nummerwacht.yml"
    settings.write_text("feeds: [{name: own, dialect: mapping, mapping: own.yml}]")

    with pytest.raises(ConfigError) as refused:
        load(settings, {})
    assert refused.value.source == str(tmp_path / "own.yml")
    assert said in str(refused.value)


def test_a_mapping_in_a_file_is_read_as_one_in_the_settings(tmp_path) -> None:
    """Where it stands makes no difference."""
    file = tmp_path / "own.yml"
    file.write_text(json.dumps(CSV))
    assert mapping(Feed(name="own", dialect="mapping", mapping=file)) == Mapping.model_validate(CSV)


def test_an_id_of_several_fields_is_of_one_call() -> None:
    """Where a field holds the sign that parts them, another call does not become a repeat of it; ids without it stay as they were."""
    feed = Feed(name="own", dialect="mapping", mapping=CSV | {"call_id": ["customer", "last"], "keep": {}})
    line = b"x;01/07/2026 12:00:00;+31200000001;0600000001;1;%b;1;%b"
    pairs = [(b"x/y", b"z"), (b"x", b"y/z"), (b"x\\", b"y"), (b"x", b"\\/y"), (b"x", b"y")]
    ids = dialect("mapping").parse([line % pair for pair in pairs], feed).calls["call_id"].to_list()
    assert len(set(ids)) == len(pairs)
    assert ids[-1] == "x/y"
