"""Asterisk's linked ids: which rows are one call, and who was called in it."""

from __future__ import annotations

import itertools
from datetime import timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from monitor.cdr import dialect
from monitor.feed import Feed

BEGUN = 1_772_438_400  # 2026-03-02 09:00 in Amsterdam


def row(dst: str, channel: str, sequence: int, second: int, context: str = "to-network") -> bytes:
    """A row of a channel that was made then, under the linked id of `BEGUN`; its own times are of no account."""
    unique = f"{second}.{sequence}"
    cells = ["1001", "201", dst, context, "<+31200000001>", channel, "PJSIP/north-2", "Dial", ""]
    cells += ["2026-03-02 09:00:00", "", "2026-03-02 09:00:20", "20", "0", "BUSY", "DOCUMENTATION"]
    return ",".join([*cells, unique, "", "", f"{BEGUN}.1", str(sequence)]).encode()


def calls(rows: list[bytes], **options: object) -> pl.DataFrame:
    feed = Feed(name="a", dialect="asterisk_csv", options=options)
    return dialect("asterisk_csv").parse(rows, feed).calls


HALVES = [
    row("8309", "Local/0600000001@out-0a;1", 1, BEGUN, "agents"),
    row("0600000001", "Local/0600000001@out-0a;2", 2, BEGUN),
]


def test_the_half_of_a_call_that_leads_to_the_agent_is_not_whom_it_was_to() -> None:
    """In whatever order the two halves come, the person who was called is the one of the network."""
    for halves in itertools.permutations(HALVES):
        assert calls(list(halves))["called_number"].to_list() == ["0600000001"]


SECONDS = st.lists(st.integers(0, 30_000), min_size=1, max_size=8, unique=True)


@given(SECONDS, st.data())
def test_a_row_is_of_the_same_call_in_whatever_batch_it_comes(
    seconds: list[int], data: st.DataObject
) -> None:
    """The ids and starts of all rows at once are those of the rows in any two batches."""
    kinds = data.draw(st.lists(st.sampled_from(["PJSIP/2", "Local/1@out"]), min_size=8, max_size=8))
    rows = [
        row(f"06000000{at:02}", f"{kind}-{at}", 2 + at, BEGUN + second)
        for at, (kind, second) in enumerate(zip(kinds, seconds, strict=False))
    ]
    cut = data.draw(st.integers(0, len(rows)))
    named = ("call_id", "started_at")
    together = set(calls(rows).select(named).rows())
    apart = {found for part in (rows[:cut], rows[cut:]) for found in calls(part).select(named).rows()}
    assert apart == together


def test_each_channel_to_the_network_is_a_call_whatever_it_is_linked_with() -> None:
    """Calls of a session's first minutes are as many as there are channels, and all branches of a channel are one."""
    rows = [row(f"06000000{at:02}", f"PJSIP/2-{at}", 2 + at, BEGUN + at) for at in range(5)]
    branch = row("0600000004", "PJSIP/2-4", 6, BEGUN + 4)
    assert calls([*rows, branch])["call_id"].to_list() == [f"{BEGUN + at}.{2 + at}" for at in range(5)]


def test_what_goes_on_through_the_exchange_is_no_call_besides() -> None:
    """A device's channel that leads into one of the exchange is half of what that calls, within a session as without."""
    through = row("0600000001", "PJSIP/2-1", 2, BEGUN + 60).replace(b"PJSIP/north-2", b"Local/1@out-1;1")
    assert calls([through, row("0600000001", "Local/1@out-1;2", 3, BEGUN + 60)]).height == 1


def test_a_channel_whose_id_is_no_second_begins_with_its_linked_one() -> None:
    """A dialler may choose ids; all branches of such a channel have one start, in whatever batch they come."""
    named = [
        row("0600000001", "PJSIP/2-1", sequence, BEGUN + 60).replace(
            f"{BEGUN + 60}.{sequence}".encode(), b"job-77"
        )
        for sequence in (2, 3)
    ]
    apart = {start for part in named for start in calls([part])["started_at"]}
    assert apart == {*calls(named)["started_at"]}
    assert len(apart) == 1


def test_the_exchanges_own_channels_are_apart_from_when_the_feed_says() -> None:
    """One made up to `apart` after the first of its linked id is of that call; later ones are calls of their own."""
    rows = [
        row("0600000001", "Local/1@out-1;2", 2, BEGUN + 60),
        row("0600000002", "Local/2@out-2;2", 3, BEGUN + 61),
    ]
    assert calls(rows).height == 1
    assert calls(rows, apart="1m")["call_id"].to_list() == [f"{BEGUN}.1", f"{BEGUN + 61}.3"]
    begun = calls(rows, apart="1m")["started_at"]
    assert begun[1] - begun[0] == timedelta(seconds=61)
