"""Times: however many are written alike, each means what it means by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter, ValidationError

from monitor.cdr.times import _any, epoch, rfc3339
from monitor.config.zone import Zone

_SECONDS = st.sampled_from(
    ["2026-01-01T00:00:00", "1969-12-31T23:59:59", "2026-03-29T02:30:00", "2026-02-30T00:00:00", "2026-01-01T23:59:60",
     "0000-02-29T00:00:00", "9999-12-31T23:59:59", "1900-02-29T00:00:00", "2024-02-29T24:00:00", "2026-00-10T00:00:00",
     "2026-13-01T00:00:00", "2026-01-00T00:00:00", "2026-01-32T12:60:00", "2026/01/01T00:00:00", "2026-01-01T 1:00:00", "+026-01-01T00:00:00", "2026-01-01t00:00:00", "2026-01-01 00:00:00", "2026-1-1T00:00:0000"]
)  # fmt: skip
_BEHIND = st.sampled_from(["", "", ".5", ".000001", ".999999", ".123456789", ".1234567", ".+12345", ".-12345", ",000001",
                           ".00001 ", ".٠٠٠"])  # fmt: skip
_OFFSET = st.sampled_from(
    ["Z", "Z", "+00:00", "+01:00", "+02:00", "-05:30", "+01:60", "+99:00", "+0100", "z", "", "+1:00x"]
)
_TEXTS = st.one_of(
    st.builds("{}{}{}".format, _SECONDS, _BEHIND, _OFFSET), st.none(), st.sampled_from(["", "0", "x"])
)


@given(texts=st.lists(_TEXTS, max_size=12), zone=st.sampled_from(["Europe/Amsterdam", "UTC"]))
@settings(max_examples=500, deadline=None)
def test_times_together_are_what_each_is_alone(texts: list[str | None], zone: str) -> None:
    """A column is read as if there were no other text in it."""
    column = pl.Series("t", texts, pl.String)
    assert rfc3339(column, zone).equals(_any(column, zone))


@given(
    texts=st.lists(st.one_of(_SECONDS, st.text(max_size=24)), max_size=6),
    tail=st.sampled_from(["Z", ".5Z", "+01:00"]),
)
@settings(max_examples=300, deadline=None)
def test_times_of_one_shape_are_what_each_is_alone(texts: list[str], tail: str) -> None:
    """The same where all are written as the first is, with odd ones among them."""
    column = pl.Series("t", ["2026-01-01T00:00:00" + tail, *(text + tail for text in texts)], pl.String)
    assert rfc3339(column, "Europe/Amsterdam").equals(_any(column, "Europe/Amsterdam"))


def test_a_count_of_another_unit_is_no_time() -> None:
    """What would be beyond the year 9999 can't be written by anybody who is shown it, and is none."""
    counts = ["1772445600", "1772445600000", "253402300799", "253402300800", "1e300", "-5", "0", "x", None]
    read = epoch(pl.Series(counts, dtype=pl.String))
    assert read.is_not_null().to_list() == [True, False, True, False, False, False, False, False, False]
    assert [at.year for at in read.drop_nulls().to_list()] == [2026, 9999]


@pytest.mark.parametrize(
    "name", ["Europe/Amsterdam", "UTC", "EST5EDT", "localtime", "Factory", "posixrules", "", "Mars"]
)
def test_a_zone_that_is_taken_is_one_by_which_columns_are_read(name: str) -> None:
    """A machine's own list has names, such as `localtime`, that the reader of columns has not."""
    try:
        TypeAdapter(Zone).validate_python(name)
    except ValidationError:
        return
    read = rfc3339(pl.Series(["2026-01-01T12:00:00"]), name)
    assert read.to_list()[0].astimezone(UTC).date() == datetime(2026, 1, 1).date()
