"""A header among records of CSV: rejected like any other that can't be read, and told for what it probably is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.canonical import canonicalise
from monitor.cdr import asterisk_csv, csv_lines, dialect
from monitor.cdr import mapping as own
from monitor.feed import Feed
from monitor.privacy import Pseudonyms

_MAPPING = {
    "format": "csv",
    "columns": ["id", "begin", "cli", "dialled", "way"],
    "call_id": "id",
    "started_at": "begin",
    "presented_number": "cli",
    "called_number": "dialled",
}
_EITHER = {"direction": {"field": "way", "values": {"O": "outbound", "T": "inbound"}}}
_OWN = Feed(name="own", dialect="mapping", mapping=_MAPPING)
_BOTH_WAYS = Feed(name="own", dialect="mapping", mapping=_MAPPING | _EITHER)
_ASTERISK = Feed(name="north", dialect="asterisk_csv")
_CALL = b"1,2026-01-05T09:00:00Z,+31200000001,+31600000001,O"


def _row(start: str) -> bytes:
    cells = (
        "1001",
        "+31200000001",
        "+31600000001",
        "out",
        "<+31200000001>",
        "SIP/a-1",
        "SIP/b-1",
        "Dial",
        "",
    )
    more = (start, "", start, "5", "0", "NO ANSWER", "DOCUMENTATION")
    return ",".join(f'"{cell}"' for cell in (*cells, *more)).encode()


def _titles(names: tuple[str, ...] = asterisk_csv.COLUMNS[:16]) -> bytes:
    return ",".join(f'"{name}"' for name in names).encode()


def _rejected(feed: Feed, values: list[bytes]) -> list[tuple[int, str, str]]:
    """All that is rejected of some records, by the dialect or after it."""
    parsed = dialect(feed.dialect).parse(values, feed)
    made = canonicalise(parsed, feed, Pseudonyms(bytes(32), "1"), now=datetime(2026, 2, 1, tzinfo=UTC))
    assert made.calls.height + parsed.rejected.height + made.rejected.height == len(values)
    return [*parsed.rejected.rows(), *made.rejected.rows()]


@pytest.mark.parametrize(
    ("feed", "header", "other", "good", "reason", "detail"),
    [
        (_ASTERISK, _titles(), _row("soon"), _row("2026-01-05 09:00:00"), "bad_time", "start"),
        (_ASTERISK, _titles().upper(), _row(""), _row("2026-01-05 09:00:00"), "bad_time", "start"),
        (_OWN, b"id,begin,cli,dialled,way", b"2,soon,,,O", _CALL, "bad_time", "started_at"),
        (_OWN, b"Id, Begin, CLI, Dialled, Way", b"2,,,,", _CALL, "bad_time", "started_at"),
        (
            _BOTH_WAYS,
            b"id,begin,cli,dialled,way",
            b"2,2026-01-05T09:00:00Z,,,X",
            _CALL,
            "bad_value",
            "direction or presentation",
        ),
    ],
)
def test_a_header_is_rejected_and_told_for_what_it_is(feed, header, other, good, reason, detail):
    """By its own reason, wherever it stands; of another record that can't be read nothing more is said, and good ones count."""
    found = f"{detail} (the names of columns?)"
    assert _rejected(feed, [header]) == [(0, reason, found)]
    both = sorted(_rejected(feed, [good, other, header]))
    assert both == [(1, reason, detail), (2, reason, found)]


@pytest.mark.parametrize(
    ("feed", "good"), [(_ASTERISK, _row("2026-01-05 09:00:00")), (_OWN, _CALL)], ids=["asterisk", "mapping"]
)
def test_good_records_are_not_searched_for_headers(feed, good, monkeypatch):
    """What a header costs is paid where something is rejected."""

    def never(*_: object) -> None:
        raise AssertionError("searched")

    for room in (csv_lines, own):
        monkeypatch.setattr(room, "titles", never)
    assert _rejected(feed, [good]) == []
