"""A name of any length stops nobody: it is left out with its reason, and what a slice holds is bounded."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from monitor.call import LONGEST_NAME
from monitor.canonical import Canonical, canonicalise
from monitor.cdr import dialect
from monitor.claim import Account
from monitor.feed import Feed
from monitor.privacy import Pseudonyms

_CALL = {
    "started_at": "2026-10-01T10:00:00Z",
    "presented_number": "+31201234567",
    "called_number": "+31600000001",
}


def _canonical(*records: dict[str, str]) -> Canonical:
    values = [json.dumps(_CALL | {"call_id": str(at)} | record).encode() for at, record in enumerate(records)]
    feed, now = Feed(name="alfa"), datetime(2026, 11, 1, tzinfo=UTC)
    return canonicalise(dialect("canonical").parse(values, feed), feed, Pseudonyms(b"k" * 32, "1"), now=now)


@pytest.mark.parametrize("name", ["organisation", "account", "trunk", "bureau"])
def test_a_record_with_a_name_that_is_too_long_is_rejected_alone(name: str) -> None:
    """It has a reason of its own and says which name it was; the longest that may be, and the others of its batch, count."""
    longest = {name: "é" * (LONGEST_NAME // 2)}
    longer = {name: longest[name] + "x"}
    made = _canonical({}, longest, longer, {name: "x" * 1_000_000})
    assert made.calls["row"].to_list() == [0, 1]
    assert made.rejected.rows() == [(2, "too_long", name), (3, "too_long", name)]


def test_no_rule_gives_a_name_that_a_record_may_not_have() -> None:
    """Neither the settings of a feed nor the reference; in bytes, of which a letter may have four."""
    long = "é" * (LONGEST_NAME // 2) + "x"
    for model, data in (
        (Account, {"account": "a", "organisation": long}),
        (Account, {"account": "a", "bureau": long}),
        (Feed, {"name": "a", "organisation": long}),
        (Feed, {"name": "a", "attribution": [{"account": "a", "organisation": long}]}),
    ):
        with pytest.raises(ValidationError, match="at most 1,000 bytes"):
            model.model_validate(data)
