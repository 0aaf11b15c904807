"""From what was read to canonical calls: instants and numbers at their limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from monitor.canonical import Canonical, canonicalise
from monitor.cdr import dialect
from monitor.feed import Feed
from monitor.privacy import Pseudonyms

START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
FEED = Feed(
    name="f",
    earliest=datetime(2026, 1, 1, tzinfo=UTC),
    attribution=[{"prefix": "+3185000", "organisation": "acme"}],
)


def read(*, now: datetime = START, key: bytes = b"k" * 32, feed: Feed = FEED, **said: object) -> Canonical:
    record = {
        "call_id": "1",
        "started_at": START.isoformat(),
        "presented_number": "+31850000001",
        "called_number": "+31850000002",
        **{name: value.isoformat() if isinstance(value, datetime) else value for name, value in said.items()},
    }
    parsed = dialect("canonical").parse([json.dumps(record).encode()], feed)
    return canonicalise(parsed, feed, Pseudonyms(key, "k"), now=now)


def call(**said: object) -> dict:
    return read(**said).calls.row(0, named=True)


@pytest.mark.parametrize(
    ("started", "reason"),
    [
        (START + FEED.future_tolerance, None),
        (START + FEED.future_tolerance + timedelta(seconds=1), "in_future"),
        (FEED.earliest, None),
        (FEED.earliest - timedelta(seconds=1), "too_early"),
    ],
)
def test_a_start_is_absurd_beyond_the_limits_of_its_feed(started: datetime, reason: str | None) -> None:
    """The limits themselves are still times."""
    found = read(started_at=started)
    assert found.rejected["reason"].to_list() == [reason] * (reason is not None)
    assert found.calls.height == (reason is None)


def test_a_call_may_be_answered_as_it_begins_and_not_before() -> None:
    """Switches with whole seconds say the same for both; an answer before the start did not happen."""
    assert call(answered_at=START)["answered_at"] == START
    assert call(answered_at=START - timedelta(seconds=1))["answered_at"] is None
    assert call(ended_at=START - timedelta(seconds=1))["ended_at"] is None


@pytest.mark.parametrize(
    ("after", "answered"), [(-0.7, 0), (-0.999999, 0), (0.2, 0.2), (-1, None), (3600 * 24 * 32, None)]
)
def test_an_instant_within_the_second_of_the_start_is_the_start(after: float, answered: float | None) -> None:
    """Some switches write the start with its fractions and what comes later without; an answer weeks later is a word for never."""
    begin = START + timedelta(milliseconds=700)
    found = call(
        now=START + timedelta(days=1), started_at=begin, answered_at=begin + timedelta(seconds=after)
    )
    assert found["answered_at"] == (None if answered is None else begin + timedelta(seconds=answered))


@pytest.mark.parametrize("never", ["9999-12-31T23:59:59Z", "2038-01-19T03:14:07Z"])
def test_what_a_database_says_for_never_is_no_answer(never: str) -> None:
    """Nobody is answered by it, nor does the call end then."""
    found = call(answered_at=never, ended_at=never)
    assert (found["answered_at"], found["ended_at"]) == (None, None)


def test_a_withheld_call_is_of_whose_number_the_network_says() -> None:
    """Rules of ranges look at the network's number where none is shown, and at the shown one where its flag hides it."""
    assert call(presented_number=None, network_number="+31850000001")["organisation"] == "acme"
    assert call(presentation="restricted")["organisation"] == "acme"
    assert call(presented_number=None)["organisation"] == "unknown"


def test_a_number_that_its_flag_hides_is_not_followed() -> None:
    """Nobody sees it: it is neither the organisation's number nor one with a defect."""
    hidden = call(presentation="restricted", presented_number="+3185")
    assert (hidden["number"], hidden["defect"], hidden["presentation"]) == (None, None, "restricted")
    assert call(presented_number="+3185")["defect"] == "not_dialable"


def test_a_caller_who_hides_its_number_is_no_person() -> None:
    """Of somebody who calls an organisation and hides its number no pseudonym is kept."""
    assert call(direction="inbound", presentation="restricted")["person"] is None
    assert call(direction="inbound")["person"] is not None


def test_a_called_number_that_is_too_long_has_its_reason() -> None:
    """Nobody can have been called on it."""
    found = read(called_number="+31" + "8" * 30)
    assert found.rejected.select("reason", "detail").rows() == [("bad_number", "called_number")]
    assert found.calls.height == 0


def test_a_fingerprint_is_of_the_key_and_not_of_its_name() -> None:
    """Two workers with one key have one, whatever they call it, and it holds nothing of the key."""
    one, same, other = Pseudonyms(b"k" * 32, "1"), Pseudonyms(b"k" * 32, "2"), Pseudonyms(b"l" * 32, "1")
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert one.fingerprint not in one._key


def test_pseudonyms_depend_on_the_key() -> None:
    """Without the key nobody can make the pseudonym of a number."""
    assert call()["person"] == call()["person"]
    assert call()["person"] != call(key=b"j" * 32)["person"]


def test_times_of_a_file_without_a_zone_are_those_of_the_feed() -> None:
    """In columns as in texts: nine in Amsterdam is eight in UTC in winter, and of an hour that comes twice the first counts."""
    times = [datetime(2026, 3, 10, 9), datetime(2026, 10, 25, 2, 30)]
    frame = pl.DataFrame({"call_id": ["1", "2"], "started_at": times, "called_number": ["+31850000002"] * 2})
    found = dialect("canonical").frame(frame, FEED).calls["started_at"].to_list()
    texts = [
        json.dumps({"call_id": "1", "started_at": time.isoformat(), "called_number": "+31850000002"}).encode()
        for time in times
    ]
    assert found == [datetime(2026, 3, 10, 8, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    assert dialect("canonical").parse(texts, FEED).calls["started_at"].to_list() == found


@pytest.mark.parametrize(
    ("answered", "at"),
    [
        ("2026-10-25T02:00:05", datetime(2026, 10, 25, 1, 0, 5, tzinfo=UTC)),  # the clock went back meanwhile
        ("2026-10-25T02:59:55", datetime(2026, 10, 25, 0, 59, 55, tzinfo=UTC)),
        ("2026-10-25T01:59:50", None),
    ],
)
def test_a_call_may_be_answered_after_the_clock_was_put_back(answered: str, at: datetime | None) -> None:
    """Of an hour that comes twice an answer is of the second time where it lies before its call in the first."""
    times = {"started_at": "2026-10-25T02:59:50", "answered_at": answered, "ended_at": "2026-10-25T02:10:00"}
    found = call(now=datetime(2026, 10, 26, tzinfo=UTC), **times)
    assert found["started_at"] == datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC)
    assert (found["answered_at"], found["ended_at"]) == (at, datetime(2026, 10, 25, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize("place", ["account", "trunk"])
def test_what_nothing_names_may_be_judged_by_its_place(place: str) -> None:
    """Where the feed says so; what has a name keeps it, and what names the person called is in no name."""
    feed = FEED.model_copy(update={"unnamed": place})
    other = {"presented_number": "+31850010001"}
    assert call(feed=feed, **other, **{place: " 7 "})["organisation"] == f"{place} 7 (f)"
    assert call(feed=feed, **{place: "7"})["organisation"] == "acme"
    assert call(feed=feed, **other, **{place: "7"}, organisation="x")["organisation"] == "x"
    for nameless in ({}, {place: "gw-0850000002"}, {place: "7" * 995}):
        assert call(feed=feed, **other, **nameless)["organisation"] == "unknown"
    assert call(**other, **{place: "7"})["organisation"] == "unknown"
