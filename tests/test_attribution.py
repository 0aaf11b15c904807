"""Whose call it is: what is looked up all at once, held against rule after rule in plain Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings
from polars.testing import assert_frame_equal

from monitor.attribution import Attribution
from monitor.call import INSTANT
from monitor.claim import Rule, digits, idle
from monitor.feed import Feed
from monitor.reference import Reference

TEXTS = st.sampled_from([None, "", " a ", "a", "b", "c"])
NAMES = st.sampled_from(["x", "y", "z"])
#: Numbers that begin alike, of several lengths, invented.
NUMBERS = st.integers(1, 9_999)
DAYS = st.sampled_from([None, date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)])
INSTANTS = st.datetimes(datetime(2025, 12, 30), datetime(2026, 1, 5), timezones=st.just(UTC))


@st.composite
def rules(draw: st.DrawFn) -> dict:
    """A rule of any conditions, as a file has it."""
    some = st.sampled_from([None, None, "a", "b", "c"])
    said = {"account": draw(some), "trunk": draw(some), "bureau_is": draw(some)}
    if draw(st.booleans()):
        said["prefix"] = f"+{draw(NUMBERS)}"
    if draw(st.booleans()) or not any(said.values()):
        first, last = sorted((draw(NUMBERS), draw(NUMBERS)))
        said |= {"first": str(first), "last": str(last)}
    since, until = sorted((draw(DAYS), draw(DAYS)), key=lambda day: (day is not None, day))
    said |= {"from": since, "until": until}
    said |= {"organisation": draw(NAMES)} if draw(st.booleans()) else {}
    return said if "organisation" in said and draw(st.booleans()) else said | {"bureau": draw(NAMES)}


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    rows = draw(
        st.lists(
            st.tuples(TEXTS, TEXTS, TEXTS, TEXTS, st.one_of(st.none(), NUMBERS), INSTANTS),
            min_size=1,
            max_size=12,
        )
    )
    texts = dict.fromkeys(("organisation", "bureau", "account", "trunk"), pl.String)
    return pl.DataFrame(rows, schema=texts | {"_own": pl.UInt64, "started_at": INSTANT}, orient="row")


def _matches(rule: Rule, call: dict) -> bool:
    own, day = call["_own"], call["started_at"].date()
    number = own is not None
    return all(
        (
            rule.account is None or rule.account == call["account"],
            rule.trunk is None or rule.trunk == call["trunk"],
            rule.bureau_is is None or rule.bureau_is == call["bureau"],
            rule.prefix is None or (number and str(own).startswith(digits(rule.prefix))),
            rule.first is None or (number and int(digits(rule.first)) <= own <= int(digits(rule.last))),
            rule.since is None or rule.since <= day,
            rule.until is None or day <= rule.until,
        )
    )


def _plainly(call: dict, feed: Feed) -> tuple[str, str | None]:
    call = call | {name: (call[name] or "").strip() or None for name in ("account", "trunk", "bureau")}
    found = [rule for rule in feed.attribution if _matches(rule, call)]
    organisations = (rule.organisation for rule in found if rule.organisation)
    bureaus = (rule.bureau for rule in found if rule.bureau)
    own = (call["organisation"] or "").strip() or None
    return own or next(organisations, feed.organisation or "unknown"), call["bureau"] or next(bureaus, None)


@settings(deadline=None)
@given(frames(), st.lists(rules(), max_size=8), st.sampled_from([None, "rest"]))
def test_the_first_rule_that_matches_counts(calls: pl.DataFrame, said: list[dict], rest: str | None) -> None:
    """However many rules are looked up together, each call gets what rule after rule would have said."""
    feed = Feed.model_validate({"name": "north", "attribution": said, "organisation": rest})
    wanted = [_plainly(call, feed) for call in calls.iter_rows(named=True)]
    assert Attribution(feed).of(calls).select("organisation", "bureau").rows() == wanted


@settings(deadline=None)
@given(frames(), st.lists(rules(), max_size=12))
def test_a_rule_that_is_idle_can_be_left_out(calls: pl.DataFrame, said: list[dict]) -> None:
    """No call is anybody else's without it."""
    feed = Feed.model_validate({"name": "north", "attribution": said})
    needless = set(idle(feed.attribution))
    rest = [rule for at, rule in enumerate(feed.attribution) if at not in needless]

    assert_frame_equal(
        Attribution(feed).of(calls), Attribution(feed.model_copy(update={"attribution": rest})).of(calls)
    )


@pytest.mark.parametrize(
    ("before", "after", "never"),
    [
        ({"account": "1", "organisation": "a"}, {"account": "1", "organisation": "b"}, True),
        ({"account": "1", "organisation": "a"}, {"account": "1", "bureau": "b"}, False),
        ({"account": "1", "organisation": "a", "until": "2026-01-01"}, {"account": "1", "organisation": "b"}, False),
        ({"prefix": "+31", "organisation": "a"}, {"prefix": "+3188", "organisation": "b"}, True),
        ({"prefix": "+3188", "organisation": "a"}, {"prefix": "+31", "organisation": "b"}, False),
        ({"prefix": "+31", "organisation": "a"}, {"prefix": "+31", "trunk": "t", "organisation": "b"}, False),
    ],
)  # fmt: skip
def test_a_rule_is_idle_behind_one_that_takes_all_its_calls(before: dict, after: dict, never: bool) -> None:
    """On all days, and says as much of them."""
    assert list(idle([Rule(**before), Rule(**after)])) == [1] * never


@settings(deadline=None)
@given(
    frames(),
    st.lists(st.tuples(NUMBERS, NUMBERS, NAMES, DAYS), max_size=5, unique_by=lambda each: each[:2]),
    st.lists(st.tuples(st.sampled_from("abc"), NAMES), max_size=3, unique_by=lambda each: each[0]),
)
def test_a_reference_says_the_same_as_rules_of_the_feed(
    calls: pl.DataFrame, spans: list, names: list
) -> None:
    """Accounts and ranges of a reference attribute as the same rules of the feed do, accounts and narrow ones first."""
    accounts = [{"account": account, "organisation": name} for account, name in names]
    ranges = [
        {"first": f"3188{min(a, b):05}", "last": f"3188{max(a, b):05}", "organisation": name, "from": day}
        for a, b, name, day in spans
        if not (b < a and (b, a) in {span[:2] for span in spans})
    ]
    calls = calls.with_columns(pl.col("_own") + 318800000)
    reference = Reference.model_validate({"accounts": accounts[::-1], "ranges": ranges})
    ranges.sort(key=lambda each: int(each["last"]) - int(each["first"]))
    widths = [int(each["last"]) - int(each["first"]) for each in ranges]
    if len(set(widths)) < len(widths):
        return  # equally wide: told apart by their days and keys, which another test holds
    feed = Feed.model_validate({"name": "north", "attribution": accounts + ranges})
    bare = Feed(name="north")
    assert_frame_equal(Attribution(bare, reference).of(calls), Attribution(feed).of(calls))


CALL = {
    "organisation": None,
    "bureau": None,
    "account": "7",
    "trunk": "t",
    "_own": 31880000001,
    "started_at": datetime(2026, 1, 2, tzinfo=UTC),
}
RANGE = {"prefix": "+3188", "organisation": "range"}
NARROW = {"first": "+31880000000", "last": "+31880000009", "organisation": "narrow"}
ACCOUNT = {"account": "7", "organisation": "account"}
RULE = {"trunk": "t", "organisation": "rule"}


@pytest.mark.parametrize(
    ("organisation", "call", "feed", "reference"),
    [
        ("own", {"organisation": "own"}, {"attribution": [RULE]}, {"accounts": [ACCOUNT]}),
        ("rule", {}, {"attribution": [RULE], "organisation": "rest"}, {"accounts": [ACCOUNT]}),
        ("account", {}, {"organisation": "rest"}, {"ranges": [NARROW], "accounts": [ACCOUNT]}),
        ("north", {}, {}, {"accounts": [ACCOUNT, ACCOUNT | {"feed": "north", "organisation": "north"}]}),
        ("account", {}, {}, {"accounts": [ACCOUNT, ACCOUNT | {"feed": "south", "organisation": "south"}]}),
        ("account", {}, {}, {"accounts": [{"trunk": "t", "organisation": "trunk"}, ACCOUNT]}),
        ("narrow", {}, {}, {"ranges": [RANGE, NARROW]}),
        ("new", {}, {}, {"ranges": [NARROW, NARROW | {"from": date(2026, 1, 2), "organisation": "new"}]}),
        ("narrow", {}, {}, {"ranges": [NARROW, NARROW | {"from": date(2026, 1, 3), "organisation": "new"}]}),
        ("range", {}, {}, {"ranges": [NARROW | {"until": date(2026, 1, 1)}, RANGE]}),
        ("narrow", {}, {}, {"accounts": [{"account": "7", "bureau": "desk"}], "ranges": [NARROW]}),
        ("rest", {"_own": None, "account": None}, {"organisation": "rest"}, {"ranges": [RANGE]}),
        ("unknown", {"_own": 32880000001}, {}, {"ranges": [RANGE]}),
    ],
)
def test_who_goes_before_whom(organisation: str, call: dict, feed: dict, reference: dict) -> None:
    """The record, the feed's rules, accounts, ranges from the narrowest, the feed as a whole; of equals the later one."""
    texts = dict.fromkeys(("organisation", "bureau", "account", "trunk"), pl.String)
    calls = pl.DataFrame([CALL | call], schema=texts | {"_own": pl.UInt64, "started_at": INSTANT})
    made = Attribution(Feed.model_validate({"name": "north", **feed}), Reference.load(reference))
    assert made.of(calls)["organisation"].to_list() == [organisation]


def attributed(reference: dict, started: datetime, own: int = 31_850_000_001) -> str:
    calls = pl.DataFrame(
        {
            "organisation": [None],
            "bureau": [None],
            "account": [None],
            "trunk": [None],
            "_own": [own],
            "started_at": [started],
        },
        schema_overrides={"_own": pl.UInt64}
        | dict.fromkeys(("organisation", "bureau", "account", "trunk"), pl.String),
    )
    return Attribution(Feed(name="f"), Reference.load(reference)).of(calls)["organisation"][0]


@pytest.mark.parametrize(("second", "whose"), [(-1, "acme"), (0, "unknown")])
def test_a_range_is_somebodys_until_the_end_of_its_last_day(second: int, whose: str) -> None:
    """The last day counts in whole, and is a day in UTC."""
    midnight = datetime(2026, 3, 11, tzinfo=UTC) + timedelta(seconds=second)
    ranges = [{"prefix": "+3185", "organisation": "acme", "until": "2026-03-10"}]
    assert attributed({"ranges": ranges}, midnight) == whose


def test_a_range_of_few_numbers_is_narrower_than_a_long_prefix() -> None:
    """A hundred numbers of eleven digits are fewer than all that begin with eight, however each is written."""
    ranges = [
        {"prefix": "+318500000", "organisation": "wide"},
        {"first": "+31850000000", "last": "+31850000009", "organisation": "narrow"},
    ]
    assert attributed({"ranges": ranges}, datetime(2026, 3, 10, tzinfo=UTC)) == "narrow"
    # Ten numbers that begin alike are fewer than a hundred, whichever of the two is written as a prefix.
    ranges = [
        {"first": "+31850000000", "last": "+31850000099", "organisation": "hundred"},
        {"prefix": "+3185000000", "organisation": "ten"},
    ]
    assert attributed({"ranges": ranges}, datetime(2026, 3, 10, tzinfo=UTC)) == "ten"
